package printer_test

import (
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

func TestForgottenPaperIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("custom-kpm")
		b := start(t, sim, profile(t, "custom-kpm"), nil)
		ctx := t.Context()
		b.await(t, ctx, devices.Ready, "")
		if r := b.Print(ctx, note("forgotten")); r.Outcome != printer.Printed {
			t.Fatalf("%+v, want printed", r)
		}
		b.await(t, ctx, devices.Attention, "paper-in-mouth")
		time.Sleep(printer.UsualRetractAfter + 20*time.Second)
		if sim.Mouth() != 0 {
			t.Error("the paper is still in the mouth")
		}
		events := sim.Events()
		if last := events[len(events)-1]; last.Kind != printersim.Retracted {
			t.Errorf("the paper was %s, want retracted", last.Kind)
		}
	})
}
