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
		if _, seq, wait := k.next(time.Now()); seq != 1 || wait != 0 {
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

// undo takes what the tables hold of a submission back to what was noted of it
// before, as a recovery from a gap may.
func (k *terminal) undo(seq uint64, before map[store.Table][]byte, lost ...store.Table) {
	k.t.Helper()
	err := k.st.Update(k.t.Context(), func(tx *bolt.Tx) error {
		for table, value := range before {
			if err := table.Put(tx, store.Key(seq), value); err != nil {
				return err
			}
		}
		for _, table := range lost {
			if err := table.Delete(tx, store.Key(seq)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

// noted is what a table holds of a submission.
func (k *terminal) noted(seq uint64, tables ...store.Table) map[store.Table][]byte {
	k.t.Helper()
	now := map[store.Table][]byte{}
	err := k.st.View(k.t.Context(), func(tx *bolt.Tx) (err error) {
		for _, table := range tables {
			if now[table], err = table.Get(tx, store.Key(seq)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return now
}

func TestWhatDoesNotFitAfterARecoveryIsBroughtTogether(t *testing.T) {
	filing := []step{{call: "send"}}
	for name, c := range map[string]struct {
		steps []step
		back  []store.Table // as before the steps
		lost  []store.Table
		want  State
	}{
		"a body without its record is asked about":       {nil, nil, []store.Table{recordTable}, Unknown},
		"a record that may be older is asked about":      {[]step{{call: "send", err: ErrUnknownOutcome}}, []store.Table{recordTable}, nil, Unknown},
		"a proof without its record":                     {filing, nil, []store.Table{recordTable}, Filed},
		"a proof and a record from before it":            {filing, []store.Table{recordTable}, nil, Filed},
		"a proof, and all that was before it":            {filing, []store.Table{recordTable, bodyTable}, nil, Filed},
		"a proof, and only the body that was before it":  {filing, []store.Table{bodyTable}, []store.Table{recordTable}, Filed},
		"a body beside a record that says it is settled": {filing, []store.Table{bodyTable}, nil, Filed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				e := k.put(parcel(1))
				before := k.noted(e.Seq, c.back...)
				if c.steps != nil {
					stop := k.sending(&script{t: t, steps: c.steps})
					synctest.Wait()
					stop()
				}
				k.undo(e.Seq, before, c.lost...)
				k.reopen()
				if err := k.mend(t.Context()); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					got := k.entry(e.ID)
					if got.State != c.want {
						t.Errorf("it is %s, want %s", got.State, c.want)
					}
					if c.want == Filed {
						k.wantFiled(got)
					} else {
						k.wantBody(got)
					}
					k.reopen()
				}
				k.wantChain()
			})
		})
	}
}

func TestASubmissionWhoseBodyIsLostIsNotSentAndAPersonCanCloseIt(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		err := k.st.Update(t.Context(), func(tx *bolt.Tx) error { return bodyTable.Delete(tx, store.Key(e.Seq)) })
		if err != nil {
			t.Fatal(err)
		}
		k.reopen()
		stop := k.sending(&script{t: t})
		time.Sleep(time.Hour)
		stop()
		if got := k.entry(e.ID); got.Alarm(time.Now()) != AlarmDamaged || k.Counts().Alarms != 1 {
			t.Errorf("alarm %q, %d counted", got.Alarm(time.Now()), k.Counts().Alarms)
		}
		if err := k.Close(t.Context(), e.ID, "mb"); err != nil {
			t.Fatal(err)
		}
		if got := k.entry(e.ID); got.State != Closed {
			t.Errorf("it is %s", got.State)
		}
	})
}
