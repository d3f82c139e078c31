package outbox

import (
	"container/heap"
	"errors"
	"math"
	"math/rand/v2"
	"time"
)

// Idle is how long to wait for a submission when there is none.
const Idle = time.Duration(math.MaxInt64)

// Schedule decides which submission is tried next and when. It has no clock and
// starts nothing: every time is handed in, so that a simulation can run
// thousands of them through a night in a second. It is not safe for concurrent
// use.
//
// The submissions of one citizen form a lane, in the order in which they were
// confirmed, and only the first of a lane may be tried: a later one may build on
// it. A lane that waits holds nobody else's, and a large submission that goes in
// pieces rests between them, behind all others. What has become a person's business
// leaves its lane: it may lie for weeks, and those behind it have terms too.
//
// Trouble of the line, of INPS or of this terminal holds everything, with an
// exponential back-off in full jitter; trouble with one submission holds that
// lane alone. What is known to be over is over, but for the terminals of a whole
// country: after a long outage each waits its turn, see [Schedule.Reachable].
type Schedule struct {
	backoff backoff
	turns   map[uint64]*turn
	lanes   map[Owner]lane
	ready   queue // may go, oldest first, but for those that rest
	later   queue // may not go yet, the soonest first
	line    line
	kicked  bool // since the last Next
}

// turn is one submission that waits to be tried.
type turn struct {
	seq   uint64
	owner Owner
	due   time.Time
	fails int  // in a row
	rests int  // how often it has let the others pass
	aside bool // in no lane: a person's business, looked at now and then
	alone bool // waits for a reason of its own, not for the line
	next  *turn
	in    *queue // nil while others of its lane are before it
	at    int    // where in that queue
}

// lane is one citizen's submissions, linked from the oldest on.
type lane struct{ head, tail *turn }

// line is what the last attempts taught about the way to INPS, as opposed to
// what they taught about one submission.
type line struct {
	fails   int           // in a row
	hold    time.Time     // nothing goes out before; Kick clears it
	floor   time.Time     // nothing goes out before: INPS itself said so, Kick does not help
	trouble string        // reason of the last failure, empty after a success
	since   time.Time     // of the first of these failures
	outage  time.Duration // how long the last trouble lasted that is over
	back    time.Time     // when it was over
}

// NewSchedule returns an empty schedule whose waits are drawn from src; nil is
// the system's randomness.
func NewSchedule(src rand.Source) *Schedule {
	return &Schedule{
		backoff: newBackoff(src),
		turns:   map[uint64]*turn{},
		lanes:   map[Owner]lane{},
		ready: queue{before: func(x, y *turn) bool {
			return x.rests < y.rests || x.rests == y.rests && x.seq < y.seq
		}},
		later: queue{before: func(x, y *turn) bool { return x.due.Before(y.due) }},
	}
}

// Add takes in submission seq of a lane, not to be tried before due. One that is
// in its lane already stays as it is; one that was set aside comes back.
func (s *Schedule) Add(seq uint64, owner Owner, due time.Time) {
	if t := s.turns[seq]; t != nil {
		if !t.aside {
			return
		}
		s.Remove(seq)
	}
	t := &turn{seq: seq, owner: owner, due: due}
	s.turns[seq] = t
	l := s.lanes[owner]
	switch {
	case l.head == nil:
		l = lane{t, t}
		s.admit(t)
	case seq < l.head.seq:
		s.dismiss(l.head)
		t.next, l.head = l.head, t
		s.admit(t)
	case l.tail.seq < seq:
		l.tail.next, l.tail = t, t
	default:
		before := l.head
		for before.next.seq < seq {
			before = before.next
		}
		t.next, before.next = before.next, t
	}
	s.lanes[owner] = l
}

// SetAside takes in submission seq outside of any lane, or takes it out of its
// lane, not to be looked at before due.
func (s *Schedule) SetAside(seq uint64, due time.Time) {
	s.Remove(seq)
	s.AddAside(seq, due)
}

// AddAside is SetAside, unless the submission is aside already and keeps its time.
func (s *Schedule) AddAside(seq uint64, due time.Time) {
	if t := s.turns[seq]; t != nil {
		if t.aside {
			return
		}
		s.Remove(seq)
	}
	t := &turn{seq: seq, due: due, aside: true, alone: true}
	s.turns[seq] = t
	s.admit(t)
}

// Remove takes submission seq out; the next one of its lane may go.
func (s *Schedule) Remove(seq uint64) {
	t := s.turns[seq]
	if t == nil {
		return
	}
	delete(s.turns, seq)
	s.dismiss(t)
	if t.aside {
		return
	}
	l := s.lanes[t.owner]
	switch {
	case l.head == l.tail:
		delete(s.lanes, t.owner)
		return
	case l.head == t:
		l.head = t.next
		s.admit(l.head)
	default:
		before := l.head
		for before.next != t {
			before = before.next
		}
		if before.next = t.next; l.tail == t {
			l.tail = before
		}
	}
	s.lanes[t.owner] = l
}

// Next is the oldest submission that may be tried now; or 0, and how long it is
// until there may be one.
func (s *Schedule) Next(now time.Time) (seq uint64, wait time.Duration) {
	s.kicked = false
	if until := later(s.line.hold, s.line.floor); until.After(now) && len(s.turns) > 0 {
		return 0, until.Sub(now)
	}
	for s.later.Len() > 0 && !s.later.turns[0].due.After(now) {
		t := s.later.turns[0]
		s.dismiss(t)
		s.enter(&s.ready, t)
	}
	switch {
	case s.ready.Len() > 0:
		return s.ready.turns[0].seq, 0
	case s.later.Len() > 0:
		return 0, s.later.turns[0].due.Sub(now)
	}
	return 0, Idle
}

// Due is when submission seq may be tried as far as it alone is concerned; zero
// for at once.
func (s *Schedule) Due(seq uint64) time.Time {
	if t := s.turns[seq]; t != nil {
		return t.due
	}
	return time.Time{}
}

// Learn draws from the failed attempt with submission seq when it and when the
// line are to be tried again, and names the failure.
//
// What INPS is processing waits alone, and what the disk has spoilt leaves its
// lane. All else may be the line's trouble and holds everything; after an
// unknown outcome the submission waits longer than the line, so that one on
// which INPS always stumbles lets the others pass.
func (s *Schedule) Learn(seq uint64, err error, now time.Time) (reason string, next time.Time) {
	reason = reasonOf(err)
	t := s.turns[seq]
	if t == nil {
		return reason, time.Time{}
	}
	t.fails++
	t.alone = false
	switch reason {
	case ReasonDamaged:
		next = now.Add(retryMost)
		s.SetAside(seq, next)
		return reason, next
	case ReasonProcessing:
		s.over(now)
		next = now.Add(s.backoff.after(t.fails))
		t.alone = true
		s.move(t, next)
		return reason, next
	}
	next = s.doubt(reason, err, now)
	if reason == ReasonUnknown {
		next = later(now, next).Add(s.backoff.after(t.fails))
	}
	s.move(t, next)
	return reason, next
}

// doubt holds the line after a failure that may be the line's, and says until
// when.
func (s *Schedule) doubt(reason string, err error, now time.Time) time.Time {
	if s.line.fails == 0 {
		s.line.since = now
	}
	s.line.fails++
	s.line.trouble = reason
	wait := s.backoff.after(s.line.fails)
	if busy, ok := errors.AsType[*BusyError](err); ok {
		after := min(max(busy.After, 0), busyMost)
		s.line.floor = now.Add(after)
		wait = s.backoff.beyond(after, s.line.fails)
		if s.crowded(now) {
			wait = s.backoff.inTheCrowd(after, now.Sub(s.line.back))
		}
	}
	// Somebody who kicked during the attempt knew more than the attempt did.
	if !s.kicked {
		s.line.hold = later(now, s.line.floor).Add(wait)
	}
	return later(s.line.hold, s.line.floor)
}

// Works notes an answer of INPS. What waits because of the line's earlier
// trouble is tried soon: by now the long waits are what keeps it from INPS.
func (s *Schedule) Works(now time.Time) {
	if s.line.fails == 0 {
		return
	}
	s.over(now)
	soon := now.Add(s.backoff.after(1))
	for _, t := range s.turns {
		if !t.alone && t.due.After(soon) {
			s.move(t, soon)
		}
	}
}

// Pass notes that a piece of submission seq has gone: its next one goes when all
// others that may have gone first.
func (s *Schedule) Pass(seq uint64) {
	if t := s.turns[seq]; t != nil {
		t.rests++
		t.fails = 0
		s.move(t, t.due)
	}
}

// Reachable notes that INPS has been found again without an attempt. After an
// outage that many terminals may have had, they come back one after the other:
// over a part of the time for which it lasted, and a quarter of an hour at most.
func (s *Schedule) Reachable(now time.Time) {
	if s.line.fails == 0 { // nobody has noticed that it was gone
		return
	}
	out := now.Sub(s.line.since)
	s.Kick()
	s.over(now)
	s.line.hold = now.Add(s.backoff.upTo(min(max(out/returnShare, retryFirst), retryMost)))
}

// over ends the trouble of the line, and remembers how long it was.
func (s *Schedule) over(now time.Time) {
	if s.line.fails == 0 {
		return
	}
	l := line{floor: s.line.floor, outage: s.line.outage, back: s.line.back}
	if out := now.Sub(s.line.since); !s.crowded(now) {
		l.outage, l.back = out, now
	}
	s.line = l
}

// crowded reports whether a long outage is over for no longer than a few times
// as long as it lasted: others have queues to send, too.
func (s *Schedule) crowded(now time.Time) bool {
	return s.line.outage >= longOutage && now.Sub(s.line.back) < 2*s.line.outage
}

// Hold keeps everything back until the time that INPS asked for before a restart.
func (s *Schedule) Hold(until time.Time) {
	s.line.floor = later(s.line.floor, until)
}

// Kick cuts every back-off short. Only the time that INPS itself asked for is
// still kept.
func (s *Schedule) Kick() {
	s.kicked = true
	s.line.hold = time.Time{}
	for _, t := range s.turns {
		if !t.aside {
			s.move(t, time.Time{})
		}
	}
}

// Trouble is the reason why nothing goes out at present, empty when the last
// attempt got an answer.
func (s *Schedule) Trouble() string { return s.line.trouble }

// move gives t another time.
func (s *Schedule) move(t *turn, due time.Time) {
	waits := t.in != nil
	s.dismiss(t)
	t.due = due
	if waits {
		s.admit(t)
	}
}

// admit puts the first of a lane among those that may be tried in their time.
func (s *Schedule) admit(t *turn) {
	if t.due.IsZero() {
		s.enter(&s.ready, t)
		return
	}
	s.enter(&s.later, t)
}

func (s *Schedule) enter(q *queue, t *turn) {
	t.in = q
	heap.Push(q, t)
}

func (s *Schedule) dismiss(t *turn) {
	if t.in == nil {
		return
	}
	heap.Remove(t.in, t.at)
	t.in = nil
}

// queue is a heap of turns that know their place in it.
type queue struct {
	turns  []*turn
	before func(x, y *turn) bool
}

func (q *queue) Len() int           { return len(q.turns) }
func (q *queue) Less(i, j int) bool { return q.before(q.turns[i], q.turns[j]) }

func (q *queue) Swap(i, j int) {
	q.turns[i], q.turns[j] = q.turns[j], q.turns[i]
	q.turns[i].at, q.turns[j].at = i, j
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	t := x.(*turn)
	t.at = len(q.turns)
	q.turns = append(q.turns, t)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(q.turns) - 1
	t := q.turns[last]
	q.turns[last] = nil
	q.turns = q.turns[:last]
	return t
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
