package printersim

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"pue/devices"
)

// Host is how the other end of the cable is set up.
type Host struct {
	Baud int  // 0 = the printer's
	RTS  bool // heeds the printer's BUSY wire
	XON  bool // heeds XOFF, and keeps it from the program
}

// mount is one end of the cable in the hand of a program.
type mount struct {
	sim   *Sim
	host  func() Host
	plain bool // flow bytes are for somebody behind this mount

	carrying sync.Mutex
	due      time.Time // when the line has carried what it was given

	mu      sync.Mutex
	arrived sync.Cond
	answers []byte
	end     error // why no more comes, nil while open
	ended   chan struct{}
}

const (
	// mostAnswers is what waits for a program that does not read; older answers
	// than that nobody wants.
	mostAnswers = 64 << 10
	// patience of a program with a line that takes no bytes. A pseudo-terminal
	// has none: there the program counts for itself.
	patience = 3 * time.Second
	// grain is how exactly the line keeps its speed.
	grain = 5 * time.Millisecond
)

// errUnplugged is what opening finds when the cable is out.
var errUnplugged = fmt.Errorf("simulated printer is unplugged: %w", devices.ErrAbsent)

// errStalled ends a Write that waits in vain.
var errStalled error = stalled{}

type stalled struct{}

func (stalled) Error() string { return "simulated printer takes no bytes" }

// Reason implements [devices.Reason].
func (stalled) Reason() string { return "stalled" }

// SetBaud gives the line a speed, in bits per second with ten bits for a byte; 0
// carries everything at once.
func (s *Sim) SetBaud(baud int) { s.turn(func() { s.baud = baud }) }

// Line connects the cable to the caller, who is set up as the printer needs it;
// who held it before finds it hung up. The error wraps devices.ErrAbsent while
// the cable is out.
func (s *Sim) Line() (io.ReadWriteCloser, error) { return s.LineFrom(Host{RTS: true, XON: true}) }

// LineFrom is [Sim.Line] with other settings at the caller's end.
func (s *Sim) LineFrom(h Host) (io.ReadWriteCloser, error) {
	return s.connect(func() Host { return h }, false)
}

func (s *Sim) connect(host func() Host, plain bool) (*mount, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.plugged {
		return nil, errUnplugged
	}
	if s.mount != nil {
		s.mount.finish(io.EOF)
	}
	m := &mount{sim: s, host: host, plain: plain, ended: make(chan struct{})}
	m.arrived.L = &m.mu
	s.mount = m
	return m, nil
}

// Unplug pulls the cable. The printer keeps what it received.
func (s *Sim) Unplug() { s.cable(false) }

// Plug puts the cable back.
func (s *Sim) Plug() { s.cable(true) }

func (s *Sim) cable(in bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plugged == in {
		return
	}
	s.plugged = in
	close(s.cableTurn)
	s.cableTurn = make(chan struct{})
	if !in && s.mount != nil {
		s.mount.finish(io.EOF)
		s.mount = nil
	}
}

// waitPlugged returns when the cable is in.
func (s *Sim) waitPlugged(ctx context.Context) error {
	for ctx.Err() == nil {
		s.mu.Lock()
		plugged, turn := s.plugged, s.cableTurn
		s.mu.Unlock()
		if plugged {
			return nil
		}
		select {
		case <-turn:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// Read waits for the printer to say something.
func (m *mount) Read(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.answers) == 0 && m.end == nil {
		m.arrived.Wait()
	}
	if len(m.answers) == 0 {
		return 0, m.end
	}
	n := copy(b, m.answers)
	m.answers = m.answers[n:]
	return n, nil
}

// Write gives the line bytes. It returns when they have arrived, and after 3 s
// in which none did with an error whose Reason is "stalled".
func (m *mount) Write(b []byte) (int, error) {
	m.carrying.Lock()
	defer m.carrying.Unlock()
	sent := 0
	for sent < len(b) {
		h := m.host()
		part := b[sent:min(len(b), sent+m.sim.burst(h))]
		if !m.pass(len(part), m.sim.speedFor(h)) {
			return sent, os.ErrClosed
		}
		n, again := m.sim.accept(part, h)
		sent += n
		if n < len(part) {
			if err := m.wait(again); err != nil {
				return sent, err
			}
		}
	}
	return sent, nil
}

// pass lets the time go by that the line needs for n bytes.
func (m *mount) pass(n, baud int) bool {
	if baud > 0 {
		if now := time.Now(); m.due.Before(now) {
			m.due = now
		}
		m.due = m.due.Add(time.Duration(n) * 10 * time.Second / time.Duration(baud))
		time.Sleep(time.Until(m.due))
	}
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// wait returns when the line may go on.
func (m *mount) wait(again <-chan struct{}) error {
	var enough <-chan time.Time
	if !m.plain {
		t := time.NewTimer(patience)
		defer t.Stop()
		enough = t.C
	}
	select {
	case <-again:
		return nil
	case <-m.ended:
		return os.ErrClosed
	case <-enough:
		return errStalled
	}
}

// speedFor is the speed at which a host sends, 0 for no limit.
func (s *Sim) speedFor(h Host) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.baud == 0 || h.Baud == 0 {
		return s.baud
	}
	return h.Baud
}

// burst is how many bytes the line carries in one go.
func (s *Sim) burst(h Host) int {
	if baud := s.speedFor(h); baud > 0 {
		return max(1, int(int64(baud)*int64(grain)/int64(10*time.Second)))
	}
	return 4096
}

// Close lets go of the cable.
func (m *mount) Close() error {
	m.finish(os.ErrClosed)
	return nil
}

func (m *mount) finish(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.end == nil {
		m.end = err
		close(m.ended)
	}
	m.arrived.Broadcast()
}

// say carries bytes to the program, garbled when it listens at another speed.
func (m *mount) say(b []byte) {
	h := m.host()
	if m.sim.mismatch(h) {
		b = garble(b, m.sim.baud, h.Baud)
	}
	b = m.sim.parity.heardWithout(b)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.end == nil && len(m.answers)+len(b) <= mostAnswers {
		m.answers = append(m.answers, b...)
	}
	m.arrived.Broadcast()
}

// sayFlow is XOFF or XON, which never reaches a program whose line heeds it.
func (m *mount) sayFlow(b byte) {
	if m.plain || !m.host().XON {
		m.say([]byte{b})
	}
}
