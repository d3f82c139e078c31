package main

import (
	"math/rand/v2"
	"time"

	"pue/kiosk/outbox"
)

// policy is when a terminal tries which submission.
type policy interface {
	add(seq uint64, now time.Time)
	// next is the submission to try now; or 0, and how long to wait.
	next(now time.Time) (seq uint64, wait time.Duration)
	failed(seq uint64, err error, now time.Time)
	filed(seq uint64, now time.Time)
	// reachable: the terminal's probe has found INPS again.
	reachable(now time.Time)
}

// probeEvery is how often a terminal without a line looks for it, see
// kiosk.watchLine.
const probeEvery = 11 * time.Second

// ours is the schedule of the outbox itself.
type ours struct{ *outbox.Schedule }

func newOurs(src rand.Source) policy { return ours{outbox.NewSchedule(src)} }

func (p ours) add(seq uint64, now time.Time) {
	p.Add(seq, outbox.Owner{14: byte(seq >> 8), 15: byte(seq)}, now)
}

func (p ours) next(now time.Time) (uint64, time.Duration)  { return p.Next(now) }
func (p ours) failed(seq uint64, err error, now time.Time) { p.Learn(seq, err, now) }
func (p ours) reachable(now time.Time)                     { p.Reachable(now) }

func (p ours) filed(seq uint64, now time.Time) {
	p.Remove(seq)
	p.Works(now)
}

// simple is what others do: one clock for all submissions of the terminal, a
// pause after each that was filed, and a wait after each failure.
type simple struct {
	waiting []uint64
	due     time.Time
	fails   int
	after   func(now time.Time, fails int) time.Time
}

const pause = 2 * time.Second

func (p *simple) add(seq uint64, now time.Time) { p.waiting = append(p.waiting, seq) }

func (p *simple) next(now time.Time) (uint64, time.Duration) {
	switch {
	case len(p.waiting) == 0:
		return 0, never
	case p.due.After(now):
		return 0, p.due.Sub(now)
	}
	return p.waiting[0], 0
}

func (p *simple) failed(_ uint64, _ error, now time.Time) {
	p.fails++
	p.due = p.after(now, p.fails)
}

func (p *simple) filed(_ uint64, now time.Time) {
	p.fails = 0
	p.waiting = p.waiting[1:]
	p.due = now.Add(pause)
}

func (p *simple) reachable(time.Time) {}

const (
	fixedWait = 30 * time.Second
	firstWait = 2 * time.Second
	mostWait  = 15 * time.Minute
)

// policies are what is compared.
var policies = []struct {
	name   string
	follow func(rand.Source) policy
}{
	{"every 30 s by the clock", func(rand.Source) policy {
		return &simple{after: func(now time.Time, _ int) time.Time { return now.Truncate(fixedWait).Add(fixedWait) }}
	}},
	{"every 30 s", func(src rand.Source) policy {
		phase := time.Duration(rand.New(src).Int64N(int64(fixedWait)))
		return &simple{after: func(now time.Time, _ int) time.Time {
			return now.Add(-phase).Truncate(fixedWait).Add(fixedWait + phase)
		}}
	}},
	{"exponential", func(rand.Source) policy {
		return &simple{after: func(now time.Time, fails int) time.Time { return now.Add(doubled(fails)) }}
	}},
	{"exponential, full jitter", func(src rand.Source) policy {
		random := rand.New(src)
		return &simple{after: func(now time.Time, fails int) time.Time {
			return now.Add(time.Duration(random.Int64N(int64(doubled(fails)))))
		}}
	}},
	{"the outbox", newOurs},
}

func doubled(fails int) time.Duration { return min(firstWait<<min(fails-1, 20), mostWait) }
