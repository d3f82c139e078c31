package outbox

import (
	"math/rand/v2"
	"slices"
	"time"
)

// ways are the ways out of this terminal, one to each destination. Each is a
// [Schedule] of its own: that one authority is down says nothing of another, and
// one citizen's submissions keep their order on the way to each.
//
// Which way a submission takes follows from the key that it is sealed to, which
// stands on its docket already. Nothing more about it is on disk.
type ways struct {
	// route names the destination that can open what is sealed to a key; known is
	// false for a key of nobody that this terminal can reach.
	route func(keyID string) (destination string, known bool)
	src   rand.Source
	all   []*way // the first is for what can go nowhere, or for all when there is one
	last  int    // which of them was served last
}

// way leads to one destination.
type way struct {
	*Schedule
	destination string
	busy        bool // one of its submissions is under way
}

func newWays(o Options) ways {
	w := ways{route: o.Route, src: o.Rand}
	if w.route == nil {
		w.route = func(string) (string, bool) { return "", true }
	}
	w.all = []*way{{Schedule: NewSchedule(o.Rand)}}
	return w
}

// number is the way of what is sealed to a key, as [item] holds it.
func (w *ways) number(keyID string) uint8 {
	destination, known := w.route(keyID)
	if !known || destination == "" {
		return 0
	}
	i := slices.IndexFunc(w.all, func(way *way) bool { return way.destination == destination })
	if i < 0 {
		i = len(w.all)
		w.all = append(w.all, &way{Schedule: NewSchedule(w.src), destination: destination})
	}
	return uint8(i)
}

// to is the way to a destination; nil when nothing has ever gone there.
func (w *ways) to(destination string) *way {
	i := slices.IndexFunc(w.all, func(way *way) bool { return way.destination == destination })
	if i < 0 {
		return nil
	}
	return w.all[i]
}

// next is the submission to try now and its way, or how long it is until there may
// be one. The ways take turns, and one on which something is under way waits for
// its end.
func (w *ways) next(now time.Time) (free *way, seq uint64, wait time.Duration) {
	wait = Idle
	for i := range w.all {
		at := (w.last + 1 + i) % len(w.all)
		if w.all[at].busy {
			continue
		}
		seq, left := w.all[at].Next(now)
		if left == 0 {
			w.last = at
			return w.all[at], seq, 0
		}
		wait = min(wait, left)
	}
	return nil, 0, wait
}

// wayOf is the way that a submission takes; b.mu is held.
func (b *Outbox) wayOf(seq uint64) *way {
	if it := b.index.get(seq); it != nil {
		return b.ways.all[it.way]
	}
	return b.ways.all[0]
}

// destination names who can open what is sealed to a key; empty when that is
// nobody whom this terminal can reach, or when there is only one to reach.
func (b *Outbox) destination(keyID string) string {
	destination, _ := b.ways.route(keyID)
	return destination
}
