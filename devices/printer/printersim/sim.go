// Package printersim is a receipt printer made of software. It obeys ESC/POS as
// the manuals describe it, keeps what it printed as text, as data and as a
// picture, and has the faults of a real one: no paper, an open cover, a stuck
// blade, a full buffer, no answer, no cable.
//
// It knows nothing of the encoder in package printer and shares no table with
// it: each is a check on the other. A command that it does not know is counted,
// never guessed. It serves tests ([Sim.Line]) and the whole terminal
// ([ServePTY]); the daemon never imports it.
package printersim

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Sim is one printer. All methods may be called from any goroutine.
type Sim struct {
	mu    sync.Mutex
	model model

	// The line.
	mount     *mount // who holds the cable, nil when nobody does
	plugged   bool
	cableTurn chan struct{} // closed when the cable is plugged or pulled
	muted     bool
	stalled   bool
	off       bool // it is switched off
	baud      int
	parity    Parity
	flow      Flow
	buffer    buffer
	recent    []byte // the last bytes received, for real-time commands
	flood     flood

	// The mechanics.
	troubles
	paperLeft float64       // mm until the roll ends, 0 = endless
	speed     float64       // mm/s, 0 = instant
	cutTime   time.Duration // of a blade, when the paper has a speed
	delay     time.Duration // that the command just obeyed takes
	due       time.Time     // when the paper comes to rest
	moving    bool          // until then the input waits
	owedCut   *owedCut      // a cut that the blade refused
	ticket    ticket
	counters  counters

	// What was told to the sender.
	automatic automatic

	// The interpreter.
	command []byte // received, not yet whole
	raster  *raster
	set     settings
	codes   codes
	own     ownLetters
	stored  stored // survives the power switch
	line    []mark
	sheet   sheet

	receipts []Receipt
	events   []Event
	told     struct{ receipts, events int } // that the watchers know
	watchers struct {
		receipts []func(Receipt)
		events   []func(Event)
	}
	count  Count
	faults []string
}

// New returns the printer of that name (see [Names]) with paper in and cover
// closed, that prints at once. Any other name gives a printer of the Epson TM
// family.
func New(name string) *Sim {
	s := &Sim{model: modelFor(name), plugged: true, cableTurn: make(chan struct{}), cutTime: 300 * time.Millisecond}
	s.buffer.turn = make(chan struct{})
	s.stored.byKey = map[key]*bitmap{}
	s.reset()
	return s
}

// Columns is how many letters of font A stand on a line.
func (s *Sim) Columns() int { return s.model.columns() }

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
	s.watchers.receipts = append(s.watchers.receipts, f)
}

// Count is how often a sender did what a well-behaved one never does.
type Count struct {
	Unknown   int `json:"unknown"`   // commands and letters that this printer does not have
	Misplaced int `json:"misplaced"` // commands where they do not count, or that cannot be done
	Wraps     int `json:"wraps"`     // lines too long for the paper
	Flagged   int `json:"flagged"`   // real-time commands inside other data
	Lost      int `json:"lost"`      // bytes that found the buffer full
	Garbled   int `json:"garbled"`   // bytes at another speed than the printer's
}

// Count returns the counts since the printer was made.
func (s *Sim) Count() Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Faults lists in words the first hundred of what [Sim.Count] counts.
func (s *Sim) Faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// fault counts one of the sender's mistakes and keeps it in words.
func (s *Sim) fault(kind *int, format string, args ...any) {
	const most = 100
	*kind++
	if len(s.faults) < most {
		s.faults = append(s.faults, fmt.Sprintf(format, args...))
	}
}

// turn changes something by hand and lets the printer notice.
func (s *Sim) turn(change func()) {
	s.mu.Lock()
	s.rest()
	change()
	s.reportChange()
	s.advance()
	s.unlock()
}

// unlock tells the watchers what is new, outside the lock.
func (s *Sim) unlock() {
	receipts, events := s.receipts[s.told.receipts:], s.events[s.told.events:]
	s.told.receipts, s.told.events = len(s.receipts), len(s.events)
	watchers := s.watchers
	s.mu.Unlock()
	for _, r := range receipts {
		for _, f := range watchers.receipts {
			f(r)
		}
	}
	for _, e := range events {
		for _, f := range watchers.events {
			f(e)
		}
	}
}
