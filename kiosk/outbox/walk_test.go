package outbox

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// mayBecome are the changes of state that there may be. Another way than the
// line can bring INPS's word at any time.
var mayBecome = map[State][]State{
	Waiting:   {Unknown, Filed, Refused, Stuck, Withdrawn},
	Unknown:   {Waiting, Filed, Refused, Stuck},
	Stuck:     {Waiting, Unknown, Filed, Refused, Closed},
	Refused:   {Filed, Closed},
	Withdrawn: {Filed},
	Closed:    {Filed},
	Filed:     {},
}

// walk is a terminal to which anything may happen, and what must hold of it.
type walk struct {
	*terminal
	t      *testing.T
	random *rand.Rand
	put    int
	seen   map[string]Entry

	mu      sync.Mutex      // of what follows: two destinations are sent to at a time
	has     map[string]bool // at INPS
	doubt   map[string]bool // sent with an unknown outcome, and not asked about since
	gone    map[string]bool // withdrawn or closed: must not be sent
	sends   int
	crashed int
}

func (w *walk) Send(_ context.Context, p Parcel) (Confirmation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sends++
	switch {
	case w.doubt[p.ID]:
		w.t.Errorf("%s is sent again without asking", p.ID)
	case w.gone[p.ID]:
		w.t.Errorf("%s is sent although it was withdrawn or closed", p.ID)
	case w.has[p.ID]:
		w.t.Errorf("%s is sent although INPS has said that it has it", p.ID)
	}
	for _, e := range w.ByOwner(p.Owner) {
		if e.ID != p.ID && e.KeyID == p.KeyID && e.Seq < w.seen[p.ID].Seq && e.State.pending() && e.Reason != ReasonDamaged {
			w.t.Errorf("%s overtakes %s of the same citizen", p.ID, e.ID)
		}
	}
	switch w.random.IntN(9) {
	case 0:
		return Confirmation{}, ErrNoLine
	case 1:
		return Confirmation{}, &BusyError{time.Duration(w.random.IntN(600)) * time.Second}
	case 2:
		return Confirmation{}, &PausedError{"certificate"}
	case 3:
		return Confirmation{}, &RefusedError{422, "schema"}
	case 4, 5:
		w.doubt[p.ID] = true
		w.has[p.ID] = w.random.IntN(2) == 0
		return Confirmation{}, ErrUnknownOutcome
	case 6:
		w.doubt[p.ID], w.has[p.ID] = true, w.random.IntN(2) == 0
		w.crashed++
		w.st.Close()
		return Confirmation{}, ErrUnknownOutcome
	}
	w.has[p.ID] = true
	return confirmed(p), nil
}

func (w *walk) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch w.random.IntN(6) {
	case 0:
		return Confirmation{}, ErrNoLine
	case 1:
		return Confirmation{}, ErrUnknownOutcome
	case 2:
		if w.has[p.ID] {
			return Confirmation{}, ErrProcessing
		}
	}
	w.doubt[p.ID] = false
	if w.has[p.ID] {
		return confirmed(p), nil
	}
	return Confirmation{}, ErrNotKnown
}

// some is an entry at random.
func (w *walk) some() (Entry, bool) {
	all := w.List()
	if len(all) == 0 {
		return Entry{}, false
	}
	return all[w.random.IntN(len(all))], true
}

// happens lets one thing happen.
func (w *walk) happens() {
	ctx := w.t.Context()
	e, any := w.some()
	switch w.random.IntN(10) {
	case 0, 1:
		p := parcel(w.put)
		p.Owner, p.KeyID = citizen(1+w.random.IntN(3)), []string{inpsKey, comuneKey}[w.random.IntN(2)]
		if any && e.Owner == p.Owner && w.random.IntN(2) == 0 {
			p.Replaces = e.ID
		}
		stored, err := w.Put(ctx, p)
		w.wantOne(err, nil, ErrTooLate)
		if err == nil {
			w.put++
			w.seen[stored.ID] = stored
			w.gone[p.Replaces] = true
		}
	case 2, 3, 4:
		ctx, cancel := context.WithTimeout(ctx, time.Duration(w.random.IntN(3600))*time.Second)
		defer cancel()
		_ = w.Run(ctx, w) // its error is a crash, which the check below mends
	case 5:
		if any {
			err := w.Withdraw(ctx, e.ID, e.Owner)
			w.wantOne(err, nil, ErrTooLate)
			w.gone[e.ID] = w.gone[e.ID] || err == nil
		}
	case 6:
		if any {
			err := w.Close(ctx, e.ID, "mb")
			w.wantOne(err, nil, ErrNotDead)
			w.gone[e.ID] = w.gone[e.ID] || err == nil
		}
	case 7:
		if any {
			w.wantOne(w.Retry(ctx, e.ID, "mb"), nil, ErrNotDead)
		}
	case 8:
		if any && w.has[e.ID] {
			_, err := w.Confirm(ctx, confirmed(w.sealed(e)))
			w.wantOne(err, nil)
		}
	case 9:
		_, err := w.Export(ctx, []string{"inps", "comune"}[w.random.IntN(2)], io.Discard, unsigned)
		w.wantOne(err, nil, ErrNothingToExport)
	}
}

// sealed is the parcel of e as it was put.
func (w *walk) sealed(e Entry) Parcel {
	for n := range w.put {
		if p := parcel(n); p.ID == e.ID {
			return p
		}
	}
	w.t.Fatalf("%s was never put", e.ID)
	return Parcel{}
}

func (w *walk) wantOne(err error, allowed ...error) {
	w.t.Helper()
	if !slices.ContainsFunc(allowed, func(want error) bool { return errors.Is(err, want) }) {
		w.t.Errorf("got %v, want one of %v", err, allowed)
	}
}

// holds checks what must be true at any time, also over a restart.
func (w *walk) holds() {
	if w.st.Alive(context.Background()) != nil || w.random.IntN(5) == 0 {
		w.reopen()
	}
	var c Counts
	for _, e := range w.List() {
		before := w.seen[e.ID]
		if e.State != before.State && !slices.Contains(w.reachable(before.State), e.State) {
			w.t.Errorf("%s was %s and is %s", e.ID, before.State, e.State)
		}
		same := cmpopts.IgnoreFields(Entry{}, "State", "Attempts", "NextTry", "Reason", "Protocol", "FiledAt", "HandedOut")
		if diff := cmp.Diff(before, e, same); diff != "" {
			w.t.Errorf("%s changed (-before +after):\n%s", e.ID, diff)
		}
		if before.HandedOut && (!e.HandedOut || e.State == Withdrawn && before.State != Withdrawn) {
			w.t.Errorf("%s was handed out, and is %s", e.ID, e.State)
		}
		w.seen[e.ID] = e
		if body := w.body(e.Seq); (body != nil) != e.State.open() {
			w.t.Errorf("%s is %s, with a body of %d bytes", e.ID, e.State, len(body))
		}
		if e.State == Filed {
			w.wantFiled(e)
		}
		it := someItem(e)
		c.add(&it, time.Now())
	}
	if diff := cmp.Diff(c, w.Counts()); diff != "" {
		w.t.Errorf("counts (-want +got):\n%s", diff)
	}
	if n := len(w.List()); n != w.put {
		w.t.Errorf("%d entries of %d", n, w.put)
	}
}

func someItem(e Entry) item {
	r := record{Entry: e, settled: e.FiledAt}
	r.id, _ = parseID(e.ID)
	return r.item()
}

// reachable are the states to which several changes can lead in one step of the
// walk.
func (w *walk) reachable(from State) []State {
	found := []State{from}
	for i := 0; i < len(found); i++ {
		for _, next := range mayBecome[found[i]] {
			// Only people lead out of these, in a step of their own.
			if people := found[i].dead() || found[i] == Withdrawn || found[i] == Closed; people && i > 0 && next != Filed {
				continue
			}
			if !slices.Contains(found, next) {
				found = append(found, next)
			}
		}
	}
	return found
}

// TestWhateverHappensNothingIsLostSentUnaskedOrBroughtBack walks at random.
func TestWhateverHappensNothingIsLostSentUnaskedOrBroughtBack(t *testing.T) {
	seed := rand.Uint64()
	sends, crashes, put := 0, 0, 0
	for trial := range uint64(25) {
		synctest.Test(t, func(t *testing.T) {
			k := newTerminal(t)
			k.options.MaxAttempts = 3
			k.options.Route = twoWays
			k.options.KeepFiled = 10 * 365 * day
			k.reopen()
			w := &walk{
				terminal: k, t: t, random: rand.New(rand.NewPCG(seed, trial)), seen: map[string]Entry{},
				has: map[string]bool{}, doubt: map[string]bool{}, gone: map[string]bool{},
			}
			for range 60 {
				w.happens()
				w.holds()
				if t.Failed() {
					t.Fatalf("seed %d, trial %d", seed, trial)
				}
			}
			w.wantChain()
			sends, crashes, put = sends+w.sends, crashes+w.crashed, put+w.put
			k.st.Close()
		})
	}
	t.Logf("seed %d: %d submissions, %d sent, %d crashes", seed, put, sends, crashes)
	if sends == 0 || crashes == 0 {
		t.Error("nothing was ever sent, or nothing crashed")
	}
}
