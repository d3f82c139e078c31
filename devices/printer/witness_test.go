package printer_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// diary is a Witness that notes how many receipts had been cut when it was called.
type diary struct {
	sim     *printersim.Sim
	refuse  error
	lines   []string
	ids     []string
	cutThen int
}

func (d *diary) Sending(id string) error {
	d.lines, d.ids, d.cutThen = append(d.lines, "sending"), append(d.ids, id), len(d.sim.Receipts())
	return d.refuse
}

func (d *diary) Sent() { d.lines = append(d.lines, "sent") }

// unseen is a Witness for tests that ask nothing of one.
type unseen struct{}

func (unseen) Sending(string) error { return nil }
func (unseen) Sent()                {}

func TestAWitnessIsToldBeforeTheFirstByteAndAfterTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		p := start(t, sim, profile(t, "epson"), nil)
		d := &diary{sim: sim}
		for range 2 {
			if r := p.PrintWitnessed(t.Context(), sample(), d); r.Outcome != printer.Printed {
				t.Fatalf("%+v", r)
			}
		}
		if len(d.lines) != 4 || d.lines[0] != "sending" || d.lines[1] != "sent" || d.cutThen != 1 {
			t.Errorf("told %v, the second after %d receipts", d.lines, d.cutThen)
		}
		if d.ids[0] == d.ids[1] || len(d.ids[0]) != 4 {
			t.Errorf("process ids %q", d.ids)
		}
	})
}

func TestWhatCannotBeNotedIsKeptBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		p := start(t, sim, profile(t, "epson"), nil)
		r := p.PrintWitnessed(t.Context(), sample(), &diary{sim: sim, refuse: errors.New("disk gone")})
		if r.Outcome != printer.NotPrinted || r.Reason != "failed" || r.Bytes != 0 {
			t.Errorf("%+v", r)
		}
		if r := p.Print(t.Context(), sample()); r.Outcome != printer.Printed || len(sim.Receipts()) != 1 {
			t.Errorf("afterwards %+v, %d receipts", r, len(sim.Receipts()))
		}
	})
}
