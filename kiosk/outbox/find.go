package outbox

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// List returns all entries, oldest first.
func (b *Outbox) List() []Entry { return b.all(func(*item) bool { return true }) }

// ByOwner returns the entries of one citizen, oldest first.
func (b *Outbox) ByOwner(o Owner) []Entry {
	return b.all(func(it *item) bool { return it.owner == o })
}

// Open returns the first so many of what is neither with INPS nor done with: first
// what a person must look at, then the rest, each oldest first. How many there
// are in all, [Outbox.Counts] knows.
func (b *Outbox) Open(most int) []Entry {
	now := b.now()
	alarmed := b.some(most, func(it *item) bool { return it.alarm(now) != "" })
	calm := b.some(most-len(alarmed), func(it *item) bool { return states[it.state].open() && it.alarm(now) == "" })
	return append(alarmed, calm...)
}

// ToDeliver returns the first so many of what INPS has filed and the citizen has no
// final receipt of, oldest first.
func (b *Outbox) ToDeliver(most int) []Entry {
	return b.some(most, func(it *item) bool { return it.is(Filed) && it.flags&flagDelivered == 0 })
}

// Find returns the entry with this ID or claim code. A code is found however it
// was typed: small letters, without its hyphens, or with O for 0.
func (b *Outbox) Find(claimOrID string) (Entry, bool) {
	if e, ok := b.byIDNow(claimOrID); ok {
		return e, true
	}
	return b.byClaim(claimOrID)
}

func (b *Outbox) byIDNow(id string) (Entry, bool) {
	b.loadForAnswer()
	seq, err := b.seqOf(id)
	if err != nil {
		return Entry{}, false
	}
	return b.bySeqNow(seq)
}

// seqOf is the number of the submission with this ID, as far as it is loaded.
func (b *Outbox) seqOf(id string) (uint64, error) {
	key, err := parseID(id)
	if err != nil {
		return 0, ErrNoEntry
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	seq, ok := b.index.byID[key]
	if !ok {
		return 0, ErrNoEntry
	}
	return seq, nil
}

func (b *Outbox) bySeqNow(seq uint64) (Entry, bool) {
	b.mu.Lock()
	it := b.index.get(seq)
	if it == nil {
		b.mu.Unlock()
		return Entry{}, false
	}
	found := []Entry{b.seen(it)}
	b.mu.Unlock()
	b.complete(found)
	return found[0], true
}

// all returns the wanted entries.
func (b *Outbox) all(wanted func(*item) bool) []Entry { return b.some(math.MaxInt, wanted) }

// some returns the first of the wanted entries. What else there is costs no disk.
func (b *Outbox) some(most int, wanted func(*item) bool) []Entry {
	var found []Entry
	b.loadForAnswer()
	b.mu.Lock()
	for i := 0; i < len(b.index.items) && len(found) < most; i++ {
		if it := &b.index.items[i]; wanted(it) {
			found = append(found, b.seen(it))
		}
	}
	b.mu.Unlock()
	b.complete(found)
	return found
}

// seen is what memory knows of an entry, with the time at which it will really
// be tried; b.mu is held.
func (b *Outbox) seen(it *item) Entry {
	e := it.entry()
	e.NextTry = b.ways.all[it.way].Due(it.seq)
	if !b.o.ClockTrusted() {
		e.By = time.Time{}
	}
	e.Claim, _ = b.claims.code(it.seq) // Put has made it before
	return e
}

// complete adds what only the disk knows. Where the disk does not know it any
// more, the entry stays as it is and is shown as damaged.
func (b *Outbox) complete(entries []Entry) {
	err := b.st.View(context.Background(), func(tx *bolt.Tx) error {
		for i := range entries {
			b.completeIn(tx, &entries[i])
		}
		return nil
	})
	if err != nil {
		b.log.Debug("entries are shown without their dockets", "err", err)
	}
}

func (b *Outbox) completeIn(tx *bolt.Tx, e *Entry) {
	d, _, err := readSlip(tx, e.Seq)
	if err != nil {
		if e.State.open() {
			e.Reason = ReasonDamaged
		}
		return
	}
	d.tell(e)
	e.Destination = b.destination(d.keyID)
}

// tell adds to e what stands on the docket alone.
func (d docket) tell(e *Entry) {
	e.Digest, e.KeyID, e.Label = hex.EncodeToString(d.digest[:]), d.keyID, d.label
	if e.State == Filed {
		e.Protocol, e.FiledAt = d.protocol, d.filedAt
	}
}

// Proof returns INPS's signed confirmation of a filed submission, a compact JWS, once
// it is on record that somebody wanted it. When damage has taken it the error is
// [ErrLost].
func (b *Outbox) Proof(ctx context.Context, id string) ([]byte, error) {
	signed, err := b.proof(ctx, id)
	if err == nil {
		err = b.audit.Record(ctx, audit.Event{Name: audit.ConfirmationShown, Submission: id})
	}
	if err != nil {
		return nil, fmt.Errorf("reading the proof: %w", err)
	}
	return signed, nil
}

func (b *Outbox) proof(ctx context.Context, id string) (signed []byte, err error) {
	e, ok := b.byIDNow(id)
	switch {
	case !ok:
		return nil, ErrNoEntry
	case e.State != Filed:
		return nil, ErrNotFiled
	}
	err = b.st.View(ctx, func(tx *bolt.Tx) error {
		value, err := proofTable.Get(tx, store.Key(e.Seq))
		if err != nil {
			return err
		}
		if value != nil {
			_, signed, err = readDocket(value)
		}
		return err
	})
	if err == nil && len(signed) == 0 {
		err = ErrLost
	}
	return signed, err
}

// Room reports whether one more submission can be stored: to be asked before
// somebody begins to type.
func (b *Outbox) Room() error { return b.st.Room() }
