package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// Report is the outcome of checking the chain.
type Report struct {
	Events int       `json:"events"` // that hold, from the first one
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"`
	// Head is the hash of the last event that holds, in hex: it pins all before it.
	Head string `json:"head"`
	// BrokenAt is the number of the first event that does not hold, 0 when all do.
	BrokenAt uint64 `json:"broken_at,omitempty"`
	// Why is "missing", "changed" or "unreadable" when broken.
	Why string `json:"why,omitempty"`
}

// OK reports whether the whole chain holds.
func (r Report) OK() bool { return r.BrokenAt == 0 }

// Verify goes through the whole record and finds the first broken link. Its
// error means that the record could not be read at all.
func (a *Audit) Verify(ctx context.Context) (Report, error) {
	var r Report
	err := a.st.View(ctx, func(tx *bolt.Tx) error {
		var previous []byte
		next := uint64(1)
		for found := range table.All(tx) {
			if r.Why = r.hold(next, previous, found); r.Why != "" {
				r.BrokenAt = next
				return nil
			}
			if next++; next%1000 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			previous = found.Value
		}
		last, err := table.Sequence(tx)
		if last >= next {
			r.BrokenAt, r.Why = next, "missing"
		}
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("verifying the audit record: %w", err)
	}
	return r, nil
}

// hold adds the event that was found to the report, or says why it does not hold.
func (r *Report) hold(seq uint64, previous []byte, found store.Record) (why string) {
	if n := store.KeyNumber(found.Key); n != seq {
		return "missing"
	}
	if found.Err != nil {
		return "changed"
	}
	value := found.Value
	if len(value) < sha256.Size {
		return "unreadable"
	}
	hash, text := value[:sha256.Size], value[sha256.Size:]
	if !bytes.Equal(hash, link(previous, text)) {
		return "changed"
	}
	var e entry
	if err := json.Unmarshal(text, &e); err != nil || e.Seq != seq {
		return "unreadable"
	}
	if r.Events == 0 {
		r.From = e.At
	}
	r.Events, r.To, r.Head = r.Events+1, e.At, hex.EncodeToString(hash)
	return ""
}
