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
	Label []byte `json:"label,omitempty"`
}

func encode(e Entry) ([]byte, error) { return json.Marshal(record{e, e.Owner[:], e.Label}) }

func decode(value []byte) (Entry, error) {
	var r record
	if err := json.Unmarshal(value, &r); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	if len(r.Owner) != len(Owner{}) {
		return Entry{}, fmt.Errorf("owner of %d bytes: %w", len(r.Owner), store.ErrDamaged)
	}
	r.Entry.Owner, r.Entry.Label = Owner(r.Owner), r.Label
	return r.Entry, nil
}

func putEntry(tx *bolt.Tx, e Entry) error {
	value, err := encode(e)
	if err != nil {
		return err
	}
	return entryTable.Put(tx, store.Key(e.Seq), value)
}

// edit changes an entry, or says why not, and names what the audit record is to
// tell of it. It may run more than once, each time on what is stored.
type edit func(tx *bolt.Tx, e *Entry) ([]audit.Event, error)

// change edits one entry in a transaction of its own and shows the outcome once
// it is stored.
func (b *Outbox) change(ctx context.Context, seq uint64, edit edit) (e Entry, err error) {
	err = b.st.Update(ctx, func(tx *bolt.Tx) error {
		e, err = b.changeIn(tx, seq, edit)
		return err
	})
	return e, err
}

// changeIn edits one entry as a part of tx.
func (b *Outbox) changeIn(tx *bolt.Tx, seq uint64, edit edit) (Entry, error) {
	value, err := entryTable.Get(tx, store.Key(seq))
	if err != nil {
		return Entry{}, err
	}
	if value == nil {
		return Entry{}, ErrNoEntry
	}
	e, err := decode(value)
	if err != nil {
		return Entry{}, err
	}
	events, err := edit(tx, &e)
	if err != nil {
		return e, err
	}
	for _, event := range events {
		if err := b.audit.Append(tx, event); err != nil {
			return e, err
		}
	}
	if err := putEntry(tx, e); err != nil {
		return e, err
	}
	tx.OnCommit(func() { b.show(e) })
	return e, nil
}
