package outbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// chunk is how many records are read at once. More than any terminal should ever
// have; a queue beyond it is read piece by piece while sending has begun.
const chunk = 1024

// loading is how far the records have been read.
type loading struct {
	from  uint64 // the first number not yet read
	whole bool
}

// load reads the first chunk, or all when the store has just been recovered and
// may have come back with gaps.
func (b *Outbox) load(ctx context.Context) error {
	if r, recovered := b.st.Recovery(); !recovered || r.Noted {
		return b.loadNext(ctx)
	}
	if err := b.loadAll(ctx); err != nil {
		return err
	}
	return b.mend(ctx)
}

// loadForAnswer reads what is not yet read, as far as possible: an answer that
// lacks something is better than none, and Run ends with the error.
func (b *Outbox) loadForAnswer() {
	if err := b.loadAll(context.Background()); err != nil {
		b.log.Debug("answering without all submissions", "err", err)
	}
}

// loadAll reads what is not yet read. Whoever asks about all submissions calls it
// first.
func (b *Outbox) loadAll(ctx context.Context) error {
	b.loadMu.Lock()
	defer b.loadMu.Unlock()
	for !b.loading.whole {
		if err := b.loadSome(ctx); err != nil {
			return err
		}
	}
	return nil
}

// loadNext reads one chunk more.
func (b *Outbox) loadNext(ctx context.Context) error {
	b.loadMu.Lock()
	defer b.loadMu.Unlock()
	if b.loading.whole {
		return nil
	}
	return b.loadSome(ctx)
}

// loaded reports whether all has been read.
func (b *Outbox) loaded() bool {
	b.loadMu.Lock()
	defer b.loadMu.Unlock()
	return b.loading.whole
}

// loadSome reads one chunk; b.loadMu is held.
func (b *Outbox) loadSome(ctx context.Context) error {
	var found []record
	var broken []uint64
	next := loading{whole: true}
	err := b.st.View(ctx, func(tx *bolt.Tx) error {
		found, broken = make([]record, 0, chunk), nil
		for r := range recordTable.From(tx, store.Key(b.loading.from)) {
			seq, err := number(r)
			if err != nil {
				return err
			}
			if len(found) == chunk {
				next = loading{from: seq}
				return nil
			}
			rec, err := readRecord(seq, r)
			switch {
			case errors.Is(err, store.ErrDamaged):
				broken = append(broken, seq)
			case err != nil:
				return fmt.Errorf("reading submission %d: %w", seq, err)
			default:
				rec.way = b.wayLoaded(tx, rec)
				found = append(found, rec)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, seq := range broken {
		if err := b.heal(ctx, seq); err != nil {
			return err
		}
	}
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range found {
		b.take(r, now)
	}
	b.loading = next
	return nil
}

// wayOnDisk is the way of what is still to go out, by the key on its docket. A
// docket that cannot be read is found out when its turn comes.
func (b *Outbox) wayOnDisk(tx *bolt.Tx, r record) uint8 {
	if b.o.Route == nil || !r.State.open() {
		return 0
	}
	value, err := bodyTable.Get(tx, store.Key(r.Seq))
	if err != nil || value == nil {
		return 0
	}
	d, _, err := readDocket(value)
	if err != nil {
		return 0
	}
	return b.wayOfKey(d.keyID)
}

// wayOfKey is the number of the way of what is sealed to a key.
func (b *Outbox) wayOfKey(keyID string) uint8 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ways.number(keyID)
}

// number is the submission that r is about.
func number(r store.Record) (uint64, error) {
	if len(r.Key) != 8 {
		return 0, fmt.Errorf("record under a key of %d bytes: %w", len(r.Key), store.ErrDamaged)
	}
	return binary.BigEndian.Uint64(r.Key), nil
}

func readRecord(seq uint64, r store.Record) (record, error) {
	if r.Err != nil {
		return record{}, r.Err
	}
	return decodeRecord(seq, r.Value)
}

// take puts a record that was read at the start into index and schedule; b.mu is
// held.
func (b *Outbox) take(r record, now time.Time) {
	b.index.put(r.item())
	var due time.Time
	if left := r.wait.left(b.clock); left > 0 {
		due = now.Add(left)
	}
	b.enrol(r, due)
	if r.Reason == ReasonBusy && r.State.pending() {
		b.ways.all[r.way].Hold(due)
	}
}

// heal rebuilds a record that was found spoilt, and has the whole file checked at
// the next start: where one page is spoilt, others may be.
func (b *Outbox) heal(ctx context.Context, seq uint64) error {
	if err := b.rebuild(ctx, seq, false); err != nil {
		return err
	}
	return b.st.Suspect()
}

// rebuild makes the record of submission seq again from the docket on its body
// or proof. Without either the error is [store.ErrDamaged]. One that strayed has
// nothing beside it that says it was not done with long ago.
func (b *Outbox) rebuild(ctx context.Context, seq uint64, strayed bool) error {
	var r record
	err := b.st.Update(ctx, func(tx *bolt.Tx) error {
		d, _, err := readSlip(tx, seq)
		if err != nil {
			return fmt.Errorf("rebuilding submission %d: %w", seq, err)
		}
		r = d.record(seq)
		r.way, r.mark = b.wayOfKey(d.keyID), markOf(d.keyID)
		r.Phone, r.strayed = phoneLeft(tx, seq), strayed && r.State.open()
		if err := b.audit.Append(tx, audit.Event{Name: audit.SubmissionRebuilt, Submission: r.ID}); err != nil {
			return err
		}
		if err := putRecord(tx, r); err != nil {
			return err
		}
		b.st.OnCommit(tx, func() { b.show(r) })
		return nil
	})
	if errors.Is(err, ErrLost) {
		return fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	if err != nil {
		return err
	}
	b.log.Warn("record of a submission made again from what lies with its body", "submission", r.ID, "state", r.State)
	return nil
}

// readSlip reads docket and payload of a submission, from its proof or, as long
// as there is none, from its body. Without either the error is [ErrLost]: it is
// not [store.ErrDamaged], because a file from which a recovery could not save
// something is sound for all that.
func readSlip(tx *bolt.Tx, seq uint64) (d docket, payload []byte, err error) {
	for _, t := range []store.Table{proofTable, bodyTable} {
		value, err := t.Get(tx, store.Key(seq))
		if err != nil {
			return d, nil, err
		}
		if value != nil {
			return readDocket(value)
		}
	}
	return d, nil, ErrLost
}
