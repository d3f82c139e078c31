package printer

import "time"

const (
	// answerGap is far longer than two bytes of one answer are ever apart, even
	// at 1200 baud (8 ms).
	answerGap = 250 * time.Millisecond
	// mostHeard in a second is what a printer could say at 9600 baud if it never
	// stopped. Who says more is none, or has gone mad.
	mostHeard = 1024
	// heardAtOnce is all that the kernel keeps of a line, so that what is left of a
	// flood is soon behind us.
	heardAtOnce = 4096
	// floodPause between two reads keeps a flood from taking the processor; the
	// kernel drops what it has no room for.
	floodPause = 100 * time.Millisecond
)

// listen reads the line until it ends.
func (t *talk) listen(quit <-chan struct{}) {
	l := listener{dialect: t.p.profile.Dialect}
	var flood gauge
	buf := make([]byte, heardAtOnce)
	for last := time.Now(); ; {
		n, err := t.line.Read(buf)
		now := time.Now()
		if now.Sub(last) > answerGap {
			l.forget()
		}
		last = now
		answers := hearAll(&l, buf[:n])
		if flood.over(n, now) {
			l.forget()
			answers = []answer{{kind: answerNothing, noise: n}}
		}
		if !t.tell(answers, quit) {
			return
		}
		if err != nil {
			t.lost <- err
			return
		}
		if flood.bytes > mostHeard && !pause(floodPause, quit) {
			return
		}
	}
}

func hearAll(l *listener, bytes []byte) (all []answer) {
	for _, b := range bytes {
		if a, complete := l.hear(b); complete {
			all = append(all, a)
		}
	}
	// Half an answer is no noise yet: its rest may be on its way.
	if len(l.frame) == 0 && len(l.block) == 0 {
		if a, noisy := l.rest(); noisy {
			all = append(all, a)
		}
	}
	return all
}

// tell passes answers on, and returns false once nobody wants them.
func (t *talk) tell(answers []answer, quit <-chan struct{}) bool {
	for _, a := range answers {
		select {
		case t.heard <- a:
		case <-quit:
			return false
		}
	}
	return true
}

func pause(d time.Duration, quit <-chan struct{}) bool {
	select {
	case <-time.After(d):
		return true
	case <-quit:
		return false
	}
}

// gauge counts the bytes of the second in progress.
type gauge struct {
	since time.Time
	bytes int
}

// over adds n bytes and says whether there are too many of them.
func (g *gauge) over(n int, now time.Time) bool {
	if now.Sub(g.since) >= time.Second {
		*g = gauge{since: now}
	}
	g.bytes += n
	return g.bytes > mostHeard
}
