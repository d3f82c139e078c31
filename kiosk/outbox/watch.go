package outbox

import (
	"context"
	"fmt"
)

// Await waits until the submission is no longer on its way to INPS and returns
// its entry. If ctx ends first, it returns the entry as it stands, with ctx's
// error.
func (b *Outbox) Await(ctx context.Context, id string) (Entry, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	changed := b.Watch(ctx)
	for {
		e, ok := b.byIDNow(id)
		switch {
		case !ok:
			return Entry{}, fmt.Errorf("awaiting a submission: %w", ErrNoEntry)
		case !e.State.pending():
			return e, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return e, ctx.Err()
		}
	}
}

// Watch returns a channel that gets a value after any entry has changed, until
// ctx ends. Changes that nobody has fetched yet become one. The channel is never
// closed.
func (b *Outbox) Watch(ctx context.Context) <-chan struct{} {
	changed := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watchers[changed] = struct{}{}
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, changed)
	})
	return changed
}

// wakeWatchers tells them that something changed; b.mu is held.
func (b *Outbox) wakeWatchers() {
	for changed := range b.watchers {
		signal(changed)
	}
}

// signal leaves a value in a channel of capacity 1, unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
