package printer_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

func TestPrinterSaysItsNameAndPrintsNothing(t *testing.T) {
	sim := printersim.New("epson")
	got, err := printer.Identify(t.Context(), func(context.Context) (printer.Line, error) { return sim.Line() })
	want := printer.Identity{Maker: "PUE", Model: "SIMULATED epson", Firmware: "1.00 SIM"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	if state := sim.State(); state.Receipts > 0 || len(state.Faults) > 0 {
		t.Errorf("the question left its mark: %+v", state)
	}
}

func TestPrinterThatIsMuteHasNoName(t *testing.T) {
	t.Parallel()
	sim := printersim.New("epson")
	sim.SetMute(true)
	got, err := printer.Identify(t.Context(), func(context.Context) (printer.Line, error) { return sim.Line() })
	if diff := cmp.Diff(printer.Identity{}, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}
