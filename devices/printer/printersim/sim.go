// Package printersim is a receipt printer made of software. It obeys ESC/POS as
// the manuals describe it, keeps what it printed as text and as a picture, and
// has the faults of a real one: no paper, an open cover, no answer, no cable.
//
// It knows nothing of the encoder in package printer and shares no table with
// it: each is a check on the other. It serves tests ([Sim.Line]) and the whole
// terminal ([ServePTY]); the daemon never imports it.
package printersim

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"pue/devices"
)

// Sim is one printer. All methods may be called from any goroutine.
type Sim struct {
	mu    sync.Mutex
	model model

	mount     *mount // who holds the cable, nil when nobody does
	plugged   bool
	cableTurn chan struct{} // closed when the cable is plugged or pulled

	troubles
	muted     bool
	paperLeft float64       // mm until the roll ends, 0 = endless
	speed     float64       // mm/s, 0 = instant
	delay     time.Duration // that the command just obeyed takes
	moving    bool          // paper moves; the input waits

	input     []byte // received, not yet obeyed
	recent    []byte // the last bytes received, for real-time commands
	automatic byte   // GS a
	reported  [4]byte

	set     settings
	code    qrCode
	line    []cell
	strips  []strip
	raw     []byte // of the receipt in the making
	severed bool   // the command just obeyed was a cut

	receipts []Receipt
	watchers []func(Receipt)
	told     int // receipts that the watchers know
	faults   []string
}

// cutTime is what a blade takes when the paper has a speed.
const cutTime = 300 * time.Millisecond

// New returns the printer of that name (see [Names]) with paper in and cover
// closed, that prints at once. Any other name gives a printer of the Epson TM
// family.
func New(name string) *Sim {
	s := &Sim{model: modelFor(name), plugged: true, cableTurn: make(chan struct{})}
	s.reset()
	return s
}

// Receipts returns what was printed and cut so far, oldest first.
func (s *Sim) Receipts() []Receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.receipts)
}

// OnReceipt calls f after every cut.
func (s *Sim) OnReceipt(f func(Receipt)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, f)
}

// Faults lists what a well-behaved sender never does: unknown commands, lines
// too long for the paper, real-time commands inside data.
func (s *Sim) Faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// SetSpeed sets the paper speed in mm/s; 0 prints at once. A TM-T88III makes 150.
func (s *Sim) SetSpeed(mmPerSecond float64) { s.turn(func() { s.speed = mmPerSecond }) }

// turn changes something by hand and lets the printer notice.
func (s *Sim) turn(change func()) {
	s.mu.Lock()
	change()
	s.reportChange()
	s.advance()
	s.unlock()
}

// unlock tells the watchers what was cut, outside the lock.
func (s *Sim) unlock() {
	news, watchers := s.receipts[s.told:], s.watchers
	s.told = len(s.receipts)
	s.mu.Unlock()
	for _, r := range news {
		for _, f := range watchers {
			f(r)
		}
	}
}

// advance obeys the input until it ends, a command is incomplete, or the
// printer has to stop.
func (s *Sim) advance() {
	for len(s.input) > 0 && !s.moving && !s.stopped() {
		n := s.obey(s.input)
		if n == 0 {
			return // the rest of the command is still on its way
		}
		s.record(s.input[:n])
		s.input = s.input[n:]
		s.pause()
	}
}

// record keeps the bytes of the receipt in the making; a cut is the last of its
// own.
func (s *Sim) record(command []byte) {
	s.raw = append(s.raw, command...)
	if !s.severed {
		return
	}
	if last := len(s.receipts) - 1; last >= s.told {
		s.receipts[last].Bytes = s.raw
	}
	s.raw, s.severed = nil, false
}

// pause stops obeying for as long as the paper moves.
func (s *Sim) pause() {
	if s.delay == 0 {
		return
	}
	s.moving = true
	time.AfterFunc(s.delay, func() {
		s.mu.Lock()
		s.moving = false
		s.advance()
		s.unlock()
	})
	s.delay = 0
}

// move lets the paper move by dots and then rest for a time.
func (s *Sim) move(dots int, rest time.Duration) {
	mm := float64(dots) * 25.4 / dpi
	if s.paperLeft > 0 {
		if s.paperLeft -= mm; s.paperLeft <= 0 {
			s.paperOut, s.paperLeft = true, 0
			s.reportChange()
		}
	}
	if s.speed > 0 {
		s.delay += time.Duration(mm/s.speed*float64(time.Second)) + rest
	}
}

func (s *Sim) fault(format string, args ...any) {
	const most = 100
	if len(s.faults) < most {
		s.faults = append(s.faults, fmt.Sprintf(format, args...))
	}
}

// errUnplugged is what opening finds when the cable is out.
var errUnplugged = fmt.Errorf("simulated printer is unplugged: %w", devices.ErrAbsent)
