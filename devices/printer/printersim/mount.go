package printersim

import (
	"context"
	"io"
	"os"
	"sync"
)

// mount is one end of the cable in the hand of a program.
type mount struct {
	sim *Sim

	mu      sync.Mutex
	arrived sync.Cond
	answers []byte
	end     error // why no more comes, nil while open
}

// mostAnswers is what waits for a program that does not read; older answers
// than that nobody wants.
const mostAnswers = 4096

// Line connects the cable to the caller; who held it before finds it hung up.
// The error wraps devices.ErrAbsent while the cable is out.
func (s *Sim) Line() (io.ReadWriteCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.plugged {
		return nil, errUnplugged
	}
	if s.mount != nil {
		s.mount.finish(io.EOF)
	}
	s.mount = &mount{sim: s}
	s.mount.arrived.L = &s.mount.mu
	return s.mount, nil
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

// Write gives the printer bytes. Its buffer has no end.
func (m *mount) Write(b []byte) (int, error) {
	m.mu.Lock()
	end := m.end
	m.mu.Unlock()
	if end != nil {
		return 0, os.ErrClosed
	}
	m.sim.receive(b)
	return len(b), nil
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
	}
	m.arrived.Broadcast()
}

func (m *mount) say(b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.end == nil && len(m.answers)+len(b) <= mostAnswers {
		m.answers = append(m.answers, b...)
	}
	m.arrived.Broadcast()
}
