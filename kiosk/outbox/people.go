package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// What people do with a submission that is stored: the citizen takes it back,
// an officer deals with one that INPS will not get by itself.

// Withdraw takes a submission back for its owner: the sealed body is wiped, and
// what is left for 30 days tells that it was withdrawn. Once an attempt to send
// it has begun the error is [ErrTooLate]; of another owner's submission it is
// [ErrNoEntry]. To withdraw twice is to withdraw.
func (b *Outbox) Withdraw(ctx context.Context, id string, o Owner) error {
	err := b.loadAll(ctx)
	if err == nil {
		err = b.st.Update(ctx, func(tx *bolt.Tx) error {
			if err := b.withdraw(tx, id, o); !errors.Is(err, errWithdrawn) {
				return err
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("withdrawing the submission: %w", err)
	}
	b.log.Info("submission withdrawn", "submission", id)
	return nil
}

// errWithdrawn: it was withdrawn before, which is too late to put another in its
// place.
var errWithdrawn = fmt.Errorf("%w, or it was withdrawn", ErrTooLate)

func (b *Outbox) withdraw(tx *bolt.Tx, id string, o Owner) error {
	seq, err := b.seqOf(id)
	if err != nil {
		return err
	}
	_, err = b.changeIn(tx, seq, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		switch {
		case r.Owner != o:
			return nil, ErrNoEntry
		case r.State == Withdrawn:
			return nil, errWithdrawn
		case !r.Withdrawable():
			return nil, ErrTooLate
		}
		return []audit.Event{{Name: audit.SubmissionWithdrawn, Submission: r.ID}}, b.bury(tx, r, Withdrawn)
	})
	return err
}

// Technician is who does something at the console of the terminal, where no card
// says who it is. In the place of an officer's pseudonym it is empty.
const Technician = ""

// byHand is the event of what a person did with a submission. It names an officer
// only where the officer's card was there.
func byHand(name audit.Name, id, officer string) []audit.Event {
	e := audit.Event{Name: name, Submission: id, Officer: officer}
	if officer == Technician {
		e.Code = "technician"
	}
	return []audit.Event{e}
}

// Close puts a dead letter away: an officer, named by pseudonym, or the
// [Technician] has seen to it that the citizen's matter goes another way. The
// sealed body is wiped. When the submission does not wait for a person, the error
// is [ErrNotDead].
func (b *Outbox) Close(ctx context.Context, id, officer string) error {
	_, err := b.changeByID(ctx, id, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		if !r.State.dead() && !(r.State.pending() && r.Reason == ReasonDamaged) {
			return nil, ErrNotDead
		}
		return byHand(audit.SubmissionClosed, r.ID, officer), b.bury(tx, r, Closed)
	})
	if err != nil {
		return fmt.Errorf("closing the submission: %w", err)
	}
	b.log.Info("submission closed", "submission", id, "officer", officer)
	return nil
}

// Retry has a stuck submission sent again, with as many attempts as at first, on
// the word of an officer or of the [Technician]. When it is not stuck, the error
// is [ErrNotDead].
func (b *Outbox) Retry(ctx context.Context, id, officer string) error {
	_, err := b.changeByID(ctx, id, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
		if r.State != Stuck {
			return nil, ErrNotDead
		}
		if r.State = Waiting; r.doubt || r.HandedOut {
			r.State = Unknown
		}
		r.spent, r.doubt, r.strayed = 0, false, false
		r.clear()
		return byHand(audit.SubmissionRetried, r.ID, officer), nil
	})
	if err != nil {
		return fmt.Errorf("trying the submission again: %w", err)
	}
	b.log.Info("submission is tried again", "submission", id, "officer", officer)
	b.Hurry(id)
	return nil
}

// Confirm takes a confirmation that came by another way than the line, with an
// exported bundle. The caller has verified it as a Sender does. Whatever was
// thought of the submission until then, INPS has it.
func (b *Outbox) Confirm(ctx context.Context, c Confirmation) (Entry, error) {
	r, err := b.changeByID(ctx, c.ID, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		digest, err := digestOf(tx, r.Seq)
		if err != nil {
			return nil, err
		}
		if err := fits(c, r.ID, digest); err != nil {
			return nil, err
		}
		if r.State == Filed && digest != "" {
			return nil, nil
		}
		return []audit.Event{{Name: audit.ConfirmationImported, Submission: r.ID, Code: byID(digest)}}, b.proven(tx, r, c)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("taking the confirmation: %w", err)
	}
	b.log.Info("submission confirmed by another way", "submission", r.ID)
	e, _ := b.bySeqNow(r.Seq)
	return e, nil
}

// digestOf is the digest of a body in hex, as long as anything here tells it.
func digestOf(tx *bolt.Tx, seq uint64) (string, error) {
	d, _, err := readSlip(tx, seq)
	switch {
	case errors.Is(err, ErrLost):
		return "", nil
	case err != nil:
		return "", err
	}
	if d.digest == ([sha256.Size]byte{}) { // lost before it was buried
		return "", nil
	}
	return hex.EncodeToString(d.digest[:]), nil
}

// bury wipes the body of what INPS will not get from here, and leaves its docket
// for the citizen's list.
func (b *Outbox) bury(tx *bolt.Tx, r *record, s State) error {
	r.State, r.doubt, r.settled = s, false, b.now()
	r.clear()
	d, _, err := readSlip(tx, r.Seq)
	if err != nil { // spoilt: what is left of it names nothing any more
		d = docket{}
	}
	grave := r.docket()
	grave.digest, grave.keyID, grave.label = d.digest, d.keyID, d.label
	return b.replace(tx, r, grave.with(nil))
}

// proven stores INPS's word that it has the submission, and wipes the body.
func (b *Outbox) proven(tx *bolt.Tx, r *record, c Confirmation) error {
	r.State, r.doubt, r.settled = Filed, false, b.now()
	r.clear()
	d, _, err := readSlip(tx, r.Seq)
	if err != nil { // lost: INPS's word is all there is
		d = docket{}
		if _, err := hex.Decode(d.digest[:], []byte(c.Digest)); err != nil {
			return err
		}
	}
	proof := r.docket()
	proof.digest, proof.keyID, proof.label = d.digest, d.keyID, d.label
	proof.protocol, proof.filedAt = c.Protocol, c.FiledAt
	if len(proof.protocol) > longestProtocol {
		return fmt.Errorf("protocol of %d characters: %w", len(proof.protocol), ErrUnknownOutcome)
	}
	return b.replace(tx, r, proof.with(c.Signed))
}

// replace puts a proof in the place of the body, which is wiped with all that
// was beside it.
func (b *Outbox) replace(tx *bolt.Tx, r *record, proof []byte) error {
	if err := proofTable.Put(tx, store.Key(r.Seq), proof); err != nil {
		return err
	}
	if err := b.forgetPhone(tx, r); err != nil { // nobody will have to call any more
		return err
	}
	b.st.OnCommit(tx, func() { b.dropAttachments(r.ID) })
	return bodyTable.Delete(tx, store.Key(r.Seq))
}

// clear forgets why and until when the submission waited.
func (r *record) clear() { r.Reason, r.wait = "", wait{} }
