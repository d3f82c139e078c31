package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
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
	ReasonNoKey      = "no-key"  // this terminal knows nobody who has the key that it is sealed to
)

// errSettled: while an attempt was being made, somebody else has settled the
// submission. What they stored stands.
var errSettled = errors.New("submission is settled")

// carry makes one attempt with submission seq and stores what came of it. Its
// error is the store's.
func (b *Outbox) carry(ctx context.Context, s Sender, seq uint64) error {
	r, p, err := b.parcel(ctx, seq)
	if errors.Is(err, store.ErrDamaged) {
		if r.Seq == 0 { // not even its record can be read
			return b.heal(ctx, seq)
		}
		if !r.State.toCarry() { // settled since it was chosen
			return nil
		}
		return b.withoutBody(ctx, s, r, err)
	}
	if err != nil {
		return err
	}
	if _, known := b.ways.route(p.KeyID); !known {
		return unlessSettled(b.strand(ctx, r))
	}
	if r.State != Waiting {
		c, err := s.Ask(ctx, p)
		if !errors.Is(err, ErrNotKnown) {
			return b.settle(ctx, attempt{record: r, parcel: p, conf: c, err: err})
		}
		if r.State == Stuck || r.strayed || r.spent >= b.o.MaxAttempts {
			return unlessSettled(b.giveUp(ctx, seq, r.HandedOut))
		}
	}
	if all, err := b.bring(ctx, s, r, p); !all {
		return err
	}
	if r, err = b.begin(ctx, seq); err != nil {
		return unlessSettled(err)
	}
	c, err := s.Send(ctx, p)
	return b.settle(ctx, attempt{record: r, parcel: p, conf: c, err: err, sent: true})
}

// withoutBody does what can still be done for a submission of which the disk has
// spoilt the body: INPS may have it, and is asked for it by its id alone.
func (b *Outbox) withoutBody(ctx context.Context, s Sender, r record, damage error) error {
	a := attempt{record: r, err: damage}
	if r.State != Waiting {
		conf, err := s.Ask(ctx, Parcel{ID: r.ID, Class: r.Class, CapturedAt: r.CapturedAt, Owner: r.Owner})
		if a.conf, a.err = conf, err; err != nil {
			a.err = fmt.Errorf("%w; asking by id: %w", damage, err)
		}
	}
	return b.settle(ctx, a)
}

func unlessSettled(err error) error {
	if errors.Is(err, errSettled) {
		return nil
	}
	return err
}

// parcel reads what is to be sent. The error is [store.ErrDamaged] when it is not
// what the citizen confirmed; the record is zero when it is that which is spoilt.
func (b *Outbox) parcel(ctx context.Context, seq uint64) (r record, p Parcel, err error) {
	var body []byte
	err = b.st.View(ctx, func(tx *bolt.Tx) error {
		value, err := recordTable.Get(tx, store.Key(seq))
		if err != nil {
			return err
		}
		if r, err = decodeRecord(seq, value); err != nil {
			return err
		}
		body, err = bodyTable.Get(tx, store.Key(seq))
		return err
	})
	if err == nil {
		p, err = r.parcel(body)
	}
	for i := range p.Attachments {
		p.Attachments[i].path = b.attachmentPath(p.ID, p.Attachments[i].ID)
	}
	if err != nil {
		return r, Parcel{}, fmt.Errorf("reading the sealed body: %w", err)
	}
	return r, p, nil
}

// parcel is the submission as it travels.
func (r record) parcel(body []byte) (Parcel, error) {
	d, sealed, err := readDocket(body)
	if err != nil {
		return Parcel{}, err
	}
	if d.id != r.id || sha256.Sum256(sealed) != d.digest {
		return Parcel{}, fmt.Errorf("digest: %w", store.ErrDamaged)
	}
	return Parcel{
		ID: r.ID, Class: r.Class, CapturedAt: r.CapturedAt,
		Owner: r.Owner, Label: d.label, KeyID: d.keyID, Sealed: sealed, Attachments: d.attachments,
	}, nil
}

// begin stores that an attempt begins. From here to its confirmation nobody
// knows whether INPS has the submission.
func (b *Outbox) begin(ctx context.Context, seq uint64) (record, error) {
	return b.change(ctx, seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
		if !r.State.pending() {
			return nil, errSettled
		}
		r.State, r.Attempts, r.spent = Unknown, r.Attempts+1, r.spent+1
		r.clear()
		if r.told != "" {
			return nil, nil
		}
		r.told = ReasonUnknown
		return []audit.Event{{Name: audit.SubmissionAttempt, Submission: r.ID, Number: r.Attempts}}, nil
	})
}

// giveUp makes the submission a dead letter: its attempts are used up. In doubt,
// INPS may have it, and is asked now and then.
func (b *Outbox) giveUp(ctx context.Context, seq uint64, doubt bool) error {
	r, err := b.change(ctx, seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
		was := r.State
		if was != Stuck && !was.pending() {
			return nil, errSettled
		}
		r.State, r.doubt = Stuck, doubt
		if r.clear(); doubt {
			r.Reason, r.wait = ReasonUnknown, until(b.clock, askAgain)
		}
		if was == Stuck {
			return nil, nil
		}
		stuck := audit.Event{Name: audit.SubmissionStuck, Submission: r.ID, Number: r.Attempts}
		if r.strayed {
			stuck.Code = "stray"
		}
		return []audit.Event{stuck}, nil
	})
	if err != nil {
		return err
	}
	if doubt {
		b.setAside(seq, askAgain)
	}
	b.log.Warn("submission is stuck", "submission", r.ID, "attempts", r.Attempts, "in_doubt", doubt)
	return nil
}

// strand makes a person's business of a submission sealed to a key that nobody has
// whom this terminal can reach. An attempt may have been made while there was
// somebody: then it is looked at again when the keys may have come back.
func (b *Outbox) strand(ctx context.Context, r record) error {
	doubt := r.State != Waiting
	if doubt {
		b.setAside(r.Seq, askAgain)
	}
	r, err := b.change(ctx, r.Seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
		was := r.State
		if was != Stuck && !was.pending() {
			return nil, errSettled
		}
		r.clear()
		r.State, r.Reason, r.doubt = Stuck, ReasonNoKey, doubt
		if doubt {
			r.wait = until(b.clock, askAgain)
		}
		if was == Stuck {
			return nil, nil
		}
		return []audit.Event{{Name: audit.SubmissionStuck, Submission: r.ID, Code: ReasonNoKey, Number: r.Attempts}}, nil
	})
	if err != nil {
		return err
	}
	b.log.Warn("submission is sealed to a key of nobody who can be reached", "submission", r.ID, "in_doubt", doubt)
	return nil
}

// askAgain is how often INPS is asked about what is stuck and in doubt.
const askAgain = day

// attempt is what one Send or Ask brought.
type attempt struct {
	record record
	parcel Parcel
	conf   Confirmation
	err    error
	sent   bool // by Send, of a submission of which INPS had nothing
	// bringing: of its attachments, before any attempt to send it
	bringing bool
}

// settle stores the outcome of an attempt.
func (b *Outbox) settle(ctx context.Context, a attempt) error {
	if a.err == nil {
		a.err = fits(a.conf, a.record.ID, a.parcel.digest())
	}
	if a.err == nil {
		return unlessSettled(b.file(ctx, a))
	}
	if refused, ok := errors.AsType[*RefusedError](a.err); ok {
		return unlessSettled(b.refuse(ctx, a, refused))
	}
	if ctx.Err() != nil {
		return nil // stays Unknown: the error is that of being stopped
	}
	return unlessSettled(b.postpone(ctx, a))
}

// digest of the sealed body in hex; empty when the body was lost.
func (p Parcel) digest() string {
	if len(p.Sealed) == 0 {
		return ""
	}
	sum := sha256.Sum256(p.Sealed)
	return hex.EncodeToString(sum[:])
}

// fits checks that a confirmation is of this submission. The Sender has done so
// with the signature; a mix-up here would tell a citizen a protocol number that
// belongs to another. Where the digest was lost with the body, INPS's signature
// under the id has to do.
func fits(c Confirmation, id, digest string) error {
	sum, err := hex.DecodeString(c.Digest)
	switch {
	case c.ID != id, digest != "" && c.Digest != digest, err != nil, len(sum) != sha256.Size,
		c.Protocol == "", len(c.Protocol) > longestProtocol, len(c.Signed) == 0:
		return fmt.Errorf("confirmation does not fit the submission: %w", ErrUnknownOutcome)
	}
	return nil
}

// byID is the code of an event that rests on the id alone.
func byID(digest string) string {
	if digest == "" {
		return "by-id"
	}
	return ""
}

// file stores INPS's confirmation and forgets the body, in one transaction.
func (b *Outbox) file(ctx context.Context, a attempt) error {
	// Being stopped now is no reason to lose a confirmation.
	ctx = context.WithoutCancel(ctx)
	r, err := b.change(ctx, a.record.Seq, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		if r.State == Filed {
			return nil, errSettled
		}
		filed := audit.Event{Name: audit.SubmissionFiled, Submission: r.ID, Code: byID(a.parcel.digest())}
		return []audit.Event{filed}, b.proven(tx, r, a.conf)
	})
	if err != nil {
		return err
	}
	b.works(r.Seq)
	b.log.Info("submission filed", "submission", r.ID, "attempts", r.Attempts)
	return nil
}

// refuse puts the submission aside for a person; its body stays.
func (b *Outbox) refuse(ctx context.Context, a attempt, refused *RefusedError) error {
	reason := refused.Reason
	if !slices.Contains(refusals, reason) {
		reason = RefusedOther
	}
	r, err := b.change(context.WithoutCancel(ctx), a.record.Seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
		if !r.State.pending() && r.State != Stuck {
			return nil, errSettled
		}
		r.clear()
		r.State, r.Reason, r.doubt = Refused, reason, false
		return []audit.Event{{
			Name: audit.SubmissionRefused, Submission: r.ID, Code: reason, Number: max(refused.Status, 0),
		}}, nil
	})
	if err != nil {
		return err
	}
	b.works(r.Seq)
	b.log.Warn("submission refused", "submission", r.ID, "reason", reason, "status", refused.Status)
	return nil
}

// postpone stores why the attempt failed and when to try again.
func (b *Outbox) postpone(ctx context.Context, a attempt) error {
	reason, next := b.learn(a)
	if reason == ReasonUnknown && !a.sent && (a.record.State == Stuck || a.record.spent >= b.o.MaxAttempts) {
		return b.giveUp(ctx, a.record.Seq, !a.bringing)
	}
	wait := time.Until(next)
	if a.record.State == Stuck {
		wait = askAgain
		b.setAside(a.record.Seq, wait)
	}
	r, err := b.change(ctx, a.record.Seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
		if r.State != a.record.State {
			return nil, errSettled
		}
		r.Reason, r.wait = reason, until(b.clock, wait)
		switch {
		case a.sent:
			r.notTaken(reason)
			return r.outcome(reason), nil
		case reason == ReasonUnknown: // a question too, or it would stumble for ever
			r.spent++
		}
		return nil, nil
	})
	if err != nil {
		return err
	}
	b.log.Warn("submission not delivered yet", "submission", r.ID, "reason", reason,
		"attempts", r.Attempts, "wait", wait.Round(time.Millisecond), "err", a.err)
	return nil
}

// outcome tells the audit record of an attempt that ended in another way than the
// last one told of. The record is never cut, and a day without a line is two
// hundred attempts of which no byte leaves.
func (r *record) outcome(reason string) []audit.Event {
	if r.told == reason {
		return nil
	}
	r.told = reason
	return []audit.Event{{Name: audit.SubmissionAttempt, Submission: r.ID, Code: reason, Number: r.Attempts}}
}

// notTaken: after some failures of Send it is certain that INPS has nothing by
// the line. None of them is the submission's own, so that none uses an attempt up.
func (r *record) notTaken(reason string) {
	switch reason {
	case ReasonNoLine: // no byte left: the attempt did not take place
		r.Attempts, r.spent = r.Attempts-1, r.spent-1
	case ReasonBusy, ReasonPaused: // INPS answered that it did not take it
		r.spent--
	default:
		return
	}
	if !r.HandedOut {
		r.State = Waiting
	}
}

// learn draws from a failed attempt when to try again.
func (b *Outbox) learn(a attempt) (reason string, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wayOf(a.record.Seq).Learn(a.record.Seq, a.err, time.Now())
}

// works notes an answer to submission seq.
func (b *Outbox) works(seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wayOf(seq).Works(time.Now())
}

func (b *Outbox) setAside(seq uint64, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wayOf(seq).SetAside(seq, time.Now().Add(wait))
}
