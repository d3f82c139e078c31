package outbox

import (
	"context"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// record is an entry as it is stored. Entry leaves the owner out of its JSON,
// which is for people; here it belongs in.
type record struct {
	Entry
	Owner []byte `json:"owner"`
}

func encode(e Entry) ([]byte, error) { return json.Marshal(record{e, e.Owner[:]}) }

func decode(value []byte) (Entry, error) {
	var r record
	if err := json.Unmarshal(value, &r); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	if len(r.Owner) != len(Owner{}) {
		return Entry{}, fmt.Errorf("owner of %d bytes: %w", len(r.Owner), store.ErrDamaged)
	}
	r.Entry.Owner = Owner(r.Owner)
	return r.Entry, nil
}

func putEntry(tx *bolt.Tx, e Entry) error {
	value, err := encode(e)
	if err != nil {
		return err
	}
	return entryTable.Put(tx, store.Key(e.Seq), value)
}

// change edits one entry in a transaction, with the audit events that edit names,
// and shows the outcome once it is stored. edit may run more than once, each time
// on what is stored.
func (b *Outbox) change(ctx context.Context, seq uint64, edit func(tx *bolt.Tx, e *Entry) ([]audit.Event, error)) (Entry, error) {
	var e Entry
	err := b.st.Update(ctx, func(tx *bolt.Tx) error {
		value, err := entryTable.Get(tx, store.Key(seq))
		if err != nil {
			return err
		}
		if value == nil {
			return ErrNoEntry
		}
		if e, err = decode(value); err != nil {
			return err
		}
		events, err := edit(tx, &e)
		if err != nil {
			return err
		}
		for _, event := range events {
			if err := b.audit.Append(tx, event); err != nil {
				return err
			}
		}
		if err := putEntry(tx, e); err != nil {
			return err
		}
		tx.OnCommit(func() { b.show(e) })
		return nil
	})
	return e, err
}
