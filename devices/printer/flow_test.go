package printer_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// drawn is a document that is sent as pictures: more than a buffer of 4 KB holds, and
// more than the head prints while the line brings it.
func drawn(p printer.Profile) (printer.Document, printer.Profile) {
	p.QR = printer.QRRaster
	var d printer.Document
	for range 3 {
		d.Blocks = append(d.Blocks, printer.QR{Data: strings.Repeat("K7M2-94QX", 30)})
	}
	return d, p
}

// TestFlowControlLosesNoByteOnARealLine has buffers too small for what comes. Without
// the same flow control at both ends bytes are lost: the test could fail.
func TestFlowControlLosesNoByteOnARealLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		printer printersim.Flow
		host    printer.Flow
		buffer  int
		lossy   bool
	}{
		{printersim.FlowRTS, printer.FlowRTS, 45, false},
		{printersim.FlowXON, printer.FlowXON, 45, false},
		{printersim.FlowRTS, printer.FlowRTS, 4096, false},
		{printersim.FlowXON, printer.FlowXON, 4096, false},
		{printersim.FlowRTS, printer.FlowNone, 45, true},
		{printersim.FlowXON, printer.FlowNone, 45, true},
		{printersim.FlowRTS, printer.FlowXON, 45, true},
		{printersim.FlowXON, printer.FlowRTS, 45, true},
	} {
		t.Run(fmt.Sprintf("printer %s, host %s, %d bytes", tt.printer, tt.host, tt.buffer), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			d, p, speed := sample(), profile(t, "epson"), 150.0
			if tt.buffer > 45 {
				d, p = drawn(p)
				speed = 60
			}
			p.Buffer = tt.buffer
			sim := printersim.New("epson")
			sim.SetBaud(115200)
			sim.SetFlow(tt.printer)
			sim.SetBuffer(tt.buffer)
			sim.SetSpeed(speed)
			link := servePTY(t, sim)
			b := startOn(t, sim, func(context.Context) (printer.Line, error) { return printer.OpenSerial(link, 115200, tt.host) }, p)
			b.await(t, ctx, devices.Ready, "")
			if tt.lossy {
				sim.SetSpeed(5) // so that no machine is too slow to overrun it
				giveUp, stop := context.WithCancel(ctx)
				defer stop()
				result := b.printing(giveUp, d) // what it ends in depends on which bytes are lost
				if !loses(ctx, sim) {
					t.Error("no byte was lost: this test proves nothing")
				}
				stop()
				<-result
				return
			}
			if r := b.Print(ctx, d); r.Outcome != printer.Printed {
				t.Errorf("%+v, want printed", r)
			}
			if c := sim.Count(); c != (printersim.Count{}) {
				t.Errorf("the printer counted %+v, %q", c, sim.Faults())
			}
			if n := len(sim.Receipts()); n != 1 {
				t.Errorf("%d receipts, want one", n)
			}
		})
	}
}

// loses waits until the printer has lost a byte.
func loses(ctx context.Context, sim *printersim.Sim) bool {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for sim.Count().Lost == 0 {
		select {
		case <-look.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// running says whether a goroutine of this package's line still runs.
func running() bool {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Contains(stacks, []byte("printer.(*serialLine)")) || bytes.Contains(stacks, []byte("printer.(*talk)"))
}

// TestTroubleOnARealLineIsToldAndLeavesNothingRunning has the line itself fail in
// mid-document: the cable out, the line held for ever. Each is told, ends in one receipt
// or an uncertain one, and nothing of it runs on afterwards.
func TestTroubleOnARealLineIsToldAndLeavesNothingRunning(t *testing.T) {
	for name, tt := range map[string]struct {
		cause, mend func(*printersim.Sim)
		state       devices.State
		reason      string
		mended      []printer.Outcome
	}{
		"unplugged": {(*printersim.Sim).Unplug, (*printersim.Sim).Plug, devices.Absent, "absent", []printer.Outcome{printer.Uncertain}},
		"held for ever": {
			func(s *printersim.Sim) { s.SetStalled(true) }, func(s *printersim.Sim) { s.SetStalled(false) },
			// On a busy machine it is held for as long as a printer takes to start.
			devices.Attention, "stalled",
			[]printer.Outcome{printer.Printed, printer.Uncertain},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			sim := printersim.New("epson")
			sim.SetBaud(19200)
			link := servePTY(t, sim)
			b := prepare(sim, serialOpener(link, printer.FlowRTS), profile(t, "epson"))
			run, stop := context.WithCancel(ctx)
			defer stop()
			stopped := make(chan struct{})
			go func() { defer close(stopped); b.watchUntil(run) }()
			b.await(t, ctx, devices.Ready, "")
			var began time.Time
			result := make(chan printer.Result, 1)
			sent := crawl(sim, func(s *printersim.Sim) { began = time.Now(); tt.cause(s) })
			go func() { result <- b.PrintWitnessed(ctx, sample(), sent) }()
			told := b.awaitReport(t, ctx, tt.state, tt.reason)
			t.Logf("told after %s", told.Since.Sub(began).Round(time.Millisecond))
			tt.mend(sim)
			if r := <-result; !slices.Contains(tt.mended, r.Outcome) {
				t.Errorf("%+v, want one of %s", r, tt.mended)
			}
			b.await(t, ctx, devices.Ready, "")
			if r := b.Print(ctx, note("next")); r.Outcome != printer.Printed {
				t.Errorf("the next one: %+v, want printed", r)
			}
			receipts := sim.Receipts()
			if last := receipts[len(receipts)-1].Text; last != "next\n" {
				t.Errorf("the last receipt is %q", last)
			}
			stop()
			<-stopped
			for running() {
				if ctx.Err() != nil {
					t.Fatal("a goroutine of the line runs on")
				}
				runtime.Gosched()
			}
		})
	}
}

// TestAFloodOnARealLineEndsWithItsCause has garbage come as fast as a megabyte per
// second: it is told, a program that ends in the middle of it ends, and a printer that
// recovers is used again.
func TestAFloodOnARealLineEndsWithItsCause(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	sim := printersim.New("epson")
	link := servePTY(t, sim)
	for range 2 {
		b := prepare(sim, serialOpener(link, printer.FlowRTS), profile(t, "epson"))
		run, stop := context.WithCancel(ctx)
		defer stop()
		stopped := make(chan struct{})
		go func() { defer close(stopped); b.watchUntil(run) }()
		b.await(t, ctx, devices.Ready, "")
		sim.SetFlood(1 << 20)
		b.await(t, ctx, devices.Failed, "no-answer")
		if r := b.Print(ctx, note("x")); r.Outcome != printer.NotPrinted {
			t.Errorf("%+v, want not printed", r)
		}
		stop()
		<-stopped
		sim.SetFlood(0)
	}
}

// TestAReceiptThatNobodyConfirmsIsUncertain has the printer fall silent on a real line
// and print on: the paper is there, and the record does not say so. How soon it is known
// is shown where time stands still.
func TestAReceiptThatNobodyConfirmsIsUncertain(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	sim := printersim.New("epson")
	sim.SetBaud(19200)
	b := startOn(t, sim, serialOpener(servePTY(t, sim), printer.FlowNone), profile(t, "epson"))
	b.await(t, ctx, devices.Ready, "")
	out := make(chan struct{}, 1)
	sim.OnReceipt(func(printersim.Receipt) { out <- struct{}{} })
	r := b.PrintWitnessed(ctx, sample(), crawl(sim, func(s *printersim.Sim) { s.SetMute(true) }))
	if r.Outcome != printer.Uncertain || r.Reason != "no-answer" {
		t.Errorf("%+v, want uncertain", r)
	}
	t.Logf("known after %d ms", r.Millis)
	select {
	case <-out:
	case <-ctx.Done():
		t.Error("the receipt did not come out")
	}
}

// takeNumber opens pseudo-terminals until the test ends, so that the next one has
// another number than the last.
func takeNumber(t *testing.T) {
	t.Helper()
	for range 3 {
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { master.Close(); slave.Close() })
	}
}

// TestAnotherNumberOfTheDeviceIsTheSamePrinter has the cable come back under another
// name of the kernel's, as ttyUSB0 becomes ttyUSB1.
func TestAnotherNumberOfTheDeviceIsTheSamePrinter(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	sim := printersim.New("epson")
	link := servePTY(t, sim)
	b := startOn(t, sim, serialOpener(link, printer.FlowNone), profile(t, "epson"))
	b.await(t, ctx, devices.Ready, "")
	before, err := os.Readlink(link)
	if err != nil {
		t.Fatal(err)
	}
	sim.Unplug()
	b.await(t, ctx, devices.Absent, "absent")
	takeNumber(t)
	sim.Plug()
	b.await(t, ctx, devices.Ready, "")
	after, err := os.Readlink(link)
	if err != nil || after == before {
		t.Fatalf("the device is %s after %s, %v: this test proves nothing", after, before, err)
	}
	if r := b.Print(ctx, note("again")); r.Outcome != printer.Printed {
		t.Errorf("%+v, want printed", r)
	}
}
