package printersim

import "bytes"

// receive takes bytes off the cable. Real-time commands are obeyed on reception,
// whatever else the printer does and whatever command they stand in.
func (s *Sim) receive(b []byte) {
	s.mu.Lock()
	for _, c := range b {
		s.input = append(s.input, c)
		s.recent = append(s.recent, c)
		if len(s.recent) > len(clearBuffers) {
			s.recent = s.recent[1:]
		}
		s.obeyRealtime()
	}
	s.advance()
	s.unlock()
}

// clearBuffers is DLE DC4 fn 8 with its seven fixed parameters.
var clearBuffers = []byte{0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08}

func (s *Sim) obeyRealtime() {
	n := len(s.recent)
	switch {
	case bytes.Equal(s.recent, clearBuffers):
		s.dropInput()
		s.recent = s.recent[:0]
	case n >= 3 && s.recent[n-3] == 0x10 && s.recent[n-2] == 0x05:
		s.recover(s.recent[n-1])
		s.reportChange()
	case n >= 3 && s.recent[n-3] == 0x10 && s.recent[n-2] == 0x04:
		if q := s.recent[n-1]; q >= 1 && q <= 4 {
			s.say(s.realtimeStatus(q))
		}
	}
}

// realtimeStatus is the answer to DLE EOT n. Bits 1 and 4 are always set.
func (s *Sim) realtimeStatus(n byte) byte {
	b := byte(0x12)
	switch n {
	case 1:
		b |= bit(s.stopped(), 0x08)
	case 2:
		b |= bit(s.coverOpen, 0x04) | bit(s.paperOut, 0x20) | bit(s.inError() || s.hot, 0x40)
	case 3:
		b |= s.errors()
	case 4:
		b |= bit(s.paperLow || s.paperOut, 0x0C) | bit(s.paperOut, 0x60)
	}
	return b
}

// errors are the bits that DLE EOT 3 and the second byte of GS a share.
func (t troubles) errors() byte {
	return bit(t.jamError, 0x04) | bit(t.bladeError, 0x08) | bit(t.broken, 0x20) | bit(t.hot, 0x40)
}

// automaticStatus is the four bytes of GS a.
func (s *Sim) automaticStatus() [4]byte {
	return [4]byte{
		0x10 | bit(s.stopped(), 0x08) | bit(s.coverOpen, 0x20),
		s.errors(),
		s.paperStatus(),
		0,
	}
}

// paperStatus is the answer to GS r 1.
func (s *Sim) paperStatus() byte {
	return bit(s.paperLow || s.paperOut, 0x03) | bit(s.paperOut, 0x0C)
}

// reportChange speaks unasked when the sender wants that (GS a) and something
// changed.
func (s *Sim) reportChange() {
	if now := s.automaticStatus(); s.automatic != 0 && now != s.reported {
		s.reported = now
		s.say(now[:]...)
	}
}

func (s *Sim) say(b ...byte) {
	if !s.muted && s.mount != nil {
		s.mount.say(b)
	}
}

func bit(on bool, b byte) byte {
	if on {
		return b
	}
	return 0
}
