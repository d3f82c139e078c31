package printer_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// atSpeeds opens the cable of sim at any speed and notes at which.
func atSpeeds(sim *printersim.Sim, tried *[]int) func(int) (printer.Line, error) {
	return func(baud int) (printer.Line, error) {
		*tried = append(*tried, baud)
		line, err := sim.LineFrom(printersim.Host{Baud: baud, RTS: true, XON: true})
		if err != nil {
			return nil, err
		}
		return atSpeed{line, baud}, nil
	}
}

// atSpeed is a line that knows its speed, as a serial one does.
type atSpeed struct {
	printer.Line
	baud int
}

func (l atSpeed) Baud() int { return l.baud }

func TestTheSpeedOfAPrinterIsFoundAndNothingIsPrintedMeanwhile(t *testing.T) {
	for _, name := range []string{"epson", "generic"} {
		for _, baud := range printer.Speeds {
			synctest.Test(t, func(t *testing.T) {
				sim := printersim.New(name)
				sim.SetBaud(baud)
				var tried []int
				f := printer.NewSpeedFinder(atSpeeds(sim, &tried))
				b := startOn(t, sim, f.Open, profile(t, name))
				b.await(t, t.Context(), devices.Ready, "")
				if f.Baud() != baud {
					t.Errorf("%s: found %d baud, want %d", name, f.Baud(), baud)
				}
				if r := b.Print(t.Context(), sample()); r.Outcome != printer.Printed {
					t.Errorf("%s at %d baud: %+v, want printed", name, baud, r)
				}
				if r := sim.Receipts(); len(r) != 1 || r[0].Text != onPaper(t, sample(), profile(t, name)) {
					t.Errorf("%s at %d baud: %d receipts, want ours alone", name, baud, len(r))
				}
				tried = nil
				sim.Unplug()
				b.await(t, t.Context(), devices.Absent, "absent")
				sim.Plug()
				b.await(t, t.Context(), devices.Ready, "")
				if len(tried) < 2 || tried[len(tried)-2] != baud || tried[len(tried)-1] != baud {
					t.Errorf("%s: after a replug tried %v, want %d at once", name, tried, baud)
				}
			})
		}
	}
}

func TestALineWithoutAPrinterHasNoSpeed(t *testing.T) {
	for want, turn := range map[string]func(*printersim.Sim){
		"no-answer":    func(s *printersim.Sim) { s.SetMute(true) },
		"wrong-device": func(s *printersim.Sim) { s.SetFlood(5000) },
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New("epson")
			sim.SetBaud(9600)
			turn(sim)
			var tried []int
			_, err := printer.NewSpeedFinder(atSpeeds(sim, &tried)).Open(t.Context())
			var reason devices.Reason
			if !errors.As(err, &reason) || reason.Reason() != want {
				t.Errorf("%v, want %s", err, want)
			}
			slices.Sort(tried)
			if len(slices.Compact(tried)) != len(printer.Speeds) {
				t.Errorf("tried %v, want each of %v", tried, printer.Speeds)
			}
			if n := len(sim.Receipts()); n > 0 {
				t.Errorf("%d receipts were printed", n)
			}
			sim.SetFlood(0)
			time.Sleep(time.Second)
		})
	}
}

func TestASearchForTheSpeedEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		sim.SetMute(true)
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer cancel()
		var tried []int
		_, err := printer.NewSpeedFinder(atSpeeds(sim, &tried)).Open(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || len(tried) != 2 {
			t.Errorf("%v after %v, want the end of the context at the second speed", err, tried)
		}
	})
}

// TestAWrongSettingNeverPrints has the line at every other speed, and the printer at
// another parity.
func TestAWrongSettingNeverPrints(t *testing.T) {
	for _, name := range printer.Profiles() {
		for _, baud := range printer.Speeds {
			for _, parity := range []printersim.Parity{printersim.ParityNone, printersim.ParityEven, printersim.ParityOdd} {
				if baud == 9600 && parity == printersim.ParityNone {
					continue
				}
				synctest.Test(t, func(t *testing.T) {
					sim := printersim.New(name)
					sim.SetBaud(9600)
					sim.SetParity(parity)
					open := func(context.Context) (printer.Line, error) {
						return sim.LineFrom(printersim.Host{Baud: baud, RTS: true, XON: true})
					}
					b := startOn(t, sim, open, profile(t, name))
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					if r := b.Print(ctx, sample()); r.Outcome == printer.Printed {
						t.Errorf("%s at %d baud, parity %s: %+v", name, baud, parity, r)
					}
					if sim.Count().Garbled == 0 {
						t.Errorf("%s at %d baud, parity %s: every byte was read", name, baud, parity)
					}
				})
			}
		}
	}
}
