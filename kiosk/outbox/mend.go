package outbox

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// A store that was recovered has the newest version of each record that could be
// found, and may have some from before a deletion that nobody can see any more.
// So records, bodies and proofs need not fit each other. Where they do not, the
// later word counts: a proof is later than a body, and a record can be older
// than an attempt. What the audit record tells the end of was at its end, however
// much of it came back; and a body that nothing else vouches for is never sent,
// because it may have been withdrawn and forgotten long ago: INPS is asked about
// it, and then a person decides.

// mend brings them together again; everything has been read.
func (b *Outbox) mend(ctx context.Context) error {
	proofs, err := b.numbersOf(ctx, proofTable)
	if err != nil {
		return err
	}
	bodies, err := b.numbersOf(ctx, bodyTable)
	if err != nil {
		return err
	}
	ends, err := b.audit.Ends(ctx)
	if err != nil {
		return err
	}
	for seq := range proofs {
		if it := b.index.get(seq); it == nil || states[it.state].open() {
			if err := b.rebuild(ctx, seq, false); err != nil {
				return fmt.Errorf("mending after a recovery: %w", err)
			}
		}
	}
	for seq := range bodies {
		if err := b.mendBody(ctx, seq, ends); err != nil {
			return fmt.Errorf("mending after a recovery: %w", err)
		}
	}
	return nil
}

// mendBody makes a body fit its record. A submission that waited may have been
// tried by the time of the damage, and is asked about before it is sent; a body
// that came back beside a settled record is wiped again.
func (b *Outbox) mendBody(ctx context.Context, seq uint64, ends map[string]audit.Name) error {
	if b.index.get(seq) == nil {
		if err := b.rebuild(ctx, seq, true); err != nil {
			return err
		}
	}
	it := b.index.get(seq)
	if !states[it.state].open() {
		return b.st.Update(ctx, func(tx *bolt.Tx) error { return bodyTable.Delete(tx, store.Key(seq)) })
	}
	_, err := b.change(ctx, seq, func(tx *bolt.Tx, r *record) ([]audit.Event, error) {
		switch ends[r.ID] {
		case audit.SubmissionWithdrawn:
			return nil, b.bury(tx, r, Withdrawn)
		case audit.SubmissionClosed:
			return nil, b.bury(tx, r, Closed)
		case audit.SubmissionFiled: // the proof is lost, and INPS gives it again
			r.State, r.strayed = Unknown, true
			r.clear()
		}
		if r.State == Waiting {
			r.State = Unknown
			r.clear()
		}
		return nil, nil
	})
	return err
}

// numbersOf is the submissions of which the table has a whole record.
func (b *Outbox) numbersOf(ctx context.Context, t store.Table) (map[uint64]bool, error) {
	var found map[uint64]bool
	err := b.st.View(ctx, func(tx *bolt.Tx) error {
		found = map[uint64]bool{}
		for r := range t.All(tx) {
			seq, err := number(r)
			if err != nil {
				return err
			}
			if r.Err == nil {
				found[seq] = true
			}
		}
		return nil
	})
	return found, err
}
