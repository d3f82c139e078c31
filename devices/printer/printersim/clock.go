package printersim

import "time"

// SetSpeed sets the paper speed in mm/s; 0 prints at once. A TM-T88III makes 150.
func (s *Sim) SetSpeed(mmPerSecond float64) { s.turn(func() { s.speed = mmPerSecond }) }

// SetCutTime sets what a cut takes when the paper has a speed.
func (s *Sim) SetCutTime(d time.Duration) { s.turn(func() { s.cutTime = d }) }

// advance works until there is nothing to do or the printer has to wait.
func (s *Sim) advance() {
	for !s.moving && !s.stopped() && s.step() {
		s.pause()
	}
	s.buffer.update(s)
}

// step does the next piece of work, if there is any.
func (s *Sim) step() bool {
	switch {
	case s.owedCut != nil:
		c := *s.owedCut
		s.owedCut = nil
		s.cut(c.feed, c.full)
		s.record(nil)
	case s.raster != nil:
		return s.stepRaster()
	case len(s.buffer.bytes) == 0:
		return false
	default:
		s.command = append(s.command, s.buffer.take(1)...)
		if n := s.obey(s.command); n > 0 {
			s.record(s.command)
			s.command = nil
		}
	}
	return true
}

// rest is called before something comes from outside: paper that stood still
// starts from now, and not from when it came to rest.
func (s *Sim) rest() {
	if now := time.Now(); !s.moving && s.due.Before(now) {
		s.due = now
	}
}

// pause lets the input wait for as long as the paper moves. The paper keeps its
// own time, so that timers that fire late do not add up.
func (s *Sim) pause() {
	s.due = s.due.Add(s.delay)
	s.delay = 0
	wait := time.Until(s.due)
	if wait <= 0 {
		return
	}
	s.moving = true
	time.AfterFunc(wait, func() {
		s.mu.Lock()
		s.moving = false
		s.advance()
		s.unlock()
	})
}

// move lets the paper move by dots.
func (s *Sim) move(dots int) {
	mm := float64(dots) * 25.4 / float64(s.model.dpi)
	s.counters.used += mm
	if s.paperLeft > 0 {
		if s.paperLeft -= mm; s.paperLeft <= 0 {
			s.paperOut, s.paperLeft = true, 0
			s.reportChange()
		}
	}
	if s.speed > 0 {
		s.delay += time.Duration(mm / s.speed * float64(time.Second))
	}
}
