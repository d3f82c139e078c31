package outbox

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// List returns all entries, oldest first.
func (b *Outbox) List() []Entry { return b.all(func(Entry) bool { return true }) }

// ByOwner returns the entries of one citizen, oldest first.
func (b *Outbox) ByOwner(o Owner) []Entry {
	return b.all(func(e Entry) bool { return e.Owner == o })
}

// Proof returns INPS's signed confirmation of a filed submission, a compact JWS.
func (b *Outbox) Proof(ctx context.Context, id string) (signed []byte, err error) {
	e, ok := b.byIDNow(id)
	if !ok || e.State != Filed {
		return nil, fmt.Errorf("reading the proof: %w", ErrNoEntry)
	}
	err = b.st.View(ctx, func(tx *bolt.Tx) error {
		signed, err = proofTable.Get(tx, store.Key(e.Seq))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the proof: %w", err)
	}
	return signed, nil
}

// Await waits until the submission is filed or refused and returns its entry. If
// ctx ends first, it returns the entry as it stands, with ctx's error.
func (b *Outbox) Await(ctx context.Context, id string) (Entry, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	changed := b.Watch(ctx)
	for {
		e, ok := b.byIDNow(id)
		switch {
		case !ok:
			return Entry{}, fmt.Errorf("awaiting a submission: %w", ErrNoEntry)
		case e.State == Filed || e.State == Refused:
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

func (b *Outbox) all(wanted func(Entry) bool) []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []Entry
	for _, seq := range b.order {
		if e := b.entries[seq].seen(); wanted(e) {
			found = append(found, e)
		}
	}
	return found
}

func (b *Outbox) byIDNow(id string) (Entry, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	seq, ok := b.byID[id]
	if !ok {
		return Entry{}, false
	}
	return b.entries[seq].seen(), true
}

func (b *Outbox) hide(old []Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range old {
		delete(b.entries, e.Seq)
		delete(b.byID, e.ID)
		b.order = without(b.order, e.Seq)
	}
	b.wakeWatchers()
}
