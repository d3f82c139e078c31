package printer

import (
	"time"

	"pue/devices"
)

const (
	// assumedBaud is what a line carries that does not say: slow, so that nobody gives
	// a printer up too early.
	assumedBaud = 9600
	// headPerByte is how long the slowest heads, of 60 mm/s, take for a byte of a
	// receipt: 800 bytes with large letters, a code and feeds take 130 mm.
	headPerByte = 3 * time.Millisecond
	// cutAndPresent is how long a printer with a full buffer may hold the line without
	// printing.
	cutAndPresent = time.Second
	// lateAfter is many times what a printer needs for an answer that nothing stands
	// before. With pollBusy before it a person is told within a second.
	lateAfter = 400 * time.Millisecond
)

// speedOf is the speed of a line in bits per second.
func speedOf(line Line) int {
	if l, ok := line.(interface{ Baud() int }); ok {
		return l.Baud()
	}
	return assumedBaud
}

// wireTime is how long the line takes for so many bytes, of ten bits each.
func (t *talk) wireTime(bytes int) time.Duration {
	return time.Duration(bytes) * 10 * time.Second / time.Duration(speedOf(t.line))
}

// travel is how long a question may wait behind so many bytes: a printer that holds
// the line prints them first.
func (t *talk) travel(bytes int) time.Duration {
	return t.wireTime(bytes) + time.Duration(bytes)*headPerByte
}

// later returns the time d after both.
func later(a, b time.Time, d time.Duration) time.Time {
	if a.Before(b) {
		a = b
	}
	return a.Add(d)
}

// noteAsked: a question waits behind all that was sent before it.
func (t *talk) noteAsked(n byte, now time.Time) {
	t.asked, t.askedAt, t.since, t.follow = n, now, 0, 0
	t.reaches = later(t.arrived, now, t.travel(len(t.queue)))
	t.expected = later(t.left, now, t.wireTime(len(t.queue)))
	if buffer := t.p.profile.Buffer; t.unproved+pieceSize > buffer { // it may be full
		t.expected = t.expected.Add(time.Duration(max(0, t.unproved-buffer))*headPerByte + cutAndPresent)
	}
}

// noteGiven: bytes were given to the writer.
func (t *talk) noteGiven(n int, now time.Time) {
	t.givenAt = now
	t.since += n
	t.unproved += n
	if t.flying {
		t.follow += n
		t.unseen += n
	}
	t.left = later(t.left, now, t.wireTime(n))
	t.arrived = later(t.arrived, now, t.travel(n))
}

// noteAnswered: what was sent before the question has arrived.
func (t *talk) noteAnswered(now time.Time) {
	t.unproved, t.unseen = t.since, t.follow
	t.left, t.arrived = now.Add(t.wireTime(t.since)), now.Add(t.travel(t.since))
}

// supply gives the queue the next lines of the document. Between two of them it
// asks the printer how it is, and waits a little for the answer: behind all the rest
// of the document the question would come too late.
func (t *talk) supply(now time.Time) {
	j := t.job
	if !t.sending() || len(t.queue) > 0 {
		return
	}
	if t.asked == 0 && t.rounds.ended > 0 && !t.silent && !now.Before(t.askNext) {
		t.askAll()
		return
	}
	if t.asked != 0 && !t.silent && now.Before(t.expected.Add(lateAfter)) {
		return
	}
	for len(j.blocks) > 0 && (len(t.queue) == 0 || len(t.queue)+len(j.blocks[0]) <= pieceSize) {
		block := j.blocks[0]
		j.blocks = j.blocks[1:]
		t.queue = append(t.queue, block...)
		t.milestone(block)
		t.supplied = true
	}
}

// notice tells of a printer that neither answers nor takes bytes while somebody
// waits for its paper. It is no verdict yet: the document goes on, and the next answer
// ends it.
func (t *talk) notice(now time.Time) {
	if t.isLate() || !t.underWay() || t.silent || !t.ready || t.rounds.ended == 0 {
		return
	}
	unanswered := t.asked != 0 && !now.Before(t.expected.Add(lateAfter))
	// The driver may hold one piece before this one.
	untaken := t.piece != nil && !now.Before(t.givenAt.Add(lateAfter+t.wireTime(pieceSize)))
	if unanswered || untaken {
		t.late = now
		t.p.setStatus(devices.Status{State: devices.Attention, Reason: "stalled", Detail: "printer neither answers nor takes bytes in mid-document", Since: now})
	}
}

func (t *talk) isLate() bool { return !t.late.IsZero() }
