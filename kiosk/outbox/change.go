package outbox

import (
	"context"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// edit changes a record, or says why not, and names what the audit record is to
// tell of it. It may run more than once, each time on what is stored.
type edit func(tx *bolt.Tx, r *record) ([]audit.Event, error)

// change edits one record in a transaction of its own and shows the outcome once
// it is stored.
func (b *Outbox) change(ctx context.Context, seq uint64, edit edit) (r record, err error) {
	err = b.st.Update(ctx, func(tx *bolt.Tx) error {
		r, err = b.changeIn(tx, seq, edit)
		return err
	})
	return r, err
}

// changeByID edits the record of the submission with this ID.
func (b *Outbox) changeByID(ctx context.Context, id string, edit edit) (record, error) {
	if err := b.loadAll(ctx); err != nil {
		return record{}, err
	}
	seq, err := b.seqOf(id)
	if err != nil {
		return record{}, err
	}
	return b.change(ctx, seq, edit)
}

// changeIn edits one record as a part of tx.
func (b *Outbox) changeIn(tx *bolt.Tx, seq uint64, edit edit) (record, error) {
	value, err := recordTable.Get(tx, store.Key(seq))
	if err != nil {
		return record{}, err
	}
	if value == nil {
		return record{}, ErrNoEntry
	}
	r, err := decodeRecord(seq, value)
	if err != nil {
		return record{}, err
	}
	events, err := edit(tx, &r)
	if err != nil {
		return r, err
	}
	for _, event := range events {
		if err := b.audit.Append(tx, event); err != nil {
			return r, err
		}
	}
	if err := putRecord(tx, r); err != nil {
		return r, err
	}
	b.st.OnCommit(tx, func() { b.show(r) })
	return r, nil
}

func putRecord(tx *bolt.Tx, r record) error {
	return recordTable.Put(tx, store.Key(r.Seq), r.encode())
}
