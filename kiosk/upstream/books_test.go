package upstream_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pue/kiosk/outbox"
	"pue/kiosk/upstream/upstreamsim"
)

// wrongs are what can be wrong with INPS and the way to it, and how it ends.
var wrongs = []struct {
	name       string
	begin, end func(*upstreamsim.Server)
}{
	{"nothing", func(*upstreamsim.Server) {}, func(*upstreamsim.Server) {}},
	{"no line", func(s *upstreamsim.Server) { s.SetLine(false) }, func(s *upstreamsim.Server) { s.SetLine(true) }},
	{"busy", func(s *upstreamsim.Server) { s.SetBusy(time.Minute) }, func(s *upstreamsim.Server) { s.SetBusy(0) }},
	{"answer lost", func(s *upstreamsim.Server) { s.LoseAnswers(1) }, func(s *upstreamsim.Server) { s.LoseAnswers(0) }},
	{"portal", func(s *upstreamsim.Server) { s.SetPortal(upstreamsim.PortalPage) }, func(s *upstreamsim.Server) { s.SetPortal("") }},
	{"redirect", func(s *upstreamsim.Server) { s.SetPortal(upstreamsim.PortalRedirect) }, func(s *upstreamsim.Server) { s.SetPortal("") }},
	{"endless", func(s *upstreamsim.Server) { s.SetEndless(true) }, func(s *upstreamsim.Server) { s.SetEndless(false) }},
	{"bomb", func(s *upstreamsim.Server) { s.SetBomb(true) }, func(s *upstreamsim.Server) { s.SetBomb(false) }},
	{"cut", func(s *upstreamsim.Server) { s.CutAnswers(10, -1) }, func(s *upstreamsim.Server) { s.CutAnswers(0, 0) }},
	{"cut later", func(s *upstreamsim.Server) { s.CutAnswers(60, 1) }, func(s *upstreamsim.Server) { s.CutAnswers(0, 0) }},
	{"answer to another", func(s *upstreamsim.Server) { s.RepeatAnswers(1) }, func(s *upstreamsim.Server) { s.RepeatAnswers(0) }},
	{"answers to others", func(s *upstreamsim.Server) { s.RepeatAnswers(3) }, func(s *upstreamsim.Server) { s.RepeatAnswers(0) }},
	{"clock ahead", func(s *upstreamsim.Server) { s.SetClock(time.Hour) }, func(s *upstreamsim.Server) { s.SetClock(0) }},
	{"clock behind", func(s *upstreamsim.Server) { s.SetClock(-time.Minute) }, func(s *upstreamsim.Server) { s.SetClock(0) }},
	{"unsigned", func(s *upstreamsim.Server) { s.SetSigning(upstreamsim.Unsigned) }, func(s *upstreamsim.Server) { s.SetSigning(upstreamsim.Signed) }},
	{"forged", func(s *upstreamsim.Server) { s.SetSigning(upstreamsim.Forged) }, func(s *upstreamsim.Server) { s.SetSigning(upstreamsim.Signed) }},
	{"receipt of another", func(s *upstreamsim.Server) { s.SpoilConfirmations(upstreamsim.OtherID) }, func(s *upstreamsim.Server) { s.SpoilConfirmations("") }},
	{"receipt of another body", func(s *upstreamsim.Server) { s.SpoilConfirmations(upstreamsim.OtherDigest) }, func(s *upstreamsim.Server) { s.SpoilConfirmations("") }},
}

// Whatever goes wrong in whatever order, what the client says of a submission is
// true of INPS's books, and in the end both sides have it once.
func TestTheBooksOfBothSidesAgreeAfterAnySequenceOfFaults(t *testing.T) {
	const sequences, steps = 25, 6
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := newRig(t)
	random := rand.New(rand.NewPCG(seed, 0))
	seen := map[string]bool{}
	for n := 1; n <= sequences; n++ {
		r.client.Reachable(t.Context()) // as the terminal does: it also finds the clock right again
		b := books{t: t, r: r, p: pack(t, r.client, n)}
		for range steps {
			w := wrongs[random.IntN(len(wrongs))]
			b.told += " " + w.name
			seen[w.name] = true
			w.begin(r.sim)
			b.attempt()
			w.end(r.sim)
			if random.IntN(2) == 0 {
				r.client.Reachable(t.Context())
			}
			if b.over {
				break
			}
		}
		r.client.Reachable(t.Context())
		for tries := 0; !b.over && tries < 4; tries++ {
			b.attempt()
		}
		if !b.over || b.atINPS() != 1 {
			t.Errorf("after%s: over %v, %d times at INPS", b.told, b.over, b.atINPS())
		}
	}
	if len(seen) < len(wrongs)*3/4 {
		t.Errorf("only %d of %d faults were tried", len(seen), len(wrongs))
	}
}

// books are a submission, and what the terminal knows of it.
type books struct {
	t    *testing.T
	r    *rig
	p    outbox.Parcel
	told string // what went wrong so far
	ask  bool   // its fate is unknown
	over bool   // filed, or a person's
}

func (b *books) atINPS() (n int) {
	for _, f := range b.r.sim.Filed() {
		if f.ID == b.p.ID {
			n++
		}
	}
	return n
}

// attempt does what the outbox does next, and compares what comes of it with
// INPS's books.
func (b *books) attempt() {
	b.t.Helper()
	do := b.r.client.Send
	if b.ask {
		do = b.r.client.Ask
	}
	asked := b.ask
	conf, err := do(b.t.Context(), b.p)
	there := b.atINPS()
	wrong := ""
	switch m := meaning(err); {
	case m == "" && there == 1 && conf.ID == b.p.ID && conf.Protocol != "":
		b.over = true
	case m == "":
		wrong = fmt.Sprintf("filed as %q", conf.Protocol)
	case m == "not-known":
		b.ask = false
		if there != 0 {
			wrong = "said to be unknown to INPS"
		}
	case m == "refused": // INPS signed for another body: a person asks
		b.over = true
		if there == 0 {
			wrong = "refused, and never there"
		}
	case m == "no-line", m == "busy", m == "paused":
		if !asked && there != 0 {
			wrong = "said not to have got there"
		}
	case m == "unknown", m == "busy+unknown":
		b.ask = true
	default:
		wrong = "without a meaning"
	}
	if wrong != "" {
		b.t.Errorf("after%s: %s, %d times at INPS: %v", b.told, wrong, there, err)
	}
}
