package session

import (
	"context"
	"time"
)

// FollowQueue reports what the outbox holds, now and after every change, until
// ctx ends: counts for the board, and to the citizen who is logged in what
// became of their own submissions. It looks after the terminal at the same time.
func (s *Session) FollowQueue(ctx context.Context, changes <-chan struct{}) {
	clock := time.NewTicker(upkeepEvery)
	defer clock.Stop()
	for ctx.Err() == nil {
		s.Report(s.runner.queue())
		s.Report(UpkeepChanged{s.runner.upkeep()})
		select {
		case <-ctx.Done():
		case <-changes:
		case <-clock.C:
		}
	}
}

func (r *runner) queue() QueueChanged {
	e := QueueChanged{Queue: r.o.Desk.Counts()}
	r.mu.Lock()
	v := r.visit
	r.mu.Unlock()
	if v == nil || v.ctx.Err() != nil {
		return e
	}
	v.card.Lock()
	id := v.identity
	v.card.Unlock()
	if id.Certificate != nil {
		e.Visit, e.Requests = v.number, r.requests(id)
	}
	return e
}
