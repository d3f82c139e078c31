package kiosk

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// troubles are what can happen to the line and to the answers of INPS, each with
// its end.
var troubles = map[string]func(s *upstreamsim.Server, rng *rand.Rand) (over func()){
	"none": func(*upstreamsim.Server, *rand.Rand) func() { return func() {} },
	"line": func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetLine(false)
		return func() { s.SetLine(true) }
	},
	"lost": func(s *upstreamsim.Server, rng *rand.Rand) func() {
		s.LoseAnswers(1 + rng.IntN(2))
		return func() { s.LoseAnswers(0) }
	},
	"again": func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.RepeatAnswers(1)
		return func() { s.RepeatAnswers(0) }
	},
	"cut": func(s *upstreamsim.Server, rng *rand.Rand) func() {
		s.CutAnswers(rng.IntN(600), 1+rng.IntN(3))
		return func() { s.CutAnswers(0, 0) }
	},
	"bomb": func(s *upstreamsim.Server, _ *rand.Rand) func() { s.SetBomb(true); return func() { s.SetBomb(false) } },
	"endless": func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetEndless(true)
		return func() { s.SetEndless(false) }
	},
	"portal": func(s *upstreamsim.Server, rng *rand.Rand) func() {
		s.SetPortal([]upstreamsim.Portal{"page", "redirect"}[rng.IntN(2)])
		return func() { s.SetPortal("") }
	},
	// A confirmation of another body is not among them: INPS signs then that it has
	// something else, which is a person's matter and not the line's.
	"confirmation": func(s *upstreamsim.Server, rng *rand.Rand) func() {
		s.SpoilConfirmations([]string{upstreamsim.OtherID, upstreamsim.OtherForm}[rng.IntN(2)])
		return func() { s.SpoilConfirmations("") }
	},
}

// What the terminal calls filed, INPS has, under the same protocol number, after every
// step; and when the troubles are over INPS has everything, each submission once.
func TestTheBooksOfBothSidesAgreeWhateverHappensToTheLine(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			port, url := openPort(t)
			c := provision(t, url)
			s := inps(t, c, port)
			r := run(t, c)
			rng := rand.New(rand.NewPCG(seed, 4))
			names := slices.Repeat(slices.Sorted(maps.Keys(troubles)), 2)
			rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			var ids []string
			hit := 0
			for i, name := range names {
				over := troubles[name](s, rng)
				ids = append(ids, r.files(i))
				r.outbox.Kick()
				r.eventually("an attempt at "+name, func() bool {
					e, _ := r.outbox.Find(ids[i])
					return e.State != outbox.Waiting || r.outbox.Trouble("inps") != ""
				})
				if r.outbox.Trouble("inps") != "" {
					hit++
				}
				r.booksAgree(s)
				over()
			}
			r.eventually("everything to be filed", func() bool {
				r.outbox.Kick()
				return r.outbox.Counts().Filed == len(ids)
			})
			if n := r.booksAgree(s); n != len(ids) {
				t.Errorf("INPS has %d submissions of %d", n, len(ids))
			}
			if hit == 0 {
				t.Error("no trouble hit an attempt: the test says nothing")
			}
			t.Logf("seed %d: %d of %d steps in trouble", seed, hit, len(names))
		})
	}
}

// eventually looks until it holds: no watch tells of what happens on both sides.
func (r *rig) eventually(what string, holds func() bool) {
	r.t.Helper()
	began := time.Now()
	for tick := time.Tick(20 * time.Millisecond); !holds(); <-tick {
		if time.Since(began) > patience {
			r.t.Fatalf("waited for %s; the terminal has %+v; log:\n%s", what, r.outbox.List(), r.log)
		}
	}
}

// files stores a submission that anna has signed, and returns its id. Each has an
// owner of its own, so that none waits for another.
func (r *rig) files(n int) string {
	r.t.Helper()
	readers := cardsim.NewReaders("desk")
	if err := readers.Insert("desk", card(r.t, "anna")); err != nil {
		r.t.Fatal(err)
	}
	line, err := readers.Connect(r.t.Context(), "desk")
	if err != nil {
		r.t.Fatal(err)
	}
	defer line.Close()
	anna, err := smartcard.Open(line, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	id, err := anna.Identity(time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	if err := anna.VerifyPIN([]byte("12345678")); err != nil {
		r.t.Fatal(err)
	}
	p, err := r.lines.inps().Pack(upstream.Record{
		ID: fmt.Sprintf("0192f0c1-7a3e-7c55-9d1b-%012d", n), Subject: id.TaxCode, Destination: "inps",
		Service: "naspi", ServiceVersion: 1, Class: catalog.Application, NoticeVersion: "1", Language: "it", Assurance: "high",
		Answers: catalog.Answers{"telefono": "+393331234567"}, CapturedAt: time.Now().UTC(),
	}, id, anna)
	if err != nil {
		r.t.Fatal(err)
	}
	p.Owner = r.outbox.OwnerOf(strconv.Itoa(n))
	if _, err := r.outbox.Put(r.t.Context(), p); err != nil {
		r.t.Fatal(err)
	}
	return p.ID
}

// booksAgree compares the two books, and returns how many submissions INPS has.
func (r *rig) booksAgree(s *upstreamsim.Server) int {
	r.t.Helper()
	has := map[string]string{}
	for _, f := range s.Filed() {
		if _, twice := has[f.ID]; twice {
			r.t.Errorf("INPS has %s twice", f.ID)
		}
		has[f.ID] = f.Protocol
	}
	for _, e := range r.outbox.List() {
		if e.State == outbox.Filed && has[e.ID] != e.Protocol {
			r.t.Errorf("the terminal says that %s is filed as %q, INPS %q", e.ID, e.Protocol, has[e.ID])
		}
		delete(has, e.ID)
	}
	for id := range has {
		r.t.Errorf("INPS has %s, which the terminal does not know", id)
	}
	return len(s.Filed())
}
