package outbox

import (
	"context"
	"fmt"
	"time"
)

// Run sends what waits, one at a time and in the order of [Schedule], until ctx
// ends; then it returns nil. Any error is the store's: nothing more can be recorded, so
// nothing more may be sent.
//
// Each attempt is on disk before its first byte leaves. Where an attempt's
// outcome is not known, also after a crash, Run asks INPS before it sends again.
// What failed is tried again with exponential back-off and full jitter, of the
// submission when the submission is the trouble, of the whole outbox when the
// line, INPS or this terminal is.
func (b *Outbox) Run(ctx context.Context, s Sender) error {
	if !b.running.TryLock() {
		return ErrRunning
	}
	defer b.running.Unlock()
	var purged time.Time
	for ctx.Err() == nil {
		seq, wait := b.next(time.Now())
		switch {
		case wait == 0:
			if err := b.carry(ctx, s, seq); err != nil {
				return unlessDone(ctx, fmt.Errorf("carrying submission %d: %w", seq, err))
			}
		case b.loaded() && time.Since(purged) < purgeEvery:
			b.sleep(ctx, min(wait, purgeEvery-time.Since(purged)))
		}
		if err := b.loadNext(ctx); err != nil {
			return unlessDone(ctx, fmt.Errorf("reading what waits: %w", err))
		}
		if b.loaded() && time.Since(purged) >= purgeEvery {
			if err := b.purge(ctx); err != nil {
				return unlessDone(ctx, err)
			}
			b.sweep(ctx)
			purged = time.Now()
		}
	}
	return nil
}

// unlessDone is err, unless it is only the end of ctx.
func unlessDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// next is the submission to try now, or how long there is nothing to do.
func (b *Outbox) next(now time.Time) (seq uint64, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.schedule.Next(now)
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
// INPS itself asked for is still kept.
func (b *Outbox) Kick() {
	b.mu.Lock()
	b.schedule.Kick()
	b.mu.Unlock()
	b.wake()
}

// Reachable says that INPS was found again, without anybody waiting for it: what
// waits goes out soon, yet not in the same second as from all other terminals
// that were without INPS.
func (b *Outbox) Reachable() {
	b.mu.Lock()
	b.schedule.Reachable(time.Now())
	b.mu.Unlock()
	b.wake()
}

// Trouble is the reason why nothing goes out at present ([ReasonNoLine],
// [ReasonBusy], [ReasonPaused], [ReasonUnknown]), empty when the last attempt
// got an answer.
func (b *Outbox) Trouble() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.schedule.Trouble()
}
