package printer

import (
	"fmt"
	"io"

	"pue/devices"
)

// Line carries bytes to a printer and back.
//
// Read waits until there is at least one byte, or the line is closed or gone.
// Write returns [ErrStalled] when the printer takes no bytes for a while, with
// the number of bytes it did take. Close ends a Read that waits.
type Line interface {
	io.ReadWriteCloser
}

// ErrStalled marks a line whose printer takes no more bytes: it is busy, out of
// paper with flow control on, switched off, or the cable lacks a wire.
var ErrStalled error = stalled{}

type stalled struct{}

func (stalled) Error() string { return "printer takes no bytes" }

// Reason implements [devices.Reason].
func (stalled) Reason() string { return "stalled" }

// ErrNotSerial marks a path that leads to something, but not to a serial line.
var ErrNotSerial error = notSerial{}

type notSerial struct{}

func (notSerial) Error() string { return "not a serial line" }

// Reason implements [devices.Reason].
func (notSerial) Reason() string { return "wrong-device" }

// errGone is a line that was there and is not any more.
var errGone = fmt.Errorf("line hung up: %w", devices.ErrAbsent)
