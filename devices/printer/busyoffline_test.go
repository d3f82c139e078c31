package printer_test

import (
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// TestAPrinterThatIsBusyWhileItsPaperIsOutGoesOnAfterTheRefill has the printer hold the
// line while it waits for a person, as its switches may say: what it told before is
// reason enough to be silent.
func TestAPrinterThatIsBusyWhileItsPaperIsOutGoesOnAfterTheRefill(t *testing.T) {
	for _, name := range []string{"epson", "star", "custom-vkp80", "custom-kpm"} {
		for _, baud := range []int{9600, 38400} {
			for _, buffer := range []int{45, 4096} {
				synctest.Test(t, func(t *testing.T) {
					sim := printersim.New(name)
					sim.SetBaud(baud)
					sim.SetFlow(printersim.FlowRTS)
					sim.SetBuffer(buffer)
					sim.SetBusyOffline(true)
					sim.SetPaperLeft(20)
					b := start(t, sim, profile(t, name), nil)
					b.await(t, t.Context(), devices.Ready, "")
					result := b.printing(t.Context(), long())
					b.await(t, t.Context(), devices.Attention, "paper-out")
					time.Sleep(time.Minute)
					sim.SetPaper(true)
					if r := <-result; r.Outcome != printer.Printed {
						t.Errorf("%s at %d, buffer of %d: %+v, want printed", name, baud, buffer, r)
					}
				})
			}
		}
	}
}
