package printer_test

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// counted is a cable that counts what is written to it, and may have a CTS wire.
type counted struct {
	printer.Line
	writes, reads *atomic.Int64
	seen          *bytes.Buffer // nil when only the counts matter
}

func (l counted) Write(b []byte) (int, error) {
	l.writes.Add(1)
	if l.seen != nil {
		l.seen.Write(b)
	}
	return l.Line.Write(b)
}

func (l counted) Read(b []byte) (int, error) {
	l.reads.Add(1)
	return l.Line.Read(b)
}

// heldDown is a line whose CTS wire is down.
type heldDown struct{ printer.Line }

func (heldDown) ClearToSend() (up, known bool) { return false, true }

func TestACableWithoutCTSIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		sim.SetMute(true)
		b := start(t, sim, profile(t, "epson"), func(l printer.Line) printer.Line { return heldDown{l} })
		b.await(t, t.Context(), devices.Failed, "no-answer")
		if d := b.Status().Detail; !strings.Contains(d, "CTS") {
			t.Errorf("detail %q does not name CTS", d)
		}
	})
}

// TestPollingConfirmsOnlyWhatMovedAndRests has a printer that knows no question to be
// answered in its turn.
func TestPollingConfirmsOnlyWhatMovedAndRests(t *testing.T) {
	for _, name := range []string{"custom-kpm", "custom-vkp80"} {
		p := profile(t, name)
		p.Confirm = printer.ByPolling
		for trouble, turn := range map[string]func(*printersim.Sim){
			"":            func(*printersim.Sim) {},
			"no-answer":   func(s *printersim.Sim) { s.SetMute(true) },
			"line-errors": func(s *printersim.Sim) { s.SetLineErrors(true) },
			"unplugged":   func(s *printersim.Sim) { s.Unplug() },
		} {
			synctest.Test(t, func(t *testing.T) {
				sim := printersim.New(name)
				sim.SetSpeed(60)
				b := start(t, sim, p, nil)
				b.await(t, t.Context(), devices.Ready, "")
				result := b.printing(t.Context(), sample())
				time.Sleep(700 * time.Millisecond)
				turn(sim)
				r := <-result
				if (r.Outcome == printer.Printed) != (trouble == "") || r.Reason != trouble {
					t.Errorf("%s: %+v, want %q", name, r, trouble)
				}
				if r.Outcome == printer.Printed && sim.Mouth() != 1 {
					t.Errorf("%s: printed, and nothing is in the mouth", name)
				}
			})
		}
	}
}

// TestAPrinterThatMustNotBeAskedIsNotAsked is for those that a question makes useless.
func TestAPrinterThatMustNotBeAskedIsNotAsked(t *testing.T) {
	for confirm, want := range map[printer.Confirmation]printer.Outcome{
		printer.ByProcessID: printer.Printed,
		printer.ByNothing:   printer.Uncertain,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := profile(t, "epson")
			p.Dialect, p.Confirm, p.Storage = printer.StatusNone, confirm, printer.NotStored
			sim, line := printersim.New("epson"), counted{writes: new(atomic.Int64), reads: new(atomic.Int64), seen: new(bytes.Buffer)}
			b := start(t, sim, p, func(l printer.Line) printer.Line { line.Line = l; return line })
			if r := b.Print(t.Context(), sample()); r.Outcome != want {
				t.Errorf("%s: %+v, want %s", confirm, r, want)
			}
			time.Sleep(time.Hour)
			for _, question := range []string{"\x10\x04", "\x1da", "\x1dr", "\x1d\xe0"} {
				if bytes.Contains(line.seen.Bytes(), []byte(question)) {
					t.Errorf("%s: the printer was asked % X", confirm, question)
				}
			}
			if n := len(sim.Receipts()); n != 1 {
				t.Errorf("%s: %d receipts", confirm, n)
			}
		})
	}
}

// TestAFreedBladeIsToldToGoOn frees a blade without opening the cover: the printer
// then waits for DLE ENQ 1, and cuts what it had printed.
func TestAFreedBladeIsToldToGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		sim.SetSpeed(150)
		sim.SetCutterJam(true)
		b := start(t, sim, profile(t, "epson"), nil)
		b.await(t, t.Context(), devices.Ready, "")
		result := b.printing(t.Context(), sample())
		b.await(t, t.Context(), devices.Attention, "cutter-jam")
		sim.SetCutterJam(false)
		if r := <-result; r.Outcome != printer.Printed || len(sim.Receipts()) != 1 {
			t.Errorf("%+v and %d receipts, want one printed", r, len(sim.Receipts()))
		}
	})
}

// TestNobodysDocumentIsDroppedByTheRecovery has the caller leave while the blade is
// stuck: DLE ENQ 2 drops the rest, and a blade that stays stuck is spared.
func TestNobodysDocumentIsDroppedByTheRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, line := printersim.New("epson"), counted{writes: new(atomic.Int64), reads: new(atomic.Int64), seen: new(bytes.Buffer)}
		sim.SetSpeed(150)
		b := start(t, sim, profile(t, "epson"), func(l printer.Line) printer.Line { line.Line = l; return line })
		b.await(t, t.Context(), devices.Ready, "")
		sim.SetJam(true)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if r := b.Print(ctx, sample()); r.Outcome == printer.Printed {
			t.Fatalf("%+v, want none printed", r)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		tries := bytes.Count(line.seen.Bytes(), []byte{0x10, 0x05, 2})
		if most := 12; tries < 1 || tries > most {
			t.Errorf("DLE ENQ 2 was sent %d times in an hour, want 1 to %d", tries, most)
		}
		sim.SetJam(false)
		sim.SetCover(true)
		sim.SetCover(false)
		b.await(t, t.Context(), devices.Ready, "")
		if r := b.Print(t.Context(), note("next")); r.Outcome != printer.Printed {
			t.Fatalf("%+v, want printed", r)
		}
		receipts := sim.Receipts()
		if last := receipts[len(receipts)-1].Text; last != "next\n" {
			t.Errorf("the last receipt is %q", last)
		}
	})
}

// TestAnIdlePrinterIsLeftInPeace counts what wakes the processor in an hour: no busy
// loop whether the device is there or not. A round of questions each second is four
// writes and four answers of a few microseconds, far below a thousandth.
func TestAnIdlePrinterIsLeftInPeace(t *testing.T) {
	const seconds = 3600
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim, line := printersim.New(name), counted{writes: new(atomic.Int64), reads: new(atomic.Int64)}
			var opens atomic.Int64
			open := func(context.Context) (printer.Line, error) {
				opens.Add(1)
				l, err := sim.Line()
				line.Line = l
				return line, err
			}
			b := startOn(t, sim, open, profile(t, name))
			b.await(t, t.Context(), devices.Ready, "")
			time.Sleep(seconds * time.Second)
			if o, w, r := opens.Load(), line.writes.Load(), line.reads.Load(); o != 1 || w > 4*seconds+10 || r > 4*seconds+10 {
				t.Errorf("%s, there: opened %d times, %d writes and %d reads in an hour", name, o, w, r)
			}
			sim.Unplug()
			b.await(t, t.Context(), devices.Absent, "absent")
			opens.Store(0)
			line.writes.Store(0)
			line.reads.Store(0)
			time.Sleep(seconds * time.Second)
			if o, w, r := opens.Load(), line.writes.Load(), line.reads.Load(); o > seconds+5 || o < seconds/2 || w+r > 0 {
				t.Errorf("%s, gone: opened %d times, %d writes and %d reads in an hour", name, o, w, r)
			}
		})
	}
}
