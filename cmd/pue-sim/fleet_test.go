package main

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// national is the outage that the figures of the design are about.
func national(capacity float64) fleet {
	return fleet{Terminals: 7900, Most: 60, Outage: 3 * time.Hour, Capacity: capacity, Seed: 1}
}

func play(t *testing.T, f fleet, follow func(rand.Source) policy) outcome {
	t.Helper()
	o, err := f.run(t.Context(), "it", follow)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestTheCountryComesBackFromAnOutageWithoutACrowd(t *testing.T) {
	t.Parallel()
	o := play(t, national(100), newOurs)
	if o.Pending > 0 || o.PeakRatio > 1.4 || o.ratio() > 1.04 {
		t.Errorf("%d pending, peak %.2f of the capacity, want 1.40; drained in %.3f of the ideal, want 1.04",
			o.Pending, o.PeakRatio, o.ratio())
	}
}

func TestAnINPSWithTooLittleRoomIsNotBroughtDown(t *testing.T) {
	t.Parallel()
	if o := play(t, national(20), newOurs); o.Pending > 0 || o.ratio() > 1.3 {
		t.Errorf("%d pending, drained in %.3f of the ideal, want 1.3", o.Pending, o.ratio())
	}
}

// TestRetryingEveryHalfMinuteBringsINPSDown shows that the two above can fail:
// the refusals alone are more than INPS can do.
func TestRetryingEveryHalfMinuteBringsINPSDown(t *testing.T) {
	t.Parallel()
	f := national(2)
	f.Terminals, f.Outage = 790, 5*time.Minute
	for _, p := range policies[:2] {
		if o := play(t, f, p.follow); o.Pending == 0 {
			t.Errorf("%s: drained in %.2f of the ideal", p.name, o.ratio())
		}
	}
}

func TestOneSeedGivesOneResult(t *testing.T) {
	t.Parallel()
	f := fleet{Terminals: 200, Most: 20, Outage: time.Hour, Capacity: 3, Seed: 7}
	for _, p := range policies {
		first, again := play(t, f, p.follow), play(t, f, p.follow)
		if first != again {
			t.Errorf("%s: %+v, then %+v", p.name, first, again)
		}
		if first.Filed == 0 || first.Filed+first.Pending != int(first.Ideal*f.Capacity+0.5) {
			t.Errorf("%s: %d filed and %d pending of %.0f", p.name, first.Filed, first.Pending, first.Ideal*f.Capacity)
		}
	}
}

func TestAFleetThatNeverDrainsIsShownSo(t *testing.T) {
	var b bytes.Buffer
	if err := printOutcomes(&b, []outcome{{Policy: "stubborn", Capacity: 20, Filed: 3, Pending: 4, Peak: 99, Ideal: 1}}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "never") || !strings.Contains(got, "stubborn") {
		t.Errorf("shown as %s", got)
	}
}
