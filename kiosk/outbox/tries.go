package outbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// Whoever has a claim code and no card learns where a submission stands, and
// nothing else of it. Nobody shall find codes by trying: wrong ones are counted
// for the whole terminal, on disk before the answer is given, and from the fifth
// on each costs twice the wait of the one before, in the time of a boot, which
// nobody can set (see [wait]). Only a right code that waited its turn begins the
// count anew: else whoever has one of their own could try for ever, four wrong ones
// and the right one by turns.
//
// Somebody who types nonsense all day so keeps codes from everybody at this
// terminal, for an hour at a time. A card still shows its own submissions, and the
// officer the board.

const (
	// freeTries is how many wrong codes cost nothing: people mistype.
	freeTries = 4
	waitFirst = time.Minute
	waitMax   = time.Hour
)

// triesTable holds one record: how many wrong codes there were, and the wait.
const triesTable store.Table = "tries"

var triesKey = []byte("claim")

// ClaimStatus is all that a claim code alone tells.
type ClaimStatus struct {
	State      State
	CapturedAt time.Time // UTC
	FiledAt    time.Time // by INPS's clock, zero while it is not filed
}

// TooManyTriesError says that too many wrong codes were typed here.
type TooManyTriesError struct{ Until time.Time }

func (e *TooManyTriesError) Error() string {
	return "too many wrong codes, next one at " + e.Until.Format(time.TimeOnly)
}

// StatusOf says where the submission with that claim code stands; code is taken
// however it was typed. A wrong one is [ErrNoEntry] and is counted. After five of
// them the error is a *[TooManyTriesError] for a while, for a right one too; the
// first right one after that wait begins the count anew.
func (b *Outbox) StatusOf(ctx context.Context, code string) (ClaimStatus, error) {
	s, err := b.statusOf(ctx, code)
	if err != nil {
		return ClaimStatus{}, fmt.Errorf("looking up a claim code: %w", err)
	}
	return s, nil
}

func (b *Outbox) statusOf(ctx context.Context, code string) (ClaimStatus, error) {
	b.trying.Lock()
	defer b.trying.Unlock()
	t := b.tries
	if left := t.wait.left(b.clock); left > 0 {
		return ClaimStatus{}, &TooManyTriesError{time.Now().Add(left)}
	}
	if err := b.loadAll(ctx); err != nil {
		return ClaimStatus{}, err
	}
	e, found := b.byClaim(code)
	switch {
	case !found:
		if err := b.keepTries(ctx, t.another(b.clock)); err != nil {
			return ClaimStatus{}, err
		}
		return ClaimStatus{}, ErrNoEntry
	case t.wrong > freeTries:
		if err := b.keepTries(ctx, tries{}); err != nil {
			return ClaimStatus{}, err
		}
	}
	return ClaimStatus{State: e.State, CapturedAt: e.CapturedAt, FiledAt: e.FiledAt}, nil
}

// byClaim is the entry with that claim code.
func (b *Outbox) byClaim(code string) (Entry, bool) {
	seq, ok := b.claims.number(code)
	if !ok {
		return Entry{}, false
	}
	return b.bySeqNow(seq)
}

// tries are the wrong codes since a right one that waited its turn.
type tries struct {
	wrong uint32
	wait  wait
}

// another counts one more.
func (t tries) another(c clock) tries {
	t.wrong = min(t.wrong+1, 1<<16)
	t.wait = wait{}
	if over := int(t.wrong) - freeTries; over > 0 {
		t.wait = until(c, min(waitFirst<<min(over-1, 10), waitMax))
	}
	return t
}

// loadTries reads the count. One that is damaged is taken for one at its limit, and
// a wait of an earlier boot begins again.
func (b *Outbox) loadTries(ctx context.Context) error {
	var value []byte
	err := b.st.View(ctx, func(tx *bolt.Tx) (err error) {
		value, err = triesTable.Get(tx, triesKey)
		return err
	})
	switch {
	case errors.Is(err, store.ErrDamaged), err == nil && value != nil && len(value) < triesLen:
		b.tries = tries{wrong: freeTries}
		return nil
	case err != nil || value == nil:
		return err
	}
	n := numbers{value[1:]}
	b.tries = tries{n.uint32(), wait{n.uint32(), n.uint32(), n.uint32()}}
	b.tries.wait = until(b.clock, b.tries.wait.left(b.clock))
	return nil
}

// triesLen: version, then four numbers of four bytes each.
const triesLen = 1 + 4*4

// keepTries stores the count, and counts by it from then on.
func (b *Outbox) keepTries(ctx context.Context, t tries) error {
	value := []byte{recordVersion}
	for _, n := range []uint32{t.wrong, t.wait.ms, t.wait.boot, t.wait.due} {
		value = binary.BigEndian.AppendUint32(value, n)
	}
	err := b.st.Update(ctx, func(tx *bolt.Tx) error { return triesTable.Put(tx, triesKey, value) })
	if err == nil {
		b.tries = t
	}
	return err
}
