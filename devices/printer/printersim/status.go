package printersim

import "fmt"

// automatic is what the printer tells unasked.
type automatic struct {
	mask     byte // GS a
	reported [4]byte
	full     byte // Custom's GS E0h
	told     [4]byte
	offline  bool // GS ( H fn 49
	wasAway  bool
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

// fullStatus is Custom's, the last four bytes of the answer to DLE EOT 20: paper,
// user, recoverable and unrecoverable errors. Paper jam and cutter stand where
// the TG2460's manual has them (from memory).
func (s *Sim) fullStatus() [4]byte {
	const question = 3 // bytes, which wait in the buffer themselves
	return [4]byte{
		bit(s.paperOut, 0x01) | bit(s.paperLow, 0x04) | bit(s.ticket.place == atMouth, 0x20) | bit(s.rollShort(), 0x40),
		bit(s.coverOpen, 0x03) | bit(len(s.buffer.bytes) > question, 0x04) | bit(s.moving, 0x08),
		bit(s.hot, 0x01) | bit(s.badLine, 0x02) | bit(s.jamError, 0x40),
		bit(s.bladeError, 0x01) | bit(s.broken, 0x04),
	}
}

// motorStatus is Custom's answer to DLE EOT 17.
func (s *Sim) motorStatus() byte { return 0x12 | bit(s.moving, 0x04) | bit(s.paperOut, 0x20) }

// reportChange speaks unasked when the sender wants that and something changed.
func (s *Sim) reportChange() {
	s.reportAutomatic()
	s.reportFull()
	s.reportOffline()
}

// reportAutomatic is GS a: its mask says which changes count, and all four bytes
// tell of them.
func (s *Sim) reportAutomatic() {
	a := &s.automatic
	now := s.automaticStatus()
	relevant := [3]byte{bit(a.mask&0x02 != 0, 0x28), bit(a.mask&0x04 != 0, 0xFF), bit(a.mask&0x08 != 0, 0xFF)}
	for i, m := range relevant {
		if (now[i]^a.reported[i])&m != 0 {
			a.reported = now
			s.say(now[:]...)
			return
		}
	}
}

// reportFull is Custom's automatic full status: 10h, the mask, and a byte for
// each of its bits. Whether the motor runs or data wait is no news.
func (s *Sim) reportFull() {
	a := &s.automatic
	now := s.fullStatus()
	now[1] &^= 0x0C
	if now == a.told || a.full == 0 {
		return
	}
	changed := false
	frame := []byte{0x10, a.full}
	for i, m := range [4]byte{0x01, 0x02, 0x04, 0x08} {
		if a.full&m != 0 {
			changed = changed || now[i] != a.told[i]
			frame = append(frame, now[i])
		}
	}
	a.told = now
	if changed {
		s.say(frame...)
	}
}

// reportOffline is GS ( H fn 49: once for each time the printer goes offline, why
// it did. The shape of the answer is from memory.
func (s *Sim) reportOffline() {
	a := &s.automatic
	away := s.stopped()
	if away && !a.wasAway && a.offline {
		s.say(0x37, 0x23, 0x40|bit(s.coverOpen, 1)|bit(s.paperOut, 2)|bit(s.inError() || s.hot, 4), 0)
	}
	a.wasAway = away
}

func (s *Sim) obeyAutomatic(n byte) {
	if s.automatic.mask = n; n == 0 {
		return
	}
	s.noteBoth()
	s.automatic.reported = s.automaticStatus()
	s.say(s.automatic.reported[:]...)
}

func (s *Sim) obeyAutomaticFull(n byte) {
	s.automatic.full = n & 0x0F
	s.automatic.told = s.fullStatus()
	s.automatic.told[1] &^= 0x0C
	s.noteBoth()
}

// noteBoth: both sorts of automatic status begin with 10h.
func (s *Sim) noteBoth() {
	if s.automatic.mask != 0 && s.automatic.full != 0 {
		s.fault(&s.count.Misplaced, "GS a and Custom's automatic status are both on")
	}
}

func (s *Sim) obeyQueued(n byte) {
	switch n {
	case 1, '1':
		s.say(s.paperStatus())
	case 2, '2':
		s.say(0) // no drawer
	default:
		s.fault(&s.count.Unknown, "GS r %d is unknown", n)
	}
}

// obeyIdentity is GS I: one byte for the small numbers, a block for the letters.
func (s *Sim) obeyIdentity(n byte) {
	text := map[byte]string{'A': "1.00 SIM", 'B': "PUE", 'C': "SIMULATED " + s.model.name, 'D': "SIM0000001"}
	switch n {
	case 1, '1':
		s.say(0x20)
	case 2, '2':
		s.say(0x02) // has a blade
	case 3, '3':
		s.say(0x01)
	case 'A', 'B', 'C', 'D':
		s.say([]byte("_" + text[n] + "\x00")...)
	default:
		s.fault(&s.count.Unknown, "GS I %d is unknown", n)
	}
}

// counters are what a Custom knows of its life.
type counters struct {
	used     float64 // mm of paper
	retracts int
	starts   int
	limit    int // cm of paper below which the virtual paper end is told
}

// rollShort is the virtual paper end of GS E6h.
func (s *Sim) rollShort() bool {
	return s.counters.limit > 0 && s.paperLeft > 0 && s.paperLeft/10 < float64(s.counters.limit)
}

// obeyCounter answers GS E1h, E4h and E5h in letters.
func (s *Sim) obeyCounter(which byte) {
	const newRoll = 9000 // cm
	switch which {
	case 0xE1:
		left := newRoll - int(s.counters.used/10)
		if s.paperLeft > 0 {
			left = int(s.paperLeft / 10)
		}
		s.say(fmt.Appendf(nil, "%dcm", max(left, 0))...)
	case 0xE4:
		s.say(fmt.Appendf(nil, "%dret", s.counters.retracts)...)
	case 0xE5:
		s.say(fmt.Appendf(nil, "%don", s.counters.starts+1)...)
	}
}

func bit(on bool, b byte) byte {
	if on {
		return b
	}
	return 0
}
