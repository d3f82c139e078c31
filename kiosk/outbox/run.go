package outbox

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Run sends what waits, to each destination one at a time and in the order of its
// [Schedule], until ctx ends; then it returns nil. Any error is the store's: nothing
// more can be recorded, so nothing more may be sent.
//
// Each attempt is on disk before its first byte leaves. Where an attempt's
// outcome is not known, also after a crash, Run asks INPS before it sends again.
// What failed is tried again with exponential back-off and full jitter, of the
// submission when the submission is the trouble, of all that goes to the same
// destination when its line or this terminal is.
func (b *Outbox) Run(ctx context.Context, s Sender) error {
	if !b.running.TryLock() {
		return ErrRunning
	}
	defer b.running.Unlock()
	running, stop := context.WithCancelCause(ctx)
	c := carriers{outbox: b, sender: s, stop: stop}
	err := c.run(running)
	stop(err)
	c.under.Wait()
	if err == nil {
		err = context.Cause(running)
	}
	return unlessDone(ctx, err)
}

// carriers are the attempts under way, at most one to each destination.
type carriers struct {
	outbox *Outbox
	sender Sender
	stop   context.CancelCauseFunc
	under  sync.WaitGroup
}

// run starts attempts, and does what is to be done between them, until ctx ends.
func (c *carriers) run(ctx context.Context) error {
	var purged time.Time
	for b := c.outbox; ctx.Err() == nil; {
		way, seq, wait := b.next(time.Now())
		switch {
		case way != nil:
			c.under.Go(func() { c.carry(ctx, way, seq) })
		case b.loaded() && time.Since(purged) < purgeEvery:
			b.sleep(ctx, min(wait, purgeEvery-time.Since(purged)))
		}
		if err := b.loadNext(ctx); err != nil {
			return fmt.Errorf("reading what waits: %w", err)
		}
		if b.loaded() && time.Since(purged) >= purgeEvery {
			if err := b.purge(ctx); err != nil {
				return err
			}
			b.sweep(ctx)
			purged = time.Now()
		}
	}
	return nil
}

// carry makes one attempt, and frees its way. An error of the store ends them all.
func (c *carriers) carry(ctx context.Context, w *way, seq uint64) {
	if err := c.outbox.carry(ctx, c.sender, seq); err != nil {
		c.stop(fmt.Errorf("carrying submission %d: %w", seq, err))
	}
	c.outbox.free(w)
}

// unlessDone is err, unless it is only the end of ctx.
func unlessDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// next is the submission to try now and its way, which is busy from now on; or how
// long there is nothing to do.
func (b *Outbox) next(now time.Time) (w *way, seq uint64, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w, seq, wait = b.ways.next(now); w != nil {
		w.busy = true
	}
	return w, seq, wait
}

// free lets the next submission go the same way.
func (b *Outbox) free(w *way) {
	b.mu.Lock()
	w.busy = false
	b.mu.Unlock()
	b.wake()
}

// sleep ends early when there is something new to look at.
func (b *Outbox) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-b.kick:
	}
}

// wake makes Run look again, without cutting any back-off short.
func (b *Outbox) wake() { signal(b.kick) }

// Kick cuts every back-off short: somebody is waiting for it. Only the time that
// a destination itself asked for is still kept.
func (b *Outbox) Kick() {
	b.mu.Lock()
	for _, w := range b.ways.all {
		w.Kick()
	}
	b.mu.Unlock()
	b.wake()
}

// Hurry is Kick for what goes to the destination of one submission.
func (b *Outbox) Hurry(id string) {
	b.onWayOf(id, func(w *way) { w.Kick() })
	b.wake()
}

// onWayOf does something on the way of a submission.
func (b *Outbox) onWayOf(id string, do func(*way)) {
	seq, err := b.seqOf(id)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	do(b.wayOf(seq))
}

// Reachable says that a destination was found again, without anybody waiting for
// it: what waits goes out soon, yet not in the same second as from all other
// terminals that were without it.
func (b *Outbox) Reachable(destination string) {
	b.mu.Lock()
	if w := b.ways.to(destination); w != nil {
		w.Reachable(time.Now())
	}
	b.mu.Unlock()
	b.wake()
}

// Trouble is the reason why nothing goes out to a destination at present
// ([ReasonNoLine], [ReasonBusy], [ReasonPaused], [ReasonUnknown]), empty when the
// last attempt got an answer.
func (b *Outbox) Trouble(destination string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.ways.to(destination); w != nil {
		return w.Trouble()
	}
	return ""
}
