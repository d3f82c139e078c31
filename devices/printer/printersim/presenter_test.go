package printersim_test

import (
	"slices"
	"testing"

	"pue/devices/printer/printersim"
)

const (
	fullStatus = "\x10\x04\x14"
	totalCut   = "\x1dVA\x00"
	present    = "\x1de\x03\x10"
	retract    = "\x1de\x02"
	eject      = "\x1de\x05"
)

func kinds(sim *printersim.Sim) []printersim.EventKind {
	var all []printersim.EventKind
	for _, e := range sim.Events() {
		all = append(all, e.Kind)
	}
	return all
}

func TestTicketGoesFromTheBladeToTheHand(t *testing.T) {
	for _, name := range []string{"custom-vkp80", "custom-kpm"} {
		sim, line := connect(t, name)
		send(t, line, "x\n", totalCut, fullStatus, "\x1de\x06")
		expect(t, line, "\x10\x0f\x00\x00\x00\x00\x04") // held inside
		send(t, line, present, fullStatus, "\x1de\x06")
		expect(t, line, "\x10\x0f\x20\x00\x00\x00\x0c") // in the mouth
		if sim.Mouth() != 1 {
			t.Errorf("%s: receipt %d in the mouth, want 1", name, sim.Mouth())
		}
		sim.Take()
		send(t, line, fullStatus)
		expect(t, line, "\x10\x0f\x00\x00\x00\x00")
		want := []printersim.EventKind{printersim.Cut, printersim.Presented, printersim.Taken}
		if got := kinds(sim); !slices.Equal(got, want) {
			t.Errorf("%s: events %v, want %v", name, got, want)
		}
	}
}

func TestForgottenTicketIsRetractedOrThrownOut(t *testing.T) {
	for command, want := range map[string]printersim.EventKind{retract: printersim.Retracted, eject: printersim.Ejected} {
		sim, line := connect(t, "custom-kpm")
		send(t, line, "x\n", totalCut, present, command, "\x1d\xe4")
		if got := kinds(sim); got[len(got)-1] != want {
			t.Errorf("% X: events %v, want %s last", command, got, want)
		}
		expect(t, line, map[string]string{retract: "1ret", eject: "0ret"}[command])
		sim.Take()
		if got := kinds(sim); slices.Contains(got, printersim.Taken) {
			t.Errorf("a ticket that was %s was taken: %v", want, got)
		}
	}
}

func TestNextTicketPushesOutTheOneNobodyTook(t *testing.T) {
	sim, line := connect(t, "custom-vkp80")
	send(t, line, "x\n", totalCut, present, "y\n", totalCut)
	events := sim.Events()
	if last := events[len(events)-1]; last.Kind != printersim.Ejected || last.Receipt != 1 {
		t.Errorf("events %v, want the first receipt ejected", events)
	}
}

func TestCustomReportsChangesUnasked(t *testing.T) {
	sim, line := connect(t, "custom-vkp80")
	send(t, line, "\x1d\xe0\x0f")
	sim.SetPaperLow(true)
	expect(t, line, "\x10\x0f\x04\x00\x00\x00")
	sim.SetCover(true)
	expect(t, line, "\x10\x0f\x04\x03\x00\x00")
	sim.SetCover(false)
	expect(t, line, "\x10\x0f\x04\x00\x00\x00")
	send(t, line, "\x1d\xe0\x01") // paper alone
	sim.SetHot(true)
	sim.SetPaper(false)
	expect(t, line, "\x10\x01\x05")
	sim.SetHot(false)
	sim.SetPaperLow(false)
	sim.SetPaper(true)
	expect(t, line, "\x10\x01\x01\x10\x01\x00")
	send(t, line, "x\n", totalCut, present)
	expect(t, line, "\x10\x01\x20")
}

func TestBothSortsOfAutomaticStatusAreAFault(t *testing.T) {
	sim, line := connect(t, "custom-vkp80")
	send(t, line, "\x1d\xe0\x0f\x1da\x0e")
	if c := sim.Count(); c.Misplaced != 1 {
		t.Errorf("counts %+v, want one", c)
	}
}

func TestCountersOfACustomAreWords(t *testing.T) {
	sim, line := connect(t, "custom-kpm")
	sim.SetPaperLeft(5100)
	sim.PowerCycle()
	send(t, line, "\x1d\xe1\x1d\xe5")
	expect(t, line, "510cm2on")
	send(t, line, "\x1d\xe6\x58\x02", fullStatus) // tell below 600 cm
	expect(t, line, "\x10\x0f\x40\x00\x00\x00")
	send(t, line, "\x1c\xc0\x18\x10\x14\x1a", "x\n", totalCut)
	if n := len(sim.Receipts()); n != 1 {
		t.Errorf("%d receipts after a reset, want 1", n)
	}
}
