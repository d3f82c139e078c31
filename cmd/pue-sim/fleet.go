package main

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// fleet is all terminals of the country over one outage of INPS, in virtual
// time: nothing waits, and one seed gives one result.
type fleet struct {
	Terminals int
	Most      int           // submissions that a terminal may have when the outage begins
	Outage    time.Duration // from the beginning of time on
	Capacity  float64       // submissions that INPS files in a second
	Seed      uint64
}

// standstill: a fleet of which INPS files nothing for so long will not drain.
const standstill = time.Hour

// outcome is what became of a fleet.
type outcome struct {
	Policy    string  `json:"policy"`
	Capacity  float64 `json:"capacity"`
	Filed     int     `json:"filed"`
	Pending   int     `json:"pending"`         // not filed, when nothing moved any more
	Peak      int     `json:"peak"`            // requests in the worst second
	PeakRatio float64 `json:"peak_ratio"`      // of the capacity
	Refused   float64 `json:"refused_percent"` // of the requests
	Over      int     `json:"seconds_over"`    // with more requests than the capacity
	Drained   float64 `json:"drained_s"`       // from the end of the outage to the last confirmation
	Ideal     float64 `json:"ideal_s"`         // the same, of an INPS that is never idle
}

// ratio is how much longer than necessary it took; infinite if it never ended.
func (o outcome) ratio() float64 {
	if o.Pending > 0 {
		return math.Inf(1)
	}
	return o.Drained / o.Ideal
}

// terminalIn is one terminal of the fleet. It sends one submission at a time.
type terminalIn struct {
	policy
	at   time.Time // when it does something next
	sent uint64    // the submission that INPS is working on, or 0
	left int       // submissions not yet filed
	back time.Time // when its probe finds INPS again; zero afterwards
}

// run plays the outage through with every terminal following the policy.
func (f fleet) run(ctx context.Context, name string, follow func(rand.Source) policy) (outcome, error) {
	began := time.Unix(0, 0).UTC()
	until := began.Add(f.Outage)
	inps := &counter{capacity: f.Capacity, free: until, until: until}
	terminals := f.start(began, until, follow)
	total := 0
	for _, t := range terminals {
		total += t.left
	}
	o := outcome{Policy: name, Capacity: f.Capacity, Pending: total, Ideal: float64(total) / f.Capacity}
	last := until
	for n := 0; o.Pending > 0; n++ {
		if n%100_000 == 0 && ctx.Err() != nil {
			return outcome{}, ctx.Err()
		}
		t := terminals[0]
		now := t.at
		if now.Sub(last) > standstill {
			break
		}
		if t.step(now, inps) {
			last = now
			o.Filed++
			o.Pending--
		}
		terminals.settle()
	}
	o.Drained = last.Sub(until).Seconds()
	o.Peak, o.Over = inps.peak()
	o.PeakRatio = float64(o.Peak) / f.Capacity
	o.Refused = 100 * float64(inps.refused) / float64(max(1, inps.asked))
	return o, nil
}

// start gives each terminal its submissions, and a probe that finds INPS some
// seconds after it is back.
func (f fleet) start(began, until time.Time, follow func(rand.Source) policy) terminals {
	random := rand.New(rand.NewPCG(f.Seed, 0))
	all := make(terminals, f.Terminals)
	for i := range all {
		t := &terminalIn{policy: follow(rand.NewPCG(f.Seed, uint64(i+1))), at: began}
		t.left = random.IntN(f.Most + 1)
		t.back = until.Add(time.Duration(random.Int64N(int64(probeEvery))))
		for n := range t.left {
			t.add(uint64(n+1), began)
		}
		all[i] = t
	}
	return all // a heap, because all begin at once
}

// step lets the terminal do what it does now, and reports whether a submission
// was filed.
func (t *terminalIn) step(now time.Time, inps *counter) (filed bool) {
	if t.sent != 0 {
		t.filed(t.sent, now)
		t.left--
		t.sent, filed = 0, true
	}
	if !t.back.IsZero() && !t.back.After(now) {
		t.back = time.Time{}
		t.reachable(now)
	}
	seq, wait := t.next(now)
	switch {
	case seq == 0:
		t.at = now.Add(min(wait, never))
	default:
		confirmed, err := inps.ask(now)
		if err != nil {
			t.failed(seq, err, now)
			_, wait = t.next(now)
			t.at = now.Add(min(wait, never))
			break
		}
		t.sent, t.at = seq, confirmed
	}
	if t.sent == 0 && !t.back.IsZero() && t.back.Before(t.at) {
		t.at = t.back
	}
	return filed
}

// never is longer than any run takes.
const never = 365 * 24 * time.Hour

// terminals is a heap, the next to do something first. It neither grows nor
// shrinks, and only the first ever changes its time, to a later one.
type terminals []*terminalIn

// settle lets the first sink to its place.
func (h terminals) settle() {
	for i, t := 0, h[0]; ; {
		least := 2*i + 1
		if least >= len(h) {
			return
		}
		if other := least + 1; other < len(h) && h[other].at.Before(h[least].at) {
			least = other
		}
		if !h[least].at.Before(t.at) {
			return
		}
		h[i], h[least], i = h[least], t, least
	}
}
