package printersim

import (
	"math/rand/v2"
	"time"
)

// flood is garbage on the line.
type flood struct {
	perSecond int
	running   bool
	noise     *rand.ChaCha8
}

// SetFlood lets the printer send so many bytes of garbage per second, as one with
// a broken cable or a wrong device does; 0 ends it.
func (s *Sim) SetFlood(bytesPerSecond int) {
	s.turn(func() {
		s.flood.perSecond = bytesPerSecond
		if !s.flood.running {
			s.flood.running, s.flood.noise = true, rand.NewChaCha8([32]byte{})
			s.babble()
		}
	})
}

// babble sends the garbage of ten milliseconds and comes again.
func (s *Sim) babble() {
	const every = 10 * time.Millisecond
	if s.flood.perSecond <= 0 {
		s.flood.running = false
		return
	}
	if s.mount != nil {
		b := make([]byte, max(1, s.flood.perSecond*int(every)/int(time.Second)))
		_, _ = s.flood.noise.Read(b) // never fails
		s.mount.say(b)
	}
	time.AfterFunc(every, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.babble()
	})
}
