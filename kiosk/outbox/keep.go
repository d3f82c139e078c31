package outbox

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// purgeEvery is how often Run forgets what was settled long ago.
const purgeEvery = time.Hour

// purgeMost is how many are forgotten in one transaction: nobody waits long
// behind it.
const purgeMost = 1000

// Delivered notes that the citizen has the final receipt.
func (b *Outbox) Delivered(ctx context.Context, id string) error {
	if e, ok := b.byIDNow(id); ok && e.Delivered {
		return nil
	}
	_, err := b.changeByID(ctx, id, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		if r.State != Filed {
			return nil, fmt.Errorf("submission is %s, not filed", r.State)
		}
		r.Delivered = true
		return []audit.Event{{Name: audit.ReceiptDelivered, Submission: r.ID}}, b.forgetPhone(tx, r)
	})
	if err != nil {
		return fmt.Errorf("noting the delivery: %w", err)
	}
	return nil
}

// NotDelivered notes that the final receipt did not reach its citizen after all: the
// printer has it back.
func (b *Outbox) NotDelivered(ctx context.Context, id string) error {
	if e, ok := b.byIDNow(id); ok && !e.Delivered {
		return nil
	}
	_, err := b.changeByID(ctx, id, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
		r.Delivered = false
		return nil, nil // the record of what was done names the paper that came back
	})
	if err != nil {
		return fmt.Errorf("taking back the delivery: %w", err)
	}
	return nil
}

// purge forgets what was filed, withdrawn or closed for longer than the
// retention. By a clock that nobody vouches for it forgets nothing: set years
// ahead, it would take the proofs of yesterday with it.
func (b *Outbox) purge(ctx context.Context) error {
	if !b.o.ClockTrusted() {
		return nil
	}
	if err := b.date(ctx); err != nil {
		return fmt.Errorf("dating what was settled: %w", err)
	}
	for {
		old := b.settledBefore(time.Now().Add(-b.o.KeepFiled))
		if len(old) == 0 {
			return nil
		}
		if err := b.forget(ctx, old); err != nil {
			return fmt.Errorf("forgetting what was settled long ago: %w", err)
		}
	}
}

// date counts the retention from now of what was settled while nobody knew the
// time.
func (b *Outbox) date(ctx context.Context) error {
	var undated []uint64
	b.mu.Lock()
	for i := range b.index.items {
		if it := &b.index.items[i]; !states[it.state].open() && it.settled == 0 {
			undated = append(undated, it.seq)
		}
	}
	b.mu.Unlock()
	for _, seq := range undated {
		if _, err := b.change(ctx, seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
			r.settled = time.Now()
			return nil, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// now is the time, zero while nobody vouches for it.
func (b *Outbox) now() time.Time {
	if !b.o.ClockTrusted() {
		return time.Time{}
	}
	return time.Now()
}

// settledBefore lists, by number, some of what was settled before a time.
func (b *Outbox) settledBefore(limit time.Time) []uint64 {
	var old []uint64
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.index.items {
		it := &b.index.items[i]
		if !states[it.state].open() && it.settled != 0 && fromMicro(it.settled).Before(limit) {
			if old = append(old, it.seq); len(old) == purgeMost {
				break
			}
		}
	}
	return old
}

func (b *Outbox) forget(ctx context.Context, numbers []uint64) error {
	return b.st.Update(ctx, func(tx *bolt.Tx) error {
		for _, seq := range numbers {
			for _, t := range []store.Table{recordTable, proofTable, phoneTable} {
				if err := t.Delete(tx, store.Key(seq)); err != nil {
					return err
				}
			}
		}
		b.st.OnCommit(tx, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.index.drop(numbers)
			b.wakeWatchers()
		})
		return nil
	})
}
