package printer_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// long is a document that takes seconds at 9600 baud.
func long() printer.Document {
	d := sample()
	d.Blocks = append(d.Blocks, sample().Blocks...)
	d.Blocks = append(d.Blocks, sample().Blocks...)
	return d
}

// deepLine is a cable with a driver that takes everything at once and sends it in its
// own time, as a pseudo-terminal or a USB adapter does.
type deepLine struct {
	printer.Line
	waiting       chan []byte
	closed, ended chan struct{}
}

func deep(l printer.Line) printer.Line {
	d := deepLine{l, make(chan []byte, 1000), make(chan struct{}), make(chan struct{})}
	go func() {
		defer close(d.ended)
		for {
			select {
			case b := <-d.waiting:
				for len(b) > 0 {
					n, err := l.Write(b)
					if b = b[n:]; err != nil && !stalls(err) {
						return
					}
				}
			case <-d.closed:
				return
			}
		}
	}()
	return d
}

func (l deepLine) Write(b []byte) (int, error) {
	select {
	case l.waiting <- bytes.Clone(b):
		return len(b), nil
	case <-l.closed:
		return 0, os.ErrClosed
	case <-time.After(3 * time.Second):
		return 0, printer.ErrStalled
	}
}

func (l deepLine) Close() error {
	close(l.closed)
	err := l.Line.Close()
	<-l.ended
	return err
}

// stalls says whether an error is that of a line that takes no bytes for a while.
func stalls(err error) bool {
	var r devices.Reason
	return errors.As(err, &r) && r.Reason() == "stalled"
}

// TestAPrinterThatHoldsTheLineIsNotCalledSilent has questions wait for seconds behind
// a document, in a driver that nobody can look into and before a small buffer.
func TestAPrinterThatHoldsTheLineIsNotCalledSilent(t *testing.T) {
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			sim.SetBaud(9600)
			sim.SetFlow(printersim.FlowXON)
			sim.SetBuffer(45)
			sim.SetSpeed(60)
			p := profile(t, name)
			p.Buffer = 45
			b := start(t, sim, p, deep)
			b.await(t, t.Context(), devices.Ready, "")
			if r := b.Print(t.Context(), long()); r.Outcome != printer.Printed {
				t.Errorf("%s: %+v, want printed", name, r)
			}
			for len(b.reports) > 0 {
				if s := <-b.reports; s.State != devices.Ready && s.Reason != "paper-in-mouth" {
					t.Errorf("%s: told %s %q while it printed", name, s.State, s.Reason)
				}
			}
			if lost := sim.Count().Lost; lost > 0 {
				t.Errorf("%s: %d bytes lost", name, lost)
			}
		})
	}
}

// TestTroubleWhileBytesLeaveIsToldWithinASecond stops the printer in the middle of a
// document that takes seconds, and mends it.
func TestTroubleWhileBytesLeaveIsToldWithinASecond(t *testing.T) {
	troubles := map[string]struct{ cause, mend func(*printersim.Sim) }{
		"cover-open": {
			func(s *printersim.Sim) { s.SetCover(true) },
			func(s *printersim.Sim) { s.SetCover(false) },
		},
		"paper-out": {
			func(s *printersim.Sim) { s.SetPaper(false) },
			func(s *printersim.Sim) { s.SetPaper(true) },
		},
		"printer-hot": {
			func(s *printersim.Sim) { s.SetHot(true) },
			func(s *printersim.Sim) { s.SetHot(false) },
		},
		"printer-jam": {
			func(s *printersim.Sim) { s.SetJam(true) },
			func(s *printersim.Sim) { s.SetCover(true); s.SetJam(false); s.SetCover(false) },
		},
		"stalled": {
			func(s *printersim.Sim) { s.SetStalled(true) },
			func(s *printersim.Sim) { s.SetStalled(false) },
		},
	}
	for _, name := range printer.Profiles() {
		for reason, trouble := range troubles {
			for _, after := range []time.Duration{300, 777, 1500} {
				synctest.Test(t, func(t *testing.T) {
					sim := printersim.New(name)
					sim.SetBaud(9600)
					sim.SetSpeed(150)
					b := start(t, sim, profile(t, name), nil)
					b.await(t, t.Context(), devices.Ready, "")
					result := b.printing(t.Context(), long())
					time.Sleep(after * time.Millisecond)
					began := time.Now()
					trouble.cause(sim)
					b.await(t, t.Context(), devices.Attention, reason)
					if took := time.Since(began); took > time.Second {
						t.Errorf("%s: %s told after %s", name, reason, took)
					}
					time.Sleep(1500 * time.Millisecond)
					trouble.mend(sim)
					want := printer.Printed
					if reason == "stalled" { // it might have been switched off and on
						want = printer.Uncertain
					}
					if r := <-result; r.Outcome != want || len(sim.Receipts()) != 1 {
						t.Fatalf("%s: %s: %+v and %d receipts, want one %s", name, reason, r, len(sim.Receipts()), want)
					}
					if got := sim.Receipts()[0].Text; got != onPaper(t, long(), profile(t, name)) {
						t.Errorf("%s: %s: on paper\n%s", name, reason, got)
					}
					if f := sim.Faults(); len(f) > 0 {
						t.Errorf("%s: %s: the printer complains: %q", name, reason, f)
					}
				})
			}
		}
	}
}

// TestTroubleWhilePicturesLeaveIsToldWithinASecond has only pictures on the line, which
// no question may interrupt: each piece of one has to be short enough.
func TestTroubleWhilePicturesLeaveIsToldWithinASecond(t *testing.T) {
	for _, name := range printer.Profiles() {
		for _, after := range []time.Duration{700, 1100, 2345} {
			synctest.Test(t, func(t *testing.T) {
				p := profile(t, name)
				p.OwnLetters, p.Pages = false, p.Pages[:1]
				var d printer.Document
				for range 6 {
					d.Blocks = append(d.Blocks, printer.Text{Text: strings.Repeat("ű", p.Columns)}) // in no page
				}
				sim := printersim.New(name)
				sim.SetBaud(9600)
				sim.SetSpeed(150)
				b := start(t, sim, p, nil)
				b.await(t, t.Context(), devices.Ready, "")
				result := b.printing(t.Context(), d)
				time.Sleep(after * time.Millisecond)
				began := time.Now()
				sim.SetCover(true)
				b.await(t, t.Context(), devices.Attention, "cover-open")
				if took := time.Since(began); took > time.Second {
					t.Errorf("%s: told after %s", name, took)
				}
				sim.SetCover(false)
				if r := <-result; r.Outcome != printer.Printed || len(sim.Receipts()) != 1 {
					t.Errorf("%s: %+v and %d receipts, want one printed", name, r, len(sim.Receipts()))
				}
				if f := sim.Faults(); len(f) > 0 {
					t.Errorf("%s: the printer complains: %q", name, f)
				}
			})
		}
	}
}

// TestAMuteLineEndsInTimeWhateverIsLeftToSend has the printer fall silent in
// mid-document: the rest is sent without questions, and the end is known in time.
func TestAMuteLineEndsInTimeWhateverIsLeftToSend(t *testing.T) {
	for _, name := range printer.Profiles() {
		for _, baud := range []int{9600, 19200, 115200} {
			synctest.Test(t, func(t *testing.T) {
				sim := printersim.New(name)
				sim.SetBaud(baud)
				sim.SetSpeed(150)
				b := start(t, sim, profile(t, name), nil)
				b.await(t, t.Context(), devices.Ready, "")
				began := time.Now()
				if r := b.Print(t.Context(), sample()); r.Outcome != printer.Printed {
					t.Fatalf("%s: %+v", name, r)
				}
				usual := time.Since(began)
				sim.Take()
				time.Sleep(5 * time.Second)
				began = time.Now()
				result := b.printing(t.Context(), sample())
				time.Sleep(usual / 4)
				sim.SetMute(true)
				if r := <-result; r.Outcome != printer.Uncertain || r.Reason != "no-answer" {
					t.Errorf("%s: %+v, want uncertain", name, r)
				}
				if took := time.Since(began); took > usual+10*time.Second {
					t.Errorf("%s at %d baud: known after %s; printing takes %s", name, baud, took, usual)
				}
			})
		}
	}
}

// TestBytesThatThePrinterMissedLeaveAReceiptUncertain is Custom's RS232 error.
func TestBytesThatThePrinterMissedLeaveAReceiptUncertain(t *testing.T) {
	for _, name := range []string{"custom-kpm", "custom-vkp80"} {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New(name)
			sim.SetSpeed(60)
			b := start(t, sim, profile(t, name), nil)
			b.await(t, t.Context(), devices.Ready, "")
			result := b.printing(t.Context(), sample())
			time.Sleep(time.Second)
			sim.SetLineErrors(true)
			sim.SetLineErrors(false)
			if r := <-result; r.Outcome != printer.Uncertain || r.Reason != "line-errors" {
				t.Errorf("%s: %+v, want uncertain for line-errors", name, r)
			}
			sim.Take()
			time.Sleep(5 * time.Second)
			if r := b.Print(t.Context(), note("clean")); r.Outcome != printer.Printed {
				t.Errorf("%s: the next one %+v, want printed", name, r)
			}
		})
	}
}

// lossy loses the first byte of each answer of more than one, once it is told to.
type lossy struct {
	printer.Line
	losing *atomic.Bool
}

func (l lossy) Read(b []byte) (int, error) {
	n, err := l.Line.Read(b)
	if l.losing.Load() && n > 1 {
		n = copy(b, b[1:n])
	}
	return n, err
}

// TestHalfAnAnswerIsNotTheAnswerOfTheQueue cuts the head off what the printer says:
// each byte of the rest looks like an answer of GS r, while the paper still moves.
func TestHalfAnAnswerIsNotTheAnswerOfTheQueue(t *testing.T) {
	for _, name := range []string{"custom-kpm", "custom-vkp80", "star", "th230"} {
		synctest.Test(t, func(t *testing.T) {
			sim, losing := printersim.New(name), new(atomic.Bool)
			sim.SetSpeed(20)
			b := start(t, sim, profile(t, name), func(l printer.Line) printer.Line { return lossy{l, losing} })
			b.await(t, t.Context(), devices.Ready, "")
			result := b.printing(t.Context(), sample())
			time.Sleep(time.Second)
			losing.Store(true)
			sim.SetPaperLow(true) // which is told unasked
			if r := <-result; r.Outcome == printer.Printed {
				t.Errorf("%s: printed with %d receipts cut", name, len(sim.Receipts()))
			}
		})
	}
}

// oneByte says one byte more than the printer does, when it is told to.
type oneByte struct {
	printer.Line
	say chan byte
}

func (l oneByte) Read(b []byte) (int, error) {
	n, err := l.Line.Read(b)
	if n < len(b) {
		select {
		case c := <-l.say:
			b[n] = c
			n++
		default:
		}
	}
	return n, err
}

// TestAWorkingCustomIsNotBelievedToBeDone puts a byte on the line that is a perfect
// answer of GS r: only the motor, which runs, tells that it is none.
func TestAWorkingCustomIsNotBelievedToBeDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, say := printersim.New("custom-kpm"), make(chan byte, 1)
		sim.SetSpeed(20)
		b := start(t, sim, profile(t, "custom-kpm"), func(l printer.Line) printer.Line { return oneByte{l, say} })
		b.await(t, t.Context(), devices.Ready, "")
		result := b.printing(t.Context(), sample())
		time.Sleep(time.Second)
		say <- 0
		r := <-result
		if n := len(sim.Receipts()); n != 1 {
			t.Errorf("%+v with %d receipts cut", r, n)
		}
	})
}

// TestALineHeldForEverEndsUncertainAndTheNextReceiptIsAlone has the printer take no
// byte for minutes from the middle of a document on, before a driver that takes
// everything and one that takes nothing.
func TestALineHeldForEverEndsUncertainAndTheNextReceiptIsAlone(t *testing.T) {
	for _, name := range printer.Profiles() {
		for driver, wrap := range map[string]func(printer.Line) printer.Line{"deep": deep, "shallow": nil} {
			synctest.Test(t, func(t *testing.T) {
				sim := printersim.New(name)
				sim.SetBaud(9600)
				sim.SetSpeed(150)
				b := start(t, sim, profile(t, name), wrap)
				b.await(t, t.Context(), devices.Ready, "")
				result := b.printing(t.Context(), long())
				time.Sleep(700 * time.Millisecond)
				began := time.Now()
				sim.SetStalled(true)
				if r := <-result; r.Outcome != printer.Uncertain {
					t.Errorf("%s, %s driver: %+v, want uncertain", name, driver, r)
				}
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("%s, %s driver: known after %s", name, driver, took)
				}
				time.Sleep(10 * time.Minute)
				sim.SetStalled(false)
				time.Sleep(time.Minute)
				sim.Take()
				time.Sleep(time.Minute)
				if r := b.Print(t.Context(), sample()); r.Outcome != printer.Printed {
					t.Errorf("%s, %s driver: the next one %+v, want printed", name, driver, r)
				}
				receipts := sim.Receipts()
				if last := receipts[len(receipts)-1].Text; last != onPaper(t, sample(), profile(t, name)) {
					t.Errorf("%s, %s driver: the next one is not alone on its paper:\n%s", name, driver, last)
				}
			})
		}
	}
}

// TestALineHeldForLongIsOneState has the printer take no byte for an hour: what is told
// of it settles within a minute, and then changes no more.
func TestALineHeldForLongIsOneState(t *testing.T) {
	for _, name := range printer.Profiles() {
		for driver, wrap := range map[string]func(printer.Line) printer.Line{"deep": deep, "shallow": nil} {
			synctest.Test(t, func(t *testing.T) {
				sim := printersim.New(name)
				sim.SetStalled(true)
				b := start(t, sim, profile(t, name), wrap)
				time.Sleep(time.Minute)
				synctest.Wait()
				for len(b.reports) > 0 {
					<-b.reports
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := len(b.reports); n > 0 {
					t.Errorf("%s, %s driver: told %d times, last %+v", name, driver, n, b.Status())
				}
				sim.SetStalled(false)
				b.await(t, t.Context(), devices.Ready, "")
			})
		}
	}
}
