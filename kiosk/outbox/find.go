package outbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// List returns all entries, oldest first.
func (b *Outbox) List() []Entry { return b.all(func(Entry) bool { return true }) }

// ByOwner returns the entries of one citizen, oldest first.
func (b *Outbox) ByOwner(o Owner) []Entry {
	return b.all(func(e Entry) bool { return e.Owner == o })
}

// Find returns the entry with this ID or claim code. A code is found however it
// was typed: small letters, without its hyphens, or with O for 0.
func (b *Outbox) Find(claimOrID string) (Entry, bool) {
	if e, ok := b.byIDNow(claimOrID); ok {
		return e, true
	}
	seq, ok := b.claims.number(claimOrID)
	if !ok {
		return Entry{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries[seq] == nil {
		return Entry{}, false
	}
	return b.seen(seq), true
}

// Open returns what is neither with INPS nor done with: first what a person must
// look at, then the rest, each oldest first.
func (b *Outbox) Open() []Entry {
	open := b.all(func(e Entry) bool { return e.State.open() })
	now := time.Now()
	slices.SortStableFunc(open, func(x, y Entry) int {
		return cmp.Compare(calm(x, now), calm(y, now))
	})
	return open
}

// calm is 0 for what a person must look at, else 1.
func calm(e Entry, now time.Time) int {
	if e.Alarm(now) != "" {
		return 0
	}
	return 1
}

// ToDeliver returns what INPS has filed and the citizen has no final receipt of,
// oldest first.
func (b *Outbox) ToDeliver() []Entry {
	return b.all(func(e Entry) bool { return e.State == Filed && !e.Delivered })
}

// Counts is how many submissions stand where.
type Counts struct {
	Waiting   int       `json:"waiting"`
	Unknown   int       `json:"unknown"`
	Filed     int       `json:"filed"`
	Refused   int       `json:"refused"`
	Stuck     int       `json:"stuck"`
	ToDeliver int       `json:"to_deliver"`      // filed, the final receipt not handed out
	Alarms    int       `json:"alarms"`          // a person must look at them
	Oldest    time.Time `json:"oldest,omitzero"` // when the oldest was captured that is open
}

// Counts counts without touching the disk.
func (b *Outbox) Counts() Counts {
	var c Counts
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, it := range b.entries {
		c.add(*it, now)
	}
	return c
}

func (c *Counts) add(e Entry, now time.Time) {
	switch e.State {
	case Waiting:
		c.Waiting++
	case Unknown:
		c.Unknown++
	case Filed:
		c.Filed++
		if !e.Delivered {
			c.ToDeliver++
		}
	case Refused:
		c.Refused++
	case Stuck:
		c.Stuck++
	}
	if e.Alarm(now) != "" {
		c.Alarms++
	}
	if e.State.open() && (c.Oldest.IsZero() || e.CapturedAt.Before(c.Oldest)) {
		c.Oldest = e.CapturedAt
	}
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

// Await waits until the submission is no longer on its way to INPS and returns its entry. If
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

func (b *Outbox) all(wanted func(Entry) bool) []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []Entry
	for _, seq := range b.order {
		if e := b.seen(seq); wanted(e) {
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
	return b.seen(seq), true
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
