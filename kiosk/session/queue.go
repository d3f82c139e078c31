package session

import (
	"context"

	"pue/kiosk/outbox"
)

// FollowQueue reports what the outbox holds, now and after every change, until
// ctx ends: counts for the board, and to the citizen who is logged in what
// became of their own submissions.
func (s *Session) FollowQueue(ctx context.Context, changes <-chan struct{}) {
	for ctx.Err() == nil {
		s.Report(s.runner.queue())
		select {
		case <-ctx.Done():
		case <-changes:
		}
	}
}

func (r *runner) queue() QueueChanged {
	e := QueueChanged{Queue: count(r.o.Outbox.List())}
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

func count(entries []outbox.Entry) QueueView {
	var q QueueView
	for _, e := range entries {
		switch e.State {
		case outbox.Waiting:
			q.Waiting++
		case outbox.Unknown:
			q.Unknown++
		case outbox.Refused:
			q.Refused++
		case outbox.Filed:
			q.Filed++
			continue
		}
		if q.Oldest.IsZero() || e.CapturedAt.Before(q.Oldest) {
			q.Oldest = e.CapturedAt
		}
	}
	return q
}
