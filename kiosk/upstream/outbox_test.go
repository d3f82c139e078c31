package upstream_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// cable is a network without a machine: what is dialled is accepted, and time on
// it is the test's own.
type cable struct {
	calls  chan net.Conn
	closed chan struct{}
}

func newCable() *cable { return &cable{make(chan net.Conn), make(chan struct{})} }

func (w *cable) Accept() (net.Conn, error) {
	select {
	case c := <-w.calls:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *cable) Close() error   { close(w.closed); return nil }
func (w *cable) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443} }

func (w *cable) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case w.calls <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// mishaps are what can go wrong for a while between a terminal and INPS. Each
// begins it and returns how it ends.
var mishaps = []func(s *upstreamsim.Server, r *rand.Rand) (end func()){
	func(s *upstreamsim.Server, _ *rand.Rand) func() { s.SetLine(false); return func() { s.SetLine(true) } },
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetBusy(time.Minute)
		return func() { s.SetBusy(0) }
	},
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetQuota(2 * time.Minute)
		return func() { s.SetQuota(0) }
	},
	func(s *upstreamsim.Server, r *rand.Rand) func() {
		s.CutAnswers(r.IntN(300), -1)
		return func() { s.CutAnswers(0, 0) }
	},
	func(s *upstreamsim.Server, r *rand.Rand) func() { s.LoseAnswers(1 + r.IntN(3)); return func() {} },
	func(s *upstreamsim.Server, r *rand.Rand) func() { s.RepeatAnswers(1 + r.IntN(3)); return func() {} },
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetPortal(upstreamsim.PortalPage)
		return func() { s.SetPortal("") }
	},
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetPortal(upstreamsim.PortalRedirect)
		return func() { s.SetPortal("") }
	},
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetSlow(2 * time.Minute)
		return func() { s.SetSlow(0) }
	},
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetClock(5 * time.Minute)
		return func() { s.SetClock(0) }
	},
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetEndless(true)
		return func() { s.SetEndless(false) }
	},
	func(s *upstreamsim.Server, _ *rand.Rand) func() { s.SetBomb(true); return func() { s.SetBomb(false) } },
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SpoilConfirmations(upstreamsim.OtherID)
		return func() { s.SpoilConfirmations("") }
	},
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SpoilConfirmations(upstreamsim.OtherForm)
		return func() { s.SpoilConfirmations("") }
	},
	func(s *upstreamsim.Server, _ *rand.Rand) func() {
		s.SetFilingDelay(20 * time.Minute)
		return func() { s.SetFilingDelay(0) }
	},
}

// Whatever goes wrong, in whatever order, and however often the terminal starts
// anew: in the end both sides have the same submissions under the same protocol
// numbers, each once.
func TestTheOutboxAgreesWithINPSAfterAnyFaultsAndRestarts(t *testing.T) {
	for range 3 {
		seed := rand.Uint64()
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) { agree(t, dir, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func agree(t *testing.T, dir string, r *rand.Rand) {
	time.Sleep(time.Until(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))) // the cards are of our days
	if err := upstreamsim.Provision(dir, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	sim, err := upstreamsim.New(upstreamsim.Options{Dir: dir, Anchors: cardAnchors(t), Ledger: filepath.Join(dir, "ledger")})
	if err != nil {
		t.Fatal(err)
	}
	w := newCable()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, w) }()
	client := newClient(t, dir, "https://127.0.0.1", func(o *upstream.Options) { o.Dial = w.Dial })

	put, happened := 0, 0
	for range 5 { // starts of the terminal
		live(t, dir, client, func(box *outbox.Outbox) {
			for range 6 {
				end := mishaps[r.IntN(len(mishaps))](sim, r)
				for range r.IntN(3) {
					p := pack(t, client, put)
					p.Owner = box.OwnerOf("PRVCRL63P41X999U")
					if _, err := box.Put(t.Context(), p); err != nil {
						t.Fatal(err)
					}
					put++
				}
				time.Sleep(time.Duration(1+r.IntN(600)) * time.Second)
				end()
				happened++
				time.Sleep(time.Duration(r.IntN(600)) * time.Second)
			}
		})
	}
	var entries []outbox.Entry
	live(t, dir, client, func(box *outbox.Outbox) {
		time.Sleep(12 * time.Hour)
		entries = box.List()
	})
	compareBooks(t, entries, sim, put)
	asked := sim.Requests()["GET /applications/{id}"]
	if asked <= put {
		t.Errorf("%d questions about %d submissions: no fault was hit, and nothing proved", asked, put)
	}
	t.Logf("%d faults, %d submissions, %d questions", happened, put, asked)
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := sim.Close(); err != nil {
		t.Error(err)
	}
}

// live is the terminal's outbox from its start to its end.
func live(t *testing.T, dir string, client *upstream.Client, during func(*outbox.Outbox)) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	st, err := store.Open(filepath.Join(dir, "store", "pue.db"), store.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	record, err := audit.Open(st)
	if err != nil {
		t.Fatal(err)
	}
	box, err := outbox.New(st, record, outbox.Options{Terminal: terminal, MaxAttempts: 100_000, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- box.Run(ctx, client) }()
	probed := make(chan struct{})
	go func() { probe(ctx, client, box); close(probed) }()
	during(box)
	stop()
	<-probed
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// probe asks for a sign of life once a minute, as the terminal does: after a
// clock that was off nothing else finds out that it is right again.
func probe(ctx context.Context, client *upstream.Client, box *outbox.Outbox) {
	for up := true; ctx.Err() == nil; {
		was := up
		if up = client.Reachable(ctx) == nil; up && !was {
			box.Reachable("")
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
		}
	}
}

func compareBooks(t *testing.T, here []outbox.Entry, sim *upstreamsim.Server, put int) {
	t.Helper()
	protocols := map[string]string{}
	for _, f := range sim.Filed() {
		protocols[f.ID] = f.Protocol
	}
	if len(here) != put || len(protocols) != put {
		t.Errorf("%d put, %d in the terminal's book, %d in INPS's", put, len(here), len(protocols))
	}
	for _, e := range here {
		if e.State != outbox.Filed || e.Protocol == "" || e.Protocol != protocols[e.ID] {
			t.Errorf("%s: %s %q here, %q there", e.ID, e.State, e.Protocol, protocols[e.ID])
		}
		if n := sim.Filings(e.ID); n != 1 {
			t.Errorf("%s: filed %d times", e.ID, n)
		}
	}
}
