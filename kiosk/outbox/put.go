package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// Put stores p and returns its entry: from then on the submission survives a
// power cut and will be sent. Body, entry and audit event are one transaction.
//
// The same ID again gives the entry of the first time and stores nothing, so
// that a confirmation touched twice is one submission. An error means that the
// terminal does not promise anything; after [store.ErrUnknown] the same Put on
// the reopened store tells.
//
// With Replaces, the submission of that ID is withdrawn in the same transaction;
// when an attempt to send it has begun, the error is [ErrTooLate], and nothing
// is stored.
func (b *Outbox) Put(ctx context.Context, p Parcel) (Entry, error) {
	if p.Class == "" {
		p.Class = Application
	}
	if err := p.check(); err != nil {
		return Entry{}, fmt.Errorf("storing the submission: %w", err)
	}
	release, err := b.reserve(ctx, p.ID)
	if err != nil {
		return Entry{}, fmt.Errorf("storing the submission: %w", err)
	}
	defer release()
	if e, ok := b.byIDNow(p.ID); ok {
		return e, nil
	}
	e, err := b.put(ctx, p)
	if err != nil {
		return Entry{}, fmt.Errorf("storing the submission: %w", err)
	}
	b.log.Info("submission stored", "submission", e.ID, "claim", e.Claim, "bytes", len(p.Sealed))
	b.wake()
	return e, nil
}

func (p Parcel) check() error {
	switch {
	case p.ID == "":
		return errors.New("parcel without id")
	case len(p.Sealed) == 0:
		return errors.New("parcel without sealed body")
	case p.Owner == Owner{}:
		return errors.New("parcel without owner")
	case p.Class != Application:
		return fmt.Errorf("parcel of the unknown class %q", p.Class)
	case p.Replaces == p.ID:
		return errors.New("parcel that replaces itself")
	}
	return nil
}

// put makes the entry and stores all that belongs to it.
func (b *Outbox) put(ctx context.Context, p Parcel) (Entry, error) {
	digest := sha256.Sum256(p.Sealed)
	e := Entry{
		ID:         p.ID,
		Class:      p.Class,
		State:      Waiting,
		CapturedAt: p.CapturedAt.UTC().Round(0),
		Deadline:   p.Deadline,
		Digest:     hex.EncodeToString(digest[:]),
		KeyID:      p.KeyID,
		Size:       len(p.Sealed),
		Owner:      p.Owner,
		Label:      p.Label,
	}
	err := b.st.Update(ctx, func(tx *bolt.Tx) (err error) {
		if p.Replaces != "" {
			if err := b.withdraw(tx, p.Replaces, p.Owner); err != nil {
				return err
			}
		}
		if e.Seq, err = entryTable.NextSequence(tx); err != nil {
			return err
		}
		if e.Claim, err = b.claims.code(e.Seq); err != nil {
			return err
		}
		if err := bodyTable.Put(tx, store.Key(e.Seq), append([]byte(p.Service+"\x00"), p.Sealed...)); err != nil {
			return err
		}
		if err := putEntry(tx, e); err != nil {
			return err
		}
		if err := b.audit.Append(tx, audit.Event{
			Name: audit.SubmissionStored, Submission: e.ID,
		}); err != nil {
			return err
		}
		tx.OnCommit(func() { b.show(e) })
		return nil
	})
	return e, err
}

// reserve makes the caller the only one that is putting id, until release.
func (b *Outbox) reserve(ctx context.Context, id string) (release func(), err error) {
	for {
		b.mu.Lock()
		other, busy := b.putting[id]
		if !busy {
			mine := make(chan struct{})
			b.putting[id] = mine
			b.mu.Unlock()
			return func() {
				b.mu.Lock()
				defer b.mu.Unlock()
				delete(b.putting, id)
				close(mine)
			}, nil
		}
		b.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Delivered notes that the citizen has the final receipt.
func (b *Outbox) Delivered(ctx context.Context, id string) error {
	e, ok := b.byIDNow(id)
	if !ok {
		return fmt.Errorf("noting the delivery: %w", ErrNoEntry)
	}
	if e.Delivered {
		return nil
	}
	_, err := b.change(ctx, e.Seq, func(_ *bolt.Tx, e *Entry) ([]audit.Event, error) {
		if e.State != Filed {
			return nil, fmt.Errorf("submission is %s, not filed", e.State)
		}
		e.Delivered = true
		return []audit.Event{{Name: audit.ReceiptDelivered, Submission: e.ID}}, nil
	})
	if err != nil {
		return fmt.Errorf("noting the delivery: %w", err)
	}
	return nil
}

// purge forgets what INPS has had for longer than the retention.
func (b *Outbox) purge(ctx context.Context) error {
	var old []Entry
	before := time.Now().Add(-b.keepFiled)
	for _, e := range b.List() {
		if e.State == Filed && e.FiledAt.Before(before) {
			old = append(old, e)
		}
	}
	if len(old) == 0 {
		return nil
	}
	err := b.st.Update(ctx, func(tx *bolt.Tx) error {
		for _, e := range old {
			for _, t := range []store.Table{entryTable, proofTable} {
				if err := t.Delete(tx, store.Key(e.Seq)); err != nil {
					return err
				}
			}
		}
		tx.OnCommit(func() { b.hide(old) })
		return nil
	})
	if err != nil {
		return fmt.Errorf("forgetting what was filed long ago: %w", err)
	}
	return nil
}
