package printer

import (
	"time"

	"golang.org/x/sys/unix"
)

// ClearToSend reads the CTS wire, on which a printer with flow control rts says
// that it takes bytes. It is known only where there are wires and they matter.
func (l *serialLine) ClearToSend() (up, known bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.side < 0 || l.flow != FlowRTS {
		return false, false
	}
	bits, err := unix.IoctlGetInt(l.side, unix.TIOCMGET)
	return bits&unix.TIOCM_CTS != 0, err == nil
}

// queued is how many bytes wait in the driver. A pseudo-terminal always says 0.
func (l *serialLine) queued() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.side < 0 {
		return 0
	}
	n, err := unix.IoctlGetInt(l.side, unix.TIOCOUTQ)
	if err != nil {
		return 0
	}
	return n
}

// lookEvery is a tenth of what a piece takes at 115200 baud.
const lookEvery = 2 * time.Millisecond

// drain waits until hardly anything waits in the driver, so that what was written
// has left but for a piece, and a question is answered soon. It gives up when
// nothing leaves for as long as the stall limit.
func drain(queued func() int, stall time.Duration, ended func() bool) error {
	least, deadline := queued(), time.Now().Add(stall)
	for n := least; n > pieceSize; n = queued() {
		now := time.Now()
		switch {
		case ended():
			return nil // who asks next is told
		case n < least:
			least, deadline = n, now.Add(stall)
		case now.After(deadline):
			return ErrStalled
		}
		time.Sleep(lookEvery)
	}
	return nil
}

// Baud is the speed of the line in bits per second.
func (l *serialLine) Baud() int { return l.baud }
