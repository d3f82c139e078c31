package printer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// servePTY puts sim on a pseudo-terminal until the test ends and returns the
// link to it.
func servePTY(t *testing.T, sim *printersim.Sim) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), "printer")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- printersim.ServePTY(ctx, sim, link) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serving the pseudo-terminal: %v", err)
		}
		if _, err := os.Lstat(link); err == nil {
			t.Error("the link is still there")
		}
	})
	return link
}

func serialOpener(link string, flow printer.Flow) func(context.Context) (printer.Line, error) {
	return func(context.Context) (printer.Line, error) { return printer.OpenSerial(link, 19200, flow) }
}

func TestReceiptGoesThroughARealSerialLine(t *testing.T) {
	for _, flow := range []printer.Flow{printer.FlowRTS, printer.FlowXON, printer.FlowNone} {
		t.Run(string(flow), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			sim := printersim.New("epson")
			b := startOn(t, sim, serialOpener(servePTY(t, sim), flow), profile(t, "epson"))
			b.await(t, ctx, devices.Ready, "")
			if r := b.Print(ctx, sample()); r.Outcome != printer.Printed {
				t.Fatalf("%+v, want printed", r)
			}
			if got, want := sim.Receipts()[0].Text, onPaper(t, sample(), profile(t, "epson")); got != want {
				t.Errorf("on paper\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestSerialLinePulledOutInMidReceiptComesBack(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	sim := printersim.New("epson")
	sim.SetPaperLeft(40)
	b := startOn(t, sim, serialOpener(servePTY(t, sim), printer.FlowNone), profile(t, "epson"))
	b.await(t, ctx, devices.Ready, "")
	result := b.printing(ctx, sample())
	b.await(t, ctx, devices.Attention, "paper-out")
	sim.Unplug()
	if r := <-result; r.Outcome != printer.Uncertain || r.Reason != "unplugged" {
		t.Errorf("%+v, want uncertain for unplugged", r)
	}
	b.await(t, ctx, devices.Absent, "absent")
	sim.SetPaper(true)
	sim.Plug()
	b.await(t, ctx, devices.Ready, "")
	if r := b.Print(ctx, note("again")); r.Outcome != printer.Printed {
		t.Fatalf("%+v, want printed", r)
	}
	receipts := sim.Receipts()
	if last := receipts[len(receipts)-1].Text; last != "again\n" {
		t.Errorf("the last receipt is %q", last)
	}
}

// TestSimulatedPrinterOutlivesTheProgram has one program after the other on the
// same pseudo-terminal, as when the daemon is killed and started again.
func TestSimulatedPrinterOutlivesTheProgram(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	sim := printersim.New("epson")
	link := servePTY(t, sim)
	for i := range 3 {
		t.Run("", func(t *testing.T) {
			b := startOn(t, sim, serialOpener(link, printer.FlowNone), profile(t, "epson"))
			b.await(t, ctx, devices.Ready, "")
			if r := b.Print(ctx, sample()); r.Outcome != printer.Printed {
				t.Errorf("program %d: %+v, want printed", i, r)
			}
		})
	}
	if n := len(sim.Receipts()); n != 3 {
		t.Errorf("%d receipts, want 3", n)
	}
}
