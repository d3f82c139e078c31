package printer_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// TestADocumentDuringWhichThePrinterWasOffIsNotPrinted switches the printer off in
// mid-document, and on again after a second and more, on a line that is held meanwhile and
// on one that carries its bytes to nobody. The rest comes out, and is answered.
func TestADocumentDuringWhichThePrinterWasOffIsNotPrinted(t *testing.T) {
	for _, name := range printer.Profiles() {
		halves := 0
		for _, flow := range []printersim.Flow{printersim.FlowXON, printersim.FlowNone} {
			for after := 300 * time.Millisecond; after < 2*time.Second; after += 170 * time.Millisecond {
				for _, off := range []time.Duration{1300 * time.Millisecond, 2500 * time.Millisecond} {
					synctest.Test(t, func(t *testing.T) {
						sim := printersim.New(name)
						sim.SetBaud(9600)
						sim.SetFlow(flow)
						sim.SetSpeed(150) // as fast as the line, so that hardly a line waits in the printer
						b := start(t, sim, profile(t, name), nil)
						b.await(t, t.Context(), devices.Ready, "")
						result := b.printing(t.Context(), long())
						time.Sleep(after)
						sim.SwitchOff()
						time.Sleep(off)
						sim.SwitchOn()
						r := <-result
						if r.Outcome != printer.Uncertain {
							t.Errorf("%s, flow %s, off after %s for %s: %+v, want uncertain", name, flow, after, off, r)
						}
						if r.Reason == "line-errors" {
							halves++ // the printer has confirmed it
						}
						sim.Take()
						time.Sleep(30 * time.Second)
						if r := b.Print(t.Context(), note("next")); r.Outcome != printer.Printed {
							t.Errorf("%s, flow %s, off after %s for %s: the next one %+v, want printed", name, flow, after, off, r)
						}
						receipts := sim.Receipts()
						if last := receipts[len(receipts)-1].Text; strings.TrimSpace(last) != "next" {
							t.Errorf("%s, flow %s, off after %s for %s: the next one is not alone on its paper:\n%s", name, flow, after, off, last)
						}
					})
				}
			}
		}
		if halves == 0 {
			t.Errorf("%s: never did half a document come out: this test proves nothing", name)
		}
	}
}

// TestSilenceOnceAllOfADocumentHasArrivedIsNoDoubt has the printer say nothing for
// seconds while it prints what it has: had it been switched off, the question at the end
// would be gone with the rest.
func TestSilenceOnceAllOfADocumentHasArrivedIsNoDoubt(t *testing.T) {
	for _, name := range printer.Profiles() {
		if profile(t, name).Confirm == printer.ByProcessID {
			continue // its milestones are answered meanwhile, and nobody hears them
		}
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			sim.SetSpeed(40)
			b := start(t, sim, profile(t, name), nil)
			b.await(t, t.Context(), devices.Ready, "")
			result := b.printing(t.Context(), sample())
			time.Sleep(time.Second)
			sim.SetMute(true)
			b.await(t, t.Context(), devices.Attention, "stalled")
			time.Sleep(time.Second)
			sim.SetMute(false)
			if r := <-result; r.Outcome != printer.Printed {
				t.Errorf("%s: %+v, want printed", name, r)
			}
		})
	}
}

// TestALongDocumentOnASlowHeadIsNotDoubted has the line held again and again, for as long
// as a slow head needs to make room in a full buffer.
func TestALongDocumentOnASlowHeadIsNotDoubted(t *testing.T) {
	var d printer.Document
	for range 12 {
		d.Blocks = append(d.Blocks, sample().Blocks...)
	}
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			sim.SetBaud(115200)
			sim.SetFlow(printersim.FlowXON)
			sim.SetBuffer(profile(t, name).Buffer)
			sim.SetSpeed(60)
			b := start(t, sim, profile(t, name), nil)
			b.await(t, t.Context(), devices.Ready, "")
			if r := b.Print(t.Context(), d); r.Outcome != printer.Printed {
				t.Errorf("%s: %+v, want printed", name, r)
			}
		})
	}
}
