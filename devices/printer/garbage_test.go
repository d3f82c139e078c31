package printer_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// FuzzNoNonsenseConfirms lets a printer of any dialect answer anything. Without
// knowing our process id it can confirm nothing; where an answer is but a byte, the
// byte and a status after it have to be there. No answer stops the program.
func FuzzNoNonsenseConfirms(f *testing.F) {
	round := []byte{0x12, 0x12, 0x12, 0x12}
	f.Add(uint8(0), append(round, 0x37, 0x22, 'a', 'b', 'c', 'd', 0))
	f.Add(uint8(0), []byte{0x10, 0, 0, 0, 0x12, 0x12, 0x12, 0x12, 0, 0, 0, 0x13, 0x11, 0xFF})
	f.Add(uint8(0), []byte{0x18, 0, 0x0F, 0, 0x10, 0x10, 0x10, 0x5F, 0x5F})
	f.Add(uint8(0), append([]byte{0x37}, bytes.Repeat([]byte{0x41}, 200)...))
	f.Add(uint8(1), append(append(bytes.Clone(round), 0), round...)) // a well-formed one
	f.Add(uint8(1), append(bytes.Clone(round), 0, 0, 0, 0x12))
	f.Add(uint8(2), []byte{0x10, 0x0F, 0, 0, 0, 0, 0, 0x10, 0x0F, 0, 0x0C, 0, 0, 0x0F, 0, 0, 0, 0})
	f.Add(uint8(3), []byte{0x10, 0x0F, 0x20, 0x0C, 0, 0, 0x10, 0x0F, 0x20, 0, 0, 0, 0x10, 0x0F, 0x20, 0, 0, 0})
	f.Add(uint8(4), append(round, 0, 0, 0x37, 0x22, ' ', ' ', ' ', ' ', 0))
	polled, silent := profile(f, "custom-kpm"), profile(f, "generic")
	polled.Confirm = printer.ByPolling
	silent.Dialect, silent.Confirm = printer.StatusNone, printer.ByNothing
	kinds := []struct {
		profile printer.Profile
		could   func([]byte) bool // whether a stream of answers could be a confirmation
	}{
		{profile(f, "epson"), func([]byte) bool { return false }},
		{profile(f, "generic"), queuedThenRound},
		{profile(f, "custom-kpm"), queuedThenFull},
		{polled, func(b []byte) bool { return bytes.Count(b, []byte{0x10, 0x0F}) >= 3 }},
		{silent, func([]byte) bool { return false }},
	}
	f.Fuzz(func(t *testing.T, which uint8, answers []byte) {
		kind := kinds[int(which)%len(kinds)]
		synctest.Test(t, func(t *testing.T) {
			open := func(context.Context) (printer.Line, error) {
				return &babble{answers: bytes.NewReader(answers), written: make(chan struct{}, 100), closed: make(chan struct{})}, nil
			}
			b := startOn(t, nil, open, kind.profile)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if r := b.Print(ctx, note("x")); r.Outcome == printer.Printed && !kind.could(answers) {
				t.Fatalf("%s: answers % X confirmed a document: %+v", kind.profile.Name, answers, r)
			}
		})
	})
}

// queuedThenRound: a byte of GS r, and after it the four of DLE EOT; or no status at
// all, from a printer that answers nothing else.
func queuedThenRound(b []byte) bool {
	status := 0
	for i, c := range b {
		if c&0x90 == 0 {
			for _, s := range b[i+1:] {
				if s&0x93 == 0x12 {
					status++
				}
			}
			return status >= 4 || !slices.ContainsFunc(b, func(c byte) bool { return c&0x93 == 0x12 })
		}
	}
	return false
}

func queuedThenFull(b []byte) bool {
	for i, c := range b {
		if c&0x90 == 0 && bytes.Contains(b[i+1:], []byte{0x10, 0x0F}) {
			return true
		}
	}
	return false
}

// noisy is a cable that picks up bytes that the printer does not say.
type noisy struct {
	printer.Line
	heard chan []byte
	ended chan struct{}
}

func pickUp(l printer.Line, noise <-chan []byte) printer.Line {
	n := noisy{l, make(chan []byte), make(chan struct{})}
	said := make(chan []byte)
	go func() {
		defer close(said)
		for {
			b := make([]byte, 64)
			k, err := l.Read(b)
			if err != nil {
				return
			}
			said <- b[:k]
		}
	}()
	go func() {
		defer close(n.heard)
		for {
			select {
			case b, open := <-said:
				if !open {
					return
				}
				n.pass(b)
			case b := <-noise:
				n.pass(b)
			}
		}
	}()
	return n
}

func (n noisy) pass(b []byte) {
	select {
	case n.heard <- b:
	case <-n.ended:
	}
}

func (n noisy) Read(b []byte) (int, error) {
	said, open := <-n.heard
	if !open {
		return 0, devices.ErrAbsent
	}
	return copy(b, said), nil
}

func (n noisy) Close() error {
	close(n.ended)
	return n.Line.Close()
}

// TestGarbageIsNeverAConfirmation stops a printer in mid-document, for good, and has
// the cable pick up bytes beside its honest answers: half of them are such as a
// printer says. Without the garbage each of these documents ends printed.
func TestGarbageIsNeverAConfirmation(t *testing.T) {
	streams := 150
	if testing.Short() {
		streams = 20
	}
	r := rand.New(rand.NewPCG(6, 9))
	for _, name := range printer.Profiles() {
		for range streams {
			synctest.Test(t, func(t *testing.T) {
				sim, noise := printersim.New(name), make(chan []byte, 200)
				sim.SetSpeed(60)
				b := start(t, sim, profile(t, name), func(l printer.Line) printer.Line { return pickUp(l, noise) })
				b.await(t, t.Context(), devices.Ready, "")
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				result := b.printing(ctx, sample())
				time.Sleep(500 * time.Millisecond)
				sim.SetCover(true)
				var all []byte
				for range 1 + r.IntN(20) {
					g := garbage(r)
					all = append(all, g...)
					noise <- g
					time.Sleep(time.Duration(r.IntN(2000)) * time.Millisecond)
				}
				if got := <-result; got.Outcome == printer.Printed {
					t.Errorf("%s: after % X: %+v, and %d receipts were cut", name, all, got, len(sim.Receipts()))
				}
			})
		}
	}
}

// TestAFloodTakesNeitherTheProcessorNorAConfirmation has a megabyte of garbage per
// second in mid-document, for an hour.
func TestAFloodTakesNeitherTheProcessorNorAConfirmation(t *testing.T) {
	for _, name := range printer.Profiles() {
		synctest.Test(t, func(t *testing.T) {
			sim, line := printersim.New(name), counted{writes: new(atomic.Int64), reads: new(atomic.Int64)}
			sim.SetSpeed(60)
			b := start(t, sim, profile(t, name), func(l printer.Line) printer.Line { line.Line = l; return line })
			b.await(t, t.Context(), devices.Ready, "")
			result := b.printing(t.Context(), sample())
			time.Sleep(500 * time.Millisecond)
			sim.SetFlood(1 << 20)
			r := <-result
			if r.Outcome != printer.Uncertain {
				t.Errorf("%s: %+v, want uncertain", name, r)
			}
			line.reads.Store(0)
			line.writes.Store(0)
			const seconds = 60
			time.Sleep(seconds * time.Second)
			// After a kilobyte the line is left alone for a tenth of a second.
			if reads, writes := line.reads.Load(), line.writes.Load(); reads > 20*seconds || writes > 4*seconds {
				t.Errorf("%s: %d reads and %d writes in a minute", name, reads, writes)
			}
			sim.SetFlood(0)
			sim.Take()
			time.Sleep(time.Minute)
			if r := b.Print(t.Context(), note("after")); r.Outcome != printer.Printed {
				t.Errorf("%s: after the flood %+v, want printed", name, r)
			}
		})
	}
}

// garbage is up to forty bytes.
func garbage(r *rand.Rand) []byte {
	b := make([]byte, 1+r.IntN(40))
	for i := range b {
		b[i] = byte(r.Uint32())
		if r.IntN(2) == 0 {
			b[i] = []byte{0x00, 0x10, 0x12, 0x0F, 0x37, 0x22, 0x1A, 0x13, 0x20}[r.IntN(9)]
		}
	}
	return b
}
