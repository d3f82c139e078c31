package printer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tarm/serial"
	"golang.org/x/sys/unix"

	"pue/devices"
)

// Flow is how the printer asks the line to wait. It must agree with the
// printer's own switch.
type Flow string

const (
	FlowRTS  Flow = "rts"  // the printer's BUSY wire on our CTS
	FlowXON  Flow = "xon"  // XON and XOFF bytes (11h, 13h)
	FlowNone Flow = "none" // only for printers with a buffer larger than a receipt
)

const (
	// readTimeout is the shortest that VTIME can express (termios(3)), and so
	// the longest that Close waits for a Read.
	readTimeout = 100 * time.Millisecond
	// pieceSize never blocks after POLLOUT: Linux reports room only while fewer
	// than 256 bytes wait, and every driver's buffer holds at least twice that.
	pieceSize = 256
	// stallLimit is longer than any pause of a working printer: one cut and one
	// long feed take under a second.
	stallLimit = 3 * time.Second
)

// serialLine is tarm/serial with what it lacks, added by a second descriptor on
// the same device: termios and hang-up belong to the device, not to the
// descriptor.
type serialLine struct {
	port    *serial.Port
	flow    Flow
	baud    int
	stall   time.Duration
	closed  atomic.Bool
	stalled atomic.Bool // closed by a write that never returned

	mu   sync.RWMutex // held for writing only to close side
	side int          // second descriptor, never blocks
}

// OpenSerial opens the serial device at path, which may be a symbolic link, for
// this process alone. An error wraps [devices.ErrAbsent] when there is nothing
// at path and [ErrNotSerial] when there is something else.
func OpenSerial(path string, baud int, flow Flow) (Line, error) {
	l, err := openSerial(path, baud, flow)
	if err != nil {
		return nil, fmt.Errorf("opening printer line %s: %w", path, err)
	}
	return l, nil
}

func openSerial(path string, baud int, flow Flow) (*serialLine, error) {
	// Both descriptors must reach the same device, even if the link moves.
	device, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, devices.ErrAbsent
	}
	if err != nil {
		return nil, fmt.Errorf("following the link: %w", err)
	}
	if info, err := os.Stat(device); err == nil && info.Mode()&os.ModeCharDevice == 0 {
		return nil, fmt.Errorf("%s: %w", info.Mode().Type(), ErrNotSerial)
	}
	port, err := serial.OpenPort(&serial.Config{Name: device, Baud: baud, ReadTimeout: readTimeout})
	if err != nil {
		return nil, meaning(err)
	}
	side, err := unix.Open(device, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		_ = port.Close()
		return nil, meaning(err)
	}
	l := &serialLine{port: port, side: side, flow: flow, baud: baud, stall: stallLimit}
	if err := l.claim(flow); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// meaning names the errors of open(2) that a technician can act on.
func meaning(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EIO):
		return fmt.Errorf("%w: %w", devices.ErrAbsent, err)
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: %w", ErrNotSerial, err)
	}
	return err
}

// claim keeps other programs out, sets the flow control that tarm/serial cannot,
// and forgets what an earlier user of the line left unread. It comes after
// OpenPort, which overwrites termios.
func (l *serialLine) claim(flow Flow) error {
	if err := unix.Flock(l.side, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("locking the line against a second daemon: %w", err)
	}
	if err := unix.IoctlSetInt(l.side, unix.TIOCEXCL, 0); err != nil {
		return fmt.Errorf("claiming the line: %w", err)
	}
	if err := l.setFlow(flow); err != nil {
		return err
	}
	if err := l.port.Flush(); err != nil {
		return fmt.Errorf("flushing the line: %w", err)
	}
	return nil
}

func (l *serialLine) setFlow(flow Flow) error {
	t, err := unix.IoctlGetTermios(l.side, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("reading the line settings: %w", err)
	}
	t.Cflag &^= unix.CRTSCTS
	t.Iflag &^= unix.IXON | unix.IXOFF
	switch flow {
	case FlowRTS:
		t.Cflag |= unix.CRTSCTS
	case FlowXON:
		t.Iflag |= unix.IXON
		t.Cc[unix.VSTART], t.Cc[unix.VSTOP] = 0x11, 0x13
	case FlowNone:
	default:
		return fmt.Errorf("flow control %q is none of rts, xon, none", flow)
	}
	if err := unix.IoctlSetTermios(l.side, unix.TCSETS, t); err != nil {
		return fmt.Errorf("setting flow control %s: %w", flow, err)
	}
	return nil
}

// Read implements [Line]. tarm/serial says io.EOF both for "nothing yet" and for
// "gone"; the second descriptor tells them apart.
func (l *serialLine) Read(b []byte) (int, error) {
	for !l.closed.Load() {
		began := time.Now()
		n, err := l.port.Read(b)
		switch {
		case n > 0:
			return n, nil
		case l.closed.Load():
			return 0, l.ending()
		case err != nil && !errors.Is(err, io.EOF):
			return 0, fmt.Errorf("reading the line: %w: %w", errGone, err)
		case l.hungUp() || time.Since(began) < readTimeout/2:
			return 0, errGone
		}
	}
	return 0, l.ending()
}

// ending is why the line is of no more use.
func (l *serialLine) ending() error {
	if l.stalled.Load() {
		return ErrStalled
	}
	return os.ErrClosed
}

// Write implements [Line] in pieces, each sent only when there is room for it.
func (l *serialLine) Write(b []byte) (int, error) {
	sent := 0
	for sent < len(b) {
		n, err := l.writePiece(b[sent:min(len(b), sent+pieceSize)])
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

type written struct {
	n   int
	err error
}

// writePiece never outlasts the stall limit. The write has its own goroutine
// because an XOFF may arrive between the poll and the write; Close frees it.
func (l *serialLine) writePiece(piece []byte) (int, error) {
	if err := l.waitForRoom(); err != nil {
		return 0, err
	}
	done := make(chan written, 1)
	piece = append([]byte(nil), piece...)
	go func() {
		n, err := l.port.Write(piece)
		done <- written{n, err}
	}()
	select {
	case w := <-done:
		if w.err != nil {
			return w.n, fmt.Errorf("writing the line: %w: %w", errGone, w.err)
		}
		return w.n, nil
	case <-time.After(l.stall):
		// What became of the piece is unknown, so the line is of no more use.
		l.stalled.Store(true)
		l.closed.Store(true)
		return 0, ErrStalled
	}
}

func (l *serialLine) waitForRoom() error {
	if err := drain(l.queued, l.stall, l.closed.Load); err != nil {
		return err
	}
	deadline := time.Now().Add(l.stall)
	for !l.closed.Load() {
		events, err := l.poll(unix.POLLOUT, readTimeout)
		switch {
		case err != nil:
			return err
		case events&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0:
			return errGone
		case events&unix.POLLOUT != 0:
			return nil
		case time.Now().After(deadline):
			return ErrStalled
		}
	}
	return l.ending()
}

func (l *serialLine) hungUp() bool {
	events, err := l.poll(0, 0)
	return err != nil || events&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}

func (l *serialLine) poll(want int16, wait time.Duration) (int16, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.side < 0 {
		return 0, os.ErrClosed
	}
	fds := []unix.PollFd{{Fd: int32(l.side), Events: want}}
	if _, err := unix.Poll(fds, int(wait.Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
		return 0, fmt.Errorf("polling the line: %w", err)
	}
	return fds[0].Revents, nil
}

// Close throws away what has not left yet and lets the device go. Without the
// flush a UART whose CTS is off stays in close(2) for the driver's closing_wait
// (30 s by default, setserial(8)); without ending flow control a writer that
// waits for XON is never freed.
func (l *serialLine) Close() error {
	l.closed.Store(true)
	_ = l.setFlow(FlowNone)
	_ = unix.IoctlSetInt(l.side, unix.TCXONC, unix.TCOON)
	_ = unix.IoctlSetInt(l.side, unix.TCFLSH, unix.TCIOFLUSH)
	_ = unix.IoctlSetInt(l.side, unix.TIOCNXCL, 0)
	err := l.port.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.side < 0 {
		return nil
	}
	side := l.side
	l.side = -1
	return errors.Join(err, unix.Close(side))
}
