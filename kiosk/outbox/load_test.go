package outbox

import (
	"crypto/sha256"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// plant stores so many submissions in one transaction, past Put.
func (k *terminal) plant(n int) {
	k.t.Helper()
	err := k.st.Update(k.t.Context(), func(tx *bolt.Tx) error {
		for i := range n {
			if err := k.plantIn(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *terminal) plantIn(tx *bolt.Tx, n int) error {
	p := parcel(n)
	id, err := p.check()
	if err != nil {
		return err
	}
	r := record{id: id}
	r.ID, r.Class, r.State, r.Owner, r.Size, r.CapturedAt = p.ID, p.Class, Waiting, p.Owner, len(p.Sealed), p.CapturedAt
	d := r.docket()
	d.digest = sha256.Sum256(p.Sealed)
	if r.Seq, err = recordTable.NextSequence(tx); err != nil {
		return err
	}
	if err := bodyTable.Put(tx, store.Key(r.Seq), d.with(p.Sealed)); err != nil {
		return err
	}
	return putRecord(tx, r)
}

func TestALargeQueueIsSentFromBeforeItIsAllRead(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		const many = 3*chunk + 17
		k.plant(many)
		k.reopen()
		if n := len(k.index.items); n != chunk {
			t.Errorf("New has read %d records, want %d", n, chunk)
		}
		if seq, wait := k.next(time.Now()); seq != 1 || wait != 0 {
			t.Errorf("next is %d in %s", seq, wait)
		}
		if n := k.Counts().Waiting; n != many {
			t.Errorf("%d are counted, want %d", n, many)
		}
		k.reopen()
		if e, ok := k.Find(parcel(many - 1).ID); !ok || e.Seq != many {
			t.Errorf("the last one is %d, %t", e.Seq, ok)
		}
		k.reopen()
		again := k.put(parcel(many - 1))
		if again.Seq != many {
			t.Errorf("put again, the last one is %d", again.Seq)
		}
	})
}

func TestALargeQueueIsReadToItsEndWhileItIsSent(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		const many = 2*chunk + 5
		k.plant(many)
		k.reopen()
		refusing := &picky{bad: parcel(0).ID, send: &BusyError{time.Hour}, asks: []error{ErrNotKnown}}
		stop := k.sending(refusing)
		synctest.Wait()
		stop()
		if n := len(k.index.items); n != many {
			t.Errorf("%d of %d are read", n, many)
		}
	})
}

func TestADamagedRecordBeyondTheFirstReadEndsRunWhenItCannotBeMadeAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.plant(chunk + 10)
		k.spoil(recordTable, chunk+5)
		k.spoil(bodyTable, chunk+5)
		k.reopen()
		refusing := &picky{bad: parcel(0).ID, send: &BusyError{time.Hour}, asks: []error{ErrNotKnown}}
		if err := k.Run(t.Context(), refusing); err == nil {
			t.Error("Run went on")
		}
	})
}
