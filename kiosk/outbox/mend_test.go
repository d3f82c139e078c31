package outbox

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// ended brings submission 1 to an end, and forgets it.
func (k *terminal) ended(e Entry, how State) {
	k.t.Helper()
	var err error
	if how == Withdrawn {
		err = k.Withdraw(k.t.Context(), e.ID, e.Owner)
	} else {
		k.turns(e, Stuck)
		err = k.Close(k.t.Context(), e.ID, "mb")
	}
	if err == nil {
		err = k.forget(k.t.Context(), []uint64{e.Seq})
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

func TestWhatWasWithdrawnOrClosedIsNotSentWhateverOfItComesBack(t *testing.T) {
	for _, how := range []State{Withdrawn, Closed} {
		for name, back := range map[string][]store.Table{
			"the body": {bodyTable}, "body and record": {bodyTable, recordTable},
		} {
			t.Run(string(how)+", "+name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, k *terminal) {
					e := k.put(parcel(1))
					before := k.noted(e.Seq, back...)
					k.ended(e, how)
					k.undo(e.Seq, before)
					k.reopen()
					if err := k.mend(t.Context()); err != nil {
						t.Fatal(err)
					}
					k.reopen()
					if got := k.entry(e.ID); got.State != how || k.body(e.Seq) != nil {
						t.Errorf("it is %s", got.State)
					}
					stop := k.sending(&script{t: t}) // nothing may be sent
					time.Sleep(time.Hour)
					stop()
				})
			})
		}
	}
}

func TestABodyThatNothingVouchesForIsAskedAboutAndLeftToAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		want   State
	}{"INPS has it": {nil, Filed}, "INPS does not": {ErrNotKnown, Stuck}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				e := k.put(parcel(1))
				k.undo(e.Seq, nil, recordTable)
				k.reopen()
				if err := k.mend(t.Context()); err != nil {
					t.Fatal(err)
				}
				k.reopen()
				stop := k.sending(&script{t: t, steps: []step{{call: "ask", err: c.answer}}})
				time.Sleep(time.Hour)
				stop()
				if got := k.entry(e.ID); got.State != c.want {
					t.Fatalf("it is %s", got.State)
				}
				if c.want == Filed {
					return
				}
				// A person knows better.
				if err := k.Retry(t.Context(), e.ID, "mb"); err != nil {
					t.Fatal(err)
				}
				stop = k.sending(&script{t: t, steps: []step{{call: "send"}}})
				k.Await(t.Context(), e.ID)
				stop()
			})
		})
	}
}

// suspected reports whether the next start will check the whole file.
func (k *terminal) suspected() bool {
	select {
	case <-k.st.Suspected():
		return true
	default:
		return false
	}
}

func TestAFileFromWhichSomethingIsLostIsNotSuspectedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newAttaching(t)
		e := k.put(k.with(1, 1))
		k.undo(e.Seq, nil, bodyTable)
		for range 2 {
			k.reopen()
			k.sweep(t.Context())
			if k.suspected() {
				t.Fatal("suspected")
			}
		}
		k.st.Close()
	})
}

func TestAProofThatIsLostIsSaidToBeAndComesBackByHand(t *testing.T) {
	k := newTerminal(t)
	e := k.put(parcel(1))
	if _, err := k.Confirm(t.Context(), confirmed(parcel(1))); err != nil {
		t.Fatal(err)
	}
	k.undo(e.Seq, nil, proofTable)
	k.reopen()
	if _, err := k.Proof(t.Context(), e.ID); !errors.Is(err, ErrLost) || errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrLost", err)
	}
	if _, err := k.Confirm(t.Context(), confirmed(parcel(1))); err != nil {
		t.Fatal(err)
	}
	k.wantFiled(k.entry(e.ID))
	if k.suspected() {
		t.Error("suspected")
	}
}

func TestASubmissionWhoseBodyIsLostCanStillBeFiledByItsID(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		byHand, byLine := k.put(parcel(1)), k.put(parcel(2))
		k.turns(byLine, Unknown)
		for _, e := range []Entry{byHand, byLine} {
			k.undo(e.Seq, nil, bodyTable)
		}
		k.reopen()
		if _, err := k.Confirm(t.Context(), confirmed(parcel(1))); err != nil {
			t.Fatal(err)
		}
		s := &lostBody{t: t, answers: []error{ErrNotKnown, ErrNoLine, nil}}
		stop := k.sending(s)
		time.Sleep(time.Minute)
		if e := k.entry(byLine.ID); e.Alarm(time.Now()) != AlarmDamaged {
			t.Errorf("it is %s (%s)", e.State, e.Reason)
		}
		time.Sleep(day)
		stop()
		for _, e := range []Entry{byHand, byLine} {
			k.wantFiled(k.entry(e.ID))
		}
		codes := map[audit.Name]string{}
		for _, e := range k.told() {
			codes[e.Name] = e.Code
		}
		if codes[audit.SubmissionFiled] != "by-id" || codes[audit.ConfirmationImported] != "by-id" {
			t.Errorf("%v", codes)
		}
		if k.suspected() {
			t.Error("suspected")
		}
	})
}

// lostBody is an INPS that is asked for the second submission by its id alone.
type lostBody struct {
	t       *testing.T
	answers []error
}

func (s *lostBody) Send(context.Context, Parcel) (Confirmation, error) {
	s.t.Error("sent without a body")
	return Confirmation{}, ErrNoLine
}

func (s *lostBody) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	if p.ID != parcel(2).ID || p.Sealed != nil {
		s.t.Errorf("asked about %s with %d bytes", p.ID, len(p.Sealed))
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return confirmed(parcel(2)), err
}

// zeroPage wipes the whole page that a body lies on, as a disk may, and has the
// next start check the file.
func (k *terminal) zeroPage(table store.Table, seq uint64) {
	k.t.Helper()
	if err := k.st.Suspect(); err != nil {
		k.t.Fatal(err)
	}
	k.st.Close()
	db, err := bolt.Open(k.path, 0o600, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	size := int64(db.Info().PageSize)
	value := make([]byte, 0)
	err = db.View(func(tx *bolt.Tx) error {
		value = append(value, tx.Bucket([]byte(table)).Get(store.Key(seq))...)
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil {
		k.t.Fatal(err)
	}
	raw, err := os.ReadFile(k.path)
	if err != nil {
		k.t.Fatal(err)
	}
	at := int64(bytes.Index(raw, value[:64])) / size * size
	clear(raw[at : at+size])
	if err := os.WriteFile(k.path, raw, 0o600); err != nil {
		k.t.Fatal(err)
	}
}

func TestAFileThatWasSalvagedSendsNothingThatWasTakenBack(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		var all []Entry
		for n := range 6 {
			p := parcel(n)
			p.Sealed = bytes.Repeat(p.Sealed, 4300/len(p.Sealed)) // each on pages of its own
			all = append(all, k.put(p))
		}
		gone := all[2]
		k.ended(gone, Withdrawn)
		k.zeroPage(bodyTable, all[1].Seq)
		k.reopen()
		if r, ok := k.st.Recovery(); !ok || r.How != store.Salvaged {
			t.Fatalf("recovered: %+v, %t", r, ok)
		}
		s := &remembering{}
		stop := k.sending(s)
		time.Sleep(time.Hour)
		stop()
		if s.sent[gone.ID] || len(s.sent) < 3 {
			t.Errorf("sent %v, and %s was withdrawn", s.sent, gone.ID)
		}
	})
}

// remembering is an INPS that takes everything.
type remembering struct{ sent map[string]bool }

func (s *remembering) Send(_ context.Context, p Parcel) (Confirmation, error) {
	if s.sent == nil {
		s.sent = map[string]bool{}
	}
	s.sent[p.ID] = true
	return confirmed(p), nil
}

func (s *remembering) Ask(context.Context, Parcel) (Confirmation, error) {
	return Confirmation{}, ErrNotKnown
}
