package outbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// Put stores p and returns its entry: from then on the submission survives a
// power cut and will be sent. Body, record and audit event are one transaction.
//
// The same ID again gives the entry of the first time and stores nothing, so
// that a confirmation touched twice is one submission, although signing and
// sealing again gives another body; of another owner it is [ErrOtherOwner]. Who
// changes what is submitted takes another ID. An error means that the
// terminal does not promise anything; after [store.ErrUnknown] the same Put on
// the reopened store tells.
//
// Its attachments must have been kept by Attach, and are safe with it. After an
// error they are still there for another Put, or to be discarded.
//
// With Replaces, the submission of that ID is withdrawn in the same transaction;
// when an attempt to send it has begun, or it is withdrawn already, the error is
// [ErrTooLate], and nothing is stored.
func (b *Outbox) Put(ctx context.Context, p Parcel) (Entry, error) {
	e, err := b.putOnce(ctx, p)
	if err != nil {
		return Entry{}, fmt.Errorf("storing the submission: %w", err)
	}
	return e, nil
}

func (b *Outbox) putOnce(ctx context.Context, p Parcel) (Entry, error) {
	id, err := p.check()
	if err != nil {
		return Entry{}, err
	}
	release, err := b.reserve(ctx, p.ID)
	if err != nil {
		return Entry{}, err
	}
	defer release()
	if err := b.loadAll(ctx); err != nil {
		return Entry{}, err
	}
	if seq, err := b.seqOf(p.ID); err == nil {
		e, _ := b.bySeqNow(seq)
		if e.Owner != p.Owner {
			return Entry{}, ErrOtherOwner
		}
		return e, nil
	}
	e, err := b.put(ctx, id, p)
	if err != nil {
		return Entry{}, err
	}
	b.log.Info("submission stored", "submission", e.ID, "claim", e.Claim, "bytes", len(p.Sealed))
	b.wake()
	return e, nil
}

// check refuses what could not be sent or found again.
func (p Parcel) check() (uuid, error) {
	id, err := parseID(p.ID)
	if err != nil {
		return id, fmt.Errorf("parcel's id: %w", err)
	}
	switch {
	case len(p.Sealed) == 0:
		return id, errors.New("parcel without sealed body")
	case p.Owner == Owner{}:
		return id, errors.New("parcel without owner")
	case p.Class == "" || !slices.Contains(classes, p.Class):
		return id, fmt.Errorf("parcel of the unknown class %q", p.Class)
	case p.Replaces == p.ID:
		return id, errors.New("parcel that replaces itself")
	case len(p.KeyID) > longestKeyID:
		return id, fmt.Errorf("parcel with a key id of %d characters", len(p.KeyID))
	case len(p.Label) > longestLabel:
		return id, fmt.Errorf("parcel with a label of %d bytes", len(p.Label))
	}
	return id, p.checkAttachments()
}

// put makes the record and stores all that belongs to it.
func (b *Outbox) put(ctx context.Context, id uuid, p Parcel) (Entry, error) {
	r := record{id: id}
	r.ID, r.Class, r.State, r.Owner, r.Size = p.ID, p.Class, Waiting, p.Owner, len(p.Sealed)
	r.CapturedAt, r.By = p.CapturedAt.UTC().Truncate(time.Microsecond), by(p.Deadline, p.CapturedAt)
	r.way, r.Destination, r.mark = b.wayOfKey(p.KeyID), b.destination(p.KeyID), markOf(p.KeyID)
	r.ClockTrusted = b.o.ClockTrusted()
	d := r.docket()
	d.digest, d.keyID, d.label, d.attachments = sha256.Sum256(p.Sealed), p.KeyID, p.Label, p.Attachments
	body := d.with(p.Sealed)
	documents, err := b.enclose(p)
	if err != nil {
		return Entry{}, err
	}
	err = b.st.Update(ctx, func(tx *bolt.Tx) (err error) {
		if p.Replaces != "" {
			if err := b.withdraw(tx, p.Replaces, p.Owner); err != nil {
				return err
			}
		}
		if r.Seq, err = recordTable.NextSequence(tx); err != nil {
			return err
		}
		if r.Claim, err = b.claims.code(r.Seq); err != nil {
			return err
		}
		if err := bodyTable.Put(tx, store.Key(r.Seq), body); err != nil {
			return err
		}
		if err := putRecord(tx, r); err != nil {
			return err
		}
		if err := b.audit.Append(tx, audit.Event{Name: audit.SubmissionStored, Submission: r.ID}); err != nil {
			return err
		}
		b.st.OnCommit(tx, func() { b.show(r) })
		return nil
	})
	documents.done(err)
	d.tell(&r.Entry)
	if !b.o.ClockTrusted() {
		r.By = time.Time{}
	}
	return r.Entry, err
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
