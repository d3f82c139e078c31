package audit

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

const someID = "0b8f9c1e-52a4-4c0f-9f59-3b1c2d7e8a90"

func openAt(t testing.TB, path string) (*store.Store, *Audit) {
	t.Helper()
	st, err := store.Open(path, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	a, err := Open(st)
	if err != nil {
		t.Fatal(err)
	}
	return st, a
}

func place(t testing.TB) string { return filepath.Join(t.TempDir(), "state", "pue.db") }

func record(t testing.TB, a *Audit, events ...Event) {
	t.Helper()
	for _, e := range events {
		if err := a.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func verify(t testing.TB, a *Audit) Report {
	t.Helper()
	r, err := a.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheChainHoldsOverRestartsAndItsTimesAreUTC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := place(t)
		st, a := openAt(t, path)
		began := time.Now().UTC()
		record(t, a, Event{Name: TerminalStarted}, Event{Name: SessionStarted})
		time.Sleep(time.Hour)
		st.Close()
		st, a = openAt(t, path)
		record(t, a, Event{Name: SessionEnded, Code: "card-out"})
		got := verify(t, a)
		if len(got.Head) != 64 {
			t.Errorf("head %q is not a SHA-256", got.Head)
		}
		got.Head = ""
		want := Report{Events: 3, From: began, To: began.Add(time.Hour)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
		st.Close()
	})
}

func TestAnEmptyRecordHolds(t *testing.T) {
	_, a := openAt(t, place(t))
	if r := verify(t, a); !r.OK() || r.Events != 0 || r.Head != "" {
		t.Errorf("got %+v", r)
	}
}

func TestTamperingShowsWhereItBegins(t *testing.T) {
	value := func(tx *bolt.Tx, seq uint64) []byte {
		v, err := table.Get(tx, store.Key(seq))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, tamper := range map[string]struct {
		do       func(tx *bolt.Tx) error
		brokenAt uint64
		why      string
	}{
		"one bit of an event": {func(tx *bolt.Tx) error {
			v := value(tx, 4)
			v[40] ^= 1
			return table.Put(tx, store.Key(4), v)
		}, 4, "changed"},
		"one bit of a hash": {func(tx *bolt.Tx) error {
			v := value(tx, 4)
			v[0] ^= 1
			return table.Put(tx, store.Key(4), v)
		}, 4, "changed"},
		"an event rewritten with a hash that fits": {func(tx *bolt.Tx) error {
			text := value(tx, 3)[32:]
			return table.Put(tx, store.Key(4), append(link(value(tx, 3), text), text...))
		}, 4, "unreadable"},
		"an event rewritten with its own number and hash": {func(tx *bolt.Tx) error {
			text := []byte(`{"seq":4,"at":"2026-11-22T08:00:00Z","name":"point-opened"}`)
			return table.Put(tx, store.Key(4), append(link(value(tx, 3), text), text...))
		}, 5, "changed"},
		"two events exchanged": {func(tx *bolt.Tx) error {
			four, five := value(tx, 4), value(tx, 5)
			return errors.Join(table.Put(tx, store.Key(4), five), table.Put(tx, store.Key(5), four))
		}, 4, "changed"},
		"the first event removed": {func(tx *bolt.Tx) error { return table.Delete(tx, store.Key(1)) }, 1, "missing"},
		"an event removed":        {func(tx *bolt.Tx) error { return table.Delete(tx, store.Key(4)) }, 4, "missing"},
		"the last event removed":  {func(tx *bolt.Tx) error { return table.Delete(tx, store.Key(8)) }, 8, "missing"},
		"an event cut off": {func(tx *bolt.Tx) error {
			return table.Put(tx, store.Key(4), value(tx, 4)[:10])
		}, 4, "unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			st, a := openAt(t, place(t))
			for i := range 8 {
				record(t, a, Event{Name: SubmissionAttempt, Submission: someID, Number: i + 1})
			}
			if r := verify(t, a); !r.OK() {
				t.Fatalf("before: %+v", r)
			}
			if err := st.Update(t.Context(), tamper.do); err != nil {
				t.Fatal(err)
			}
			r := verify(t, a)
			if r.OK() || r.BrokenAt != tamper.brokenAt || r.Why != tamper.why {
				t.Errorf("got broken at %d (%s), want %d (%s)", r.BrokenAt, r.Why, tamper.brokenAt, tamper.why)
			}
			if r.Events != int(tamper.brokenAt)-1 {
				t.Errorf("%d events hold, want those before %d", r.Events, tamper.brokenAt)
			}
		})
	}
}

func TestTheHeadPinsEverythingBeforeIt(t *testing.T) {
	head := func(first Event) string {
		_, a := openAt(t, place(t))
		record(t, a, first, Event{Name: SessionStarted})
		return verify(t, a).Head
	}
	if head(Event{Name: PointOpened, Officer: "mb"}) == head(Event{Name: PointOpened, Officer: "lr"}) {
		t.Error("another first event gives the same head")
	}
}

func TestAnEventSharesTheFateOfItsTransaction(t *testing.T) {
	st, a := openAt(t, place(t))
	err := st.Update(t.Context(), func(tx *bolt.Tx) error {
		return errors.Join(a.Append(tx, Event{Name: SessionStarted}), errors.New("no"))
	})
	if err == nil {
		t.Fatal("the transaction was stored")
	}
	record(t, a, Event{Name: TerminalStarted})
	if r := verify(t, a); !r.OK() || r.Events != 1 {
		t.Errorf("got %+v, want one event", r)
	}
}

func TestManyAtOnceMakeOneChain(t *testing.T) {
	_, a := openAt(t, place(t))
	t.Run("writers", func(t *testing.T) {
		for w := range 8 {
			t.Run(fmt.Sprint(w), func(t *testing.T) {
				t.Parallel()
				for range 20 {
					record(t, a, Event{Name: FaultShown, Code: "P-01"})
				}
			})
		}
	})
	if r := verify(t, a); !r.OK() || r.Events != 160 {
		t.Errorf("got %+v, want 160 events", r)
	}
}
