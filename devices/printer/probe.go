package printer

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"pue/devices"
)

// Speeds are those that printers are set to, the usual ones first.
var Speeds = []int{19200, 9600, 38400, 115200, 57600, 4800, 2400, 1200}

const (
	// probeWait is several times what question and answer take at 1200 baud.
	probeWait = 300 * time.Millisecond
	// probeRounds: one byte that fits may be chance (1 of 16), three are not.
	probeRounds = 3
)

// SpeedFinder opens the line of a printer whose speed nobody knows. It remembers
// the speed once it is found.
type SpeedFinder struct {
	open  func(baud int) (Line, error)
	found atomic.Int64
}

// NewSpeedFinder returns one for the line that open opens.
func NewSpeedFinder(open func(baud int) (Line, error)) *SpeedFinder {
	return &SpeedFinder{open: open}
}

// Baud is the speed at which the printer last answered, 0 when it never did.
func (f *SpeedFinder) Baud() int { return int(f.found.Load()) }

// Opener returns what [New] wants for the serial device at path, which may come and
// go. A baud of 0 stands for the speed that a [SpeedFinder] finds.
func Opener(path string, baud int, flow Flow, log *slog.Logger) func(context.Context) (Line, error) {
	if baud != 0 {
		return func(context.Context) (Line, error) { return OpenSerial(path, baud, flow) }
	}
	f := NewSpeedFinder(func(baud int) (Line, error) { return OpenSerial(path, baud, flow) })
	return func(ctx context.Context) (Line, error) {
		line, err := f.Open(ctx)
		if err == nil {
			log.Info("printer answers", "device", "printer", "baud", f.Baud())
		}
		return line, err
	}
}

// Open opens the line at the first speed at which the printer answers DLE EOT 1
// as the standard has it, beginning with the last that was right. It prints
// nothing; what a printer makes of the question at another speed is washed away.
func (f *SpeedFinder) Open(ctx context.Context) (Line, error) {
	babbled := 0
	for _, baud := range f.order() {
		line, err := f.open(baud)
		if err != nil {
			return nil, err
		}
		heard := probe(ctx, line)
		_ = line.Close() // a Read may still wait in it
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case heard == sense:
			f.found.Store(int64(baud))
			return f.washed(baud)
		case heard == nonsense:
			babbled++
		}
	}
	if babbled == len(Speeds) {
		return nil, errBabbles
	}
	return nil, errNoSpeed
}

// order is all speeds, the one that was right before the others.
func (f *SpeedFinder) order() []int {
	all := slices.Clone(Speeds)
	if i := slices.Index(all, f.Baud()); i > 0 {
		all = slices.Insert(slices.Delete(all, i, i+1), 0, f.Baud())
	}
	return all
}

// washed opens the line for good. Blanks complete what the printer took for half
// a command, and ESC @ drops what it took for the beginning of a line.
func (f *SpeedFinder) washed(baud int) (Line, error) {
	line, err := f.open(baud)
	if err != nil {
		return nil, err
	}
	if _, err := line.Write(append(make([]byte, 64), esc, '@')); err != nil {
		_ = line.Close()
		return nil, fmt.Errorf("washing the line: %w", err)
	}
	return line, nil
}

type heard uint8

const (
	silence  heard = iota
	nonsense       // bytes, but not the answer
	sense
)

// probe asks a few times and wants exactly one byte for each question, 0xx1xx10.
// It ends at the first answer that is none.
func probe(ctx context.Context, line Line) heard {
	bytes := make(chan byte, 256)
	go collect(line, bytes)
	for range probeRounds {
		if _, err := line.Write([]byte{dle, 4, 1}); err != nil {
			return silence
		}
		if h := hearOne(ctx, bytes); h != sense {
			return h
		}
	}
	return sense
}

// collect passes on what comes until the line is closed; a flood of more than
// anybody takes is dropped.
func collect(line Line, to chan<- byte) {
	buf := make([]byte, 64)
	for {
		n, err := line.Read(buf)
		for _, b := range buf[:n] {
			select {
			case to <- b:
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

// hearOne waits for an answer, and a little for what must not follow it.
func hearOne(ctx context.Context, bytes <-chan byte) heard {
	h, wait := silence, time.After(probeWait)
	for {
		select {
		case b := <-bytes:
			switch {
			case b == xon || b == xoff:
			case h == silence && b&fixedMask == fixedRealtime:
				h, wait = sense, time.After(probeWait/10)
			default:
				return nonsense
			}
		case <-wait:
			return h
		case <-ctx.Done():
			return silence
		}
	}
}

// The two ways not to find a speed.
var (
	errNoSpeed = noSpeed{"no-answer", "printer answers at no speed"}
	errBabbles = noSpeed{"wrong-device", "what is on the line talks at every speed, and at none as a printer does"}
)

type noSpeed struct{ reason, text string }

func (e noSpeed) Error() string { return e.text }

// Reason implements [devices.Reason].
func (e noSpeed) Reason() string { return e.reason }

var _ devices.Reason = noSpeed{}
