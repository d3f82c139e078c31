package outbox

import (
	"context"
	"fmt"
	"time"

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
	err := b.st.Update(ctx, func(tx *bolt.Tx) error { return b.withdraw(tx, id, o) })
	if err != nil {
		return fmt.Errorf("withdrawing the submission: %w", err)
	}
	b.log.Info("submission withdrawn", "submission", id)
	return nil
}

func (b *Outbox) withdraw(tx *bolt.Tx, id string, o Owner) error {
	e, ok := b.byIDNow(id)
	if !ok || e.Owner != o {
		return ErrNoEntry
	}
	_, err := b.changeIn(tx, e.Seq, func(tx *bolt.Tx, e *Entry) ([]audit.Event, error) {
		switch {
		case e.State == Withdrawn:
			return nil, nil
		case !e.Withdrawable():
			return nil, ErrTooLate
		}
		return []audit.Event{{Name: audit.SubmissionWithdrawn, Submission: e.ID}}, b.bury(tx, e, Withdrawn)
	})
	return err
}

// Close puts a dead letter away: an officer, named by pseudonym, has seen to it
// that the citizen's matter goes another way. The sealed body is wiped. When the
// submission does not wait for a person, the error is [ErrNotDead].
func (b *Outbox) Close(ctx context.Context, id, officer string) error {
	_, err := b.changeByID(ctx, id, func(tx *bolt.Tx, e *Entry) ([]audit.Event, error) {
		if !e.State.dead() && !(e.State.pending() && e.Reason == ReasonDamaged) {
			return nil, ErrNotDead
		}
		return []audit.Event{{Name: audit.SubmissionClosed, Submission: e.ID, Officer: officer}}, b.bury(tx, e, Closed)
	})
	if err != nil {
		return fmt.Errorf("closing the submission: %w", err)
	}
	b.log.Info("submission closed", "submission", id, "officer", officer)
	return nil
}

// Retry has a stuck submission sent again, with as many attempts as at first.
// When it is not stuck, the error is [ErrNotDead].
func (b *Outbox) Retry(ctx context.Context, id string) error {
	_, err := b.changeByID(ctx, id, func(_ *bolt.Tx, e *Entry) ([]audit.Event, error) {
		if e.State != Stuck {
			return nil, ErrNotDead
		}
		e.State, e.Reason, e.NextTry = Unknown, "", time.Time{}
		return nil, nil
	})
	if err != nil {
		return fmt.Errorf("trying the submission again: %w", err)
	}
	b.log.Info("submission is tried again", "submission", id)
	b.Kick()
	return nil
}

// Confirm takes a confirmation that came by another way than the line, with an
// exported bundle. The caller has verified it as a Sender does. Whatever was
// thought of the submission until then, INPS has it.
func (b *Outbox) Confirm(ctx context.Context, c Confirmation) (Entry, error) {
	e, err := b.changeByID(ctx, c.ID, func(tx *bolt.Tx, e *Entry) ([]audit.Event, error) {
		if err := fits(c, *e); err != nil {
			return nil, err
		}
		if e.State == Filed {
			return nil, nil
		}
		return []audit.Event{{Name: audit.ConfirmationImported, Submission: e.ID}}, b.proven(tx, e, c)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("taking the confirmation: %w", err)
	}
	b.log.Info("submission confirmed by another way", "submission", e.ID)
	return e, nil
}

// bury wipes the body of what INPS will not get from here.
func (b *Outbox) bury(tx *bolt.Tx, e *Entry, s State) error {
	e.State, e.Reason, e.NextTry = s, "", time.Time{}
	return bodyTable.Delete(tx, store.Key(e.Seq))
}

// changeByID edits the entry with this ID.
func (b *Outbox) changeByID(ctx context.Context, id string, edit edit) (Entry, error) {
	e, ok := b.byIDNow(id)
	if !ok {
		return Entry{}, ErrNoEntry
	}
	return b.change(ctx, e.Seq, edit)
}
