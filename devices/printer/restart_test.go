package printer_test

import (
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// TestAPrinterSwitchedOffInMidDocumentHasNotPrintedIt switches the printer off and on
// while it prints, for no time and for seconds in which it holds the line. What it held
// is gone; what had not left the terminal comes out after it, process id and all.
func TestAPrinterSwitchedOffInMidDocumentHasNotPrintedIt(t *testing.T) {
	halves := 0
	for after := 500 * time.Millisecond; after < 2*time.Second; after += 130 * time.Millisecond {
		for _, off := range []time.Duration{0, 1500 * time.Millisecond, 2500 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				sim := printersim.New("epson")
				sim.SetBaud(9600)
				sim.SetFlow(printersim.FlowXON)
				sim.SetSpeed(60) // so that some lines wait in the printer
				b := start(t, sim, profile(t, "epson"), nil)
				b.await(t, t.Context(), devices.Ready, "")
				result := b.printing(t.Context(), long())
				time.Sleep(after)
				sim.SetStalled(true)
				sim.PowerCycle()
				time.Sleep(off)
				sim.SetStalled(false)
				r := <-result
				if r.Outcome != printer.Uncertain {
					t.Errorf("off after %s for %s: %+v, want uncertain", after, off, r)
				}
				if r.Reason == "line-errors" {
					halves++
				}
				time.Sleep(20 * time.Second)
				if r := b.Print(t.Context(), note("next")); r.Outcome != printer.Printed {
					t.Errorf("the next one: %+v, want printed", r)
				}
				receipts := sim.Receipts()
				if last := receipts[len(receipts)-1].Text; last != "next\n" {
					t.Errorf("the next one is not alone on its paper:\n%s", last)
				}
			})
		}
	}
	if halves == 0 {
		t.Error("never did half a document come out: this test proves nothing")
	}
}
