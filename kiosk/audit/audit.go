// Package audit is the terminal's record of what was done: each event carries a
// hash over itself and the event before it, so that a changed, removed or
// inserted event breaks the chain from there on.
//
// The chain alone does not stop whoever rewrites all of it, or cuts events off
// its end and the counter with them. Against that, [Report] gives the head: noted
// elsewhere (on a printed report, at the municipality), it pins all before it.
//
// The record is never cut: it grows by some hundred bytes for each event, and
// what is no longer in it could not be verified.
//
// An event has no free text. Its attributes are keys that the program or the
// config chose, ids and small numbers; what looks like a codice fiscale is
// refused.
package audit

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

const table store.Table = "audit"

// Audit appends to the record and checks it.
type Audit struct{ st *store.Store }

// entry is one event as it is kept: the hash, then this as JSON.
type entry struct {
	Seq uint64    `json:"seq"` // counts on over restarts, unlike any clock
	At  time.Time `json:"at"`  // UTC, by the terminal's clock
	Event
}

// Open makes the record ready in st.
func Open(st *store.Store) (*Audit, error) {
	if err := st.Update(context.Background(), table.Make); err != nil {
		return nil, fmt.Errorf("opening the audit record: %w", err)
	}
	return &Audit{st}, nil
}

// Record appends e in a transaction of its own.
func (a *Audit) Record(ctx context.Context, e Event) error {
	return a.st.Update(ctx, func(tx *bolt.Tx) error { return a.Append(tx, e) })
}

// Append appends e within tx, so that an event and what it tells of are stored
// together or not at all.
func (a *Audit) Append(tx *bolt.Tx, e Event) error {
	if err := e.check(); err != nil {
		return fmt.Errorf("recording %q: %w", e.Name, err)
	}
	last, _ := table.Last(tx)
	if last.Err != nil {
		return fmt.Errorf("recording %q: %w", e.Name, last.Err)
	}
	seq, err := table.NextSequence(tx)
	if err != nil {
		return fmt.Errorf("recording %q: %w", e.Name, err)
	}
	text, err := json.Marshal(entry{seq, time.Now().UTC(), e})
	if err != nil {
		return fmt.Errorf("recording %q: %w", e.Name, err)
	}
	if err := table.Put(tx, store.Key(seq), append(link(last.Value, text), text...)); err != nil {
		return fmt.Errorf("recording %q: %w", e.Name, err)
	}
	return nil
}

// link is the hash that ties text to the event before it, of which previous is
// the whole stored value: its hash and its own text.
func link(previous, text []byte) []byte {
	h := sha256.New()
	h.Write(previous[:min(len(previous), sha256.Size)])
	h.Write(text)
	return h.Sum(nil)
}
