package printer

import (
	"context"
	"slices"
	"sync"
	"time"

	"pue/devices"
)

const (
	// pollIdle keeps what we know of the printer younger than the second in
	// which a person expects the screen to notice an open cover; pollBusy does so
	// for who waits for paper, and pollMotor does not overlook a short receipt.
	pollIdle  = time.Second
	pollBusy  = 300 * time.Millisecond
	pollMotor = 100 * time.Millisecond
	// answerWait is a hundred times what a printer needs for a real-time answer
	// of one byte at 9600 baud.
	answerWait = time.Second
	// silentAfter questions without an answer the printer counts as silent; one
	// may be lost to noise on the cable.
	silentAfter = 2
	// tickEvery is how exactly the other durations are kept.
	tickEvery = 100 * time.Millisecond
	// settleWait is longer than the slowest printer needs for what is left of a
	// receipt (see confirmWait), after which an answer it still owes is lost.
	settleWait = 15 * time.Second
)

// talk is one conversation with a printer, from open line to lost line. One
// goroutine, in run, owns all of it; two more only read and write the line.
type talk struct {
	p    *Printer
	line Line

	heard chan answer
	lost  chan error
	out   chan []byte
	wrote chan written

	queue  []byte // not yet given to the writer
	piece  []byte // with the writer
	flying bool   // piece belongs to job
	// supplied: queue holds something of job.
	supplied bool
	excused  bool // the printer had a reason not to take piece

	asked    byte // n of the DLE EOT n that waits for its answer, 0 for none
	askedAt  time.Time
	expected time.Time // when the question reaches a printer that does not hold the line
	reaches  time.Time // and one that does, at the latest
	left     time.Time // when all that the writer was given has left, if nobody holds the line
	arrived  time.Time // and has arrived, if somebody does
	givenAt  time.Time // when the writer got its last piece
	since    int       // bytes given to it after the question
	unproved int       // bytes given to it that no answer has followed
	follow   int       // bytes of job given to it after the question
	unseen   int       // bytes of job given to it that no answer has followed
	late     time.Time // since when the printer keeps us waiting and a person was told, or zero
	rounds   struct{ begun, ended int }
	askNext  time.Time // when the next round of questions is due
	missed   int
	noise    int     // bytes without a meaning since the last round
	round    [4]byte // answers of this round
	outdated bool    // the round was overtaken by an automatic status

	condition condition
	answered  bool // the printer has ever said anything sensible
	babbled   bool // and at times something else
	silent    bool
	strange   bool // it may have forgotten what it was asked to report unasked
	ready     bool

	recovery recovery
	mouth    mouth

	job     *job
	owed    int       // queued status answers still to come
	settled time.Time // until then no new job: an owed answer may still come
	tidying bool      // queue holds the recovery
}

// serve talks to the printer until the line is lost or ctx ends.
func (p *Printer) serve(ctx context.Context, line Line) error {
	p.baud.Store(int64(speedOf(line)))
	p.setStatus(devices.Status{State: devices.Starting, Since: time.Now()})
	t := &talk{
		p: p, line: line,
		heard: make(chan answer), lost: make(chan error, 1),
		out: make(chan []byte, 1), wrote: make(chan written, 1),
	}
	quit := make(chan struct{})
	var workers sync.WaitGroup
	workers.Go(func() { t.listen(quit) })
	workers.Go(t.speak)
	err := t.run(ctx)
	close(quit)
	close(t.out)
	_ = line.Close() // also ends the Read and the Write that wait; its own error changes nothing
	workers.Wait()
	if t.job != nil {
		t.giveUp(lineReason(err))
	}
	p.dirty = p.dirty || t.tidying
	return err
}

// speak writes one piece at a time, so that run hears the printer meanwhile.
func (t *talk) speak() {
	for piece := range t.out {
		n, err := t.line.Write(piece)
		t.wrote <- written{n, err}
	}
}

func (t *talk) run(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	t.greet()
	for {
		t.handOver()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-t.lost:
			return err
		case a := <-t.heard:
			t.hear(a)
		case w := <-t.wrote:
			if err := t.noteWritten(w); err != nil {
				return err
			}
		case j := <-t.jobs():
			t.begin(j)
		case <-t.jobCancelled():
			t.giveUp(t.trouble("no-answer"))
		case now := <-tick.C:
			t.pass(now)
		}
	}
}

// greet asks for unasked reports (GS a: online, error, paper) and for the state
// of now. Leftovers go at once: while the paper is out, none of them can print.
func (t *talk) greet() {
	if t.p.dirty {
		t.queue = append(t.queue, t.p.profile.Drop...)
	}
	t.queue = append(t.queue, t.p.profile.Dialect.greeting()...)
	if t.p.profile.Dialect == StatusNone {
		t.assumeReady("printer must not be asked how it is")
	}
	t.askAll()
}

// handOver gives the writer its next piece.
func (t *talk) handOver() {
	if t.piece != nil {
		return
	}
	now := time.Now()
	if t.strange && len(t.queue) == 0 { // else it might stand inside a command
		t.strange, t.queue = false, t.p.profile.Dialect.greeting()
	}
	t.supply(now)
	if len(t.queue) == 0 {
		return
	}
	n := min(len(t.queue), pieceSize)
	t.piece, t.queue = t.queue[:n:n], t.queue[n:]
	t.flying, t.excused = t.sending() && t.supplied, !t.ready
	t.noteGiven(n, now)
	t.out <- t.piece
}

// noteWritten takes the writer's report. The rest of a piece goes back to the
// front of the queue, so that no command is ever cut in two.
func (t *talk) noteWritten(w written) error {
	rest, flying := t.piece[w.n:], t.flying
	t.piece, t.flying = nil, false
	if flying && t.job != nil {
		t.job.sent += w.n
	}
	if w.err != nil {
		if lineReason(w.err) != "stalled" || (t.sending() && !t.excused) {
			return w.err
		}
		if !flying || t.sending() { // else the job was given up meanwhile
			t.queue = append(slices.Clone(rest), t.queue...)
		}
		return nil
	}
	if len(t.queue) == 0 {
		t.tidying, t.supplied = false, false
		if flying && t.sending() && len(t.job.blocks) == 0 {
			t.awaitConfirmation()
		}
	}
	return nil
}

// pass does what is due by time alone.
func (t *talk) pass(now time.Time) {
	switch {
	case t.asked != 0 && !now.Before(later(t.askedAt, t.reaches, answerWait)):
		t.miss()
	case t.asked == 0 && !now.Before(t.askNext) && t.quiet() && !t.sending():
		t.askAll()
	}
	t.notice(now)
	t.doubt(now)
	t.recover(now)
	t.attend(now)
	if t.job != nil && t.job.stage == confirming && now.After(t.job.deadline) {
		t.overdue(now)
	}
	if t.p.dirty && t.job == nil && t.ready && t.quiet() {
		t.tidy()
	}
	if t.owed > 0 && t.job == nil && t.ready && now.After(t.settled) {
		t.owed = 0
	}
}

// quiet says that all bytes so far have left.
func (t *talk) quiet() bool { return t.piece == nil && len(t.queue) == 0 }

func (t *talk) sending() bool { return t.job != nil && t.job.stage == sending }

// underWay says that a document is between its first byte and its confirmation.
func (t *talk) underWay() bool { return t.job != nil && t.job.stage != asking }

func (t *talk) pollEvery() time.Duration {
	switch {
	case t.underWay() && t.p.profile.Confirm == ByPolling:
		return pollMotor
	case t.underWay() || t.condition.inMouth:
		return pollBusy
	}
	return pollIdle
}

// clearing says that what was left of an earlier document is still on its way out.
func (t *talk) clearing() bool { return t.p.dirty || t.tidying || t.job == nil && t.owed > 0 }

// tidy separates what the next document prints from what was left of the last
// one. The NULs complete a command that was cut in the middle; by themselves they do
// nothing.
func (t *talk) tidy() {
	t.p.dirty, t.tidying = false, true
	t.strange = true // a command cut in the middle has taken in what was asked of it
	t.queue = make([]byte, t.p.longestCommand())
	t.queue = append(t.queue, esc, '@')
	t.queue = append(t.queue, t.p.profile.Presenter.Retract...) // else the next cut pushes it out
	t.queue = append(t.queue, t.p.profile.Cut...)
	t.queue = append(t.queue, t.p.profile.Presenter.hide()...)
	if t.p.profile.Confirm == ByQueuedStatus {
		t.owed++
		t.queue = append(t.queue, gs, 'r', 1)
	}
	t.settled = time.Now().Add(settleWait)
}
