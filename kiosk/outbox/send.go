package outbox

import (
	"bytes"
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

// Why the last attempt did not end in a protocol number, in Entry.Reason. What
// INPS refused has INPS's own reason there.
const (
	ReasonNoLine     = "no-line"
	ReasonUnknown    = "unknown-outcome"
	ReasonBusy       = "busy"
	ReasonPaused     = "paused"
	ReasonProcessing = "processing"
	ReasonDamaged    = "damaged" // the body on disk is not what was stored; never sent
	reasonOther      = "other"
)

// carry makes one attempt with e and stores what came of it. Its error is the
// store's.
func (b *Outbox) carry(ctx context.Context, s Sender, e Entry) error {
	p, err := b.parcel(ctx, e)
	if errors.Is(err, store.ErrDamaged) {
		return b.postpone(ctx, attempt{entry: e, err: err})
	}
	if err != nil {
		return err
	}
	if e.State == Unknown {
		c, err := s.Ask(ctx, p)
		if !errors.Is(err, ErrNotKnown) {
			return b.settle(ctx, attempt{entry: e, conf: c, err: err})
		}
	}
	if e, err = b.begin(ctx, e.Seq); err != nil {
		return err
	}
	c, err := s.Send(ctx, p)
	return b.settle(ctx, attempt{entry: e, conf: c, err: err, sent: true})
}

// parcel reads what is to be sent. The error is [store.ErrDamaged] when it is not
// what the citizen confirmed.
func (b *Outbox) parcel(ctx context.Context, e Entry) (Parcel, error) {
	p := Parcel{
		ID: e.ID, Class: e.Class, CapturedAt: e.CapturedAt, Deadline: e.Deadline,
		Owner: e.Owner, Label: e.Label, KeyID: e.KeyID,
	}
	err := b.st.View(ctx, func(tx *bolt.Tx) (err error) {
		p.Sealed, err = bodyTable.Get(tx, store.Key(e.Seq))
		return err
	})
	if err != nil {
		return Parcel{}, fmt.Errorf("reading the sealed body: %w", err)
	}
	service, sealed, _ := bytes.Cut(p.Sealed, []byte{0})
	p.Service, p.Sealed = string(service), sealed
	digest := sha256.Sum256(p.Sealed)
	if hex.EncodeToString(digest[:]) != e.Digest {
		return Parcel{}, fmt.Errorf("reading the sealed body: digest: %w", store.ErrDamaged)
	}
	return p, nil
}

// begin stores that an attempt begins. From here to its confirmation nobody
// knows whether INPS has the submission.
func (b *Outbox) begin(ctx context.Context, seq uint64) (Entry, error) {
	return b.change(ctx, seq, func(_ *bolt.Tx, e *Entry) ([]audit.Event, error) {
		e.State, e.Attempts = Unknown, e.Attempts+1
		e.Reason, e.NextTry = "", time.Time{}
		return []audit.Event{{Name: audit.SubmissionAttempt, Submission: e.ID, Number: e.Attempts}}, nil
	})
}

// attempt is what one Send or Ask brought.
type attempt struct {
	entry Entry
	conf  Confirmation
	err   error
	sent  bool // by Send, of an entry of which INPS had nothing
}

// settle stores the outcome of an attempt.
func (b *Outbox) settle(ctx context.Context, a attempt) error {
	if a.err == nil {
		a.err = fits(a.conf, a.entry)
	}
	if a.err == nil {
		return b.file(ctx, a)
	}
	if refused, ok := errors.AsType[*RefusedError](a.err); ok {
		return b.refuse(ctx, a, refused)
	}
	if ctx.Err() != nil {
		return nil // stays Unknown: the error is that of being stopped
	}
	return b.postpone(ctx, a)
}

// fits checks that a confirmation is of this submission. The Sender has done so
// with the signature; a mix-up here would tell a citizen a protocol number that
// belongs to another.
func fits(c Confirmation, e Entry) error {
	if c.ID != e.ID || c.Digest != e.Digest || c.Protocol == "" || len(c.Signed) == 0 {
		return fmt.Errorf("confirmation does not fit the submission: %w", ErrUnknownOutcome)
	}
	return nil
}

// file stores INPS's confirmation and forgets the body, in one transaction.
func (b *Outbox) file(ctx context.Context, a attempt) error {
	// Being stopped now is no reason to lose a confirmation.
	ctx = context.WithoutCancel(ctx)
	e, err := b.change(ctx, a.entry.Seq, func(tx *bolt.Tx, e *Entry) ([]audit.Event, error) {
		return []audit.Event{{Name: audit.SubmissionFiled, Submission: e.ID}}, b.proven(tx, e, a.conf)
	})
	if err != nil {
		return err
	}
	b.works()
	b.log.Info("submission filed", "submission", e.ID, "attempts", e.Attempts)
	return nil
}

// proven stores INPS's word that it has the submission, and wipes the body.
func (b *Outbox) proven(tx *bolt.Tx, e *Entry, c Confirmation) error {
	e.State, e.Reason, e.NextTry = Filed, "", time.Time{}
	e.Protocol, e.FiledAt = c.Protocol, c.FiledAt.UTC()
	if err := proofTable.Put(tx, store.Key(e.Seq), c.Signed); err != nil {
		return err
	}
	return bodyTable.Delete(tx, store.Key(e.Seq))
}

// refuse puts the submission aside for a person; its body stays.
func (b *Outbox) refuse(ctx context.Context, a attempt, refused *RefusedError) error {
	reason := refused.Reason
	if !audit.IsKey(reason) {
		reason = reasonOther
	}
	e, err := b.change(context.WithoutCancel(ctx), a.entry.Seq, func(_ *bolt.Tx, e *Entry) ([]audit.Event, error) {
		e.State, e.Reason, e.NextTry = Refused, reason, time.Time{}
		return []audit.Event{{
			Name: audit.SubmissionRefused, Submission: e.ID,
			Code: reason, Number: max(refused.Status, 0),
		}}, nil
	})
	if err != nil {
		return err
	}
	b.works()
	b.log.Warn("submission refused", "submission", e.ID, "reason", reason, "status", refused.Status)
	return nil
}

// postpone stores why the attempt failed and when to try again.
func (b *Outbox) postpone(ctx context.Context, a attempt) error {
	reason, next := b.learn(a)
	e, err := b.change(ctx, a.entry.Seq, func(_ *bolt.Tx, e *Entry) ([]audit.Event, error) {
		e.Reason, e.NextTry = reason, next
		if !a.sent {
			return nil, nil
		}
		switch reason {
		case ReasonNoLine: // no byte left: the attempt did not take place
			e.State, e.Attempts = Waiting, e.Attempts-1
		case ReasonBusy, ReasonPaused: // INPS answered that it did not take it
			e.State = Waiting
		}
		return nil, nil
	})
	if err != nil {
		return err
	}
	b.log.Warn("submission not delivered yet", "submission", e.ID, "reason", reason,
		"attempts", e.Attempts, "wait", time.Until(next).Round(time.Millisecond), "err", a.err)
	return nil
}

// learn draws from a failed attempt when to try again.
func (b *Outbox) learn(a attempt) (reason string, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.schedule.Learn(a.entry.Seq, a.err, time.Now())
}

// works notes an answer of INPS.
func (b *Outbox) works() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.schedule.Works(time.Now())
}
