package printersim

import (
	"bytes"
	"cmp"
)

// Flow is how the printer asks the line to wait, set by its own switch.
type Flow string

const (
	FlowNone Flow = "none"
	FlowRTS  Flow = "rts" // its BUSY wire
	FlowXON  Flow = "xon" // XOFF and XON among its answers
)

const (
	xon  = 0x11
	xoff = 0x13
)

// buffer is what was received and not yet interpreted.
type buffer struct {
	bytes   []byte
	size    int // 0 = mostWaiting
	offline bool
	busy    bool
	turn    chan struct{} // closed when the line may go on
}

// SetFlow sets how the printer asks the line to wait.
func (s *Sim) SetFlow(f Flow) { s.turn(func() { s.flow = f }) }

// mostWaiting is all that a printer without an end to its buffer takes in: a sender that
// goes on while the paper is out cannot fill the memory.
const mostWaiting = 1 << 20

// SetBuffer gives the receive buffer an end; bytes that find it full are lost
// without a word. Epson's switch chooses between 45 bytes and 4096; 0 is far more than
// any document has.
func (s *Sim) SetBuffer(size int) { s.turn(func() { s.buffer.size = size }) }

// SetBusyOffline makes the printer busy whenever it is offline, too. With that,
// a host that waits for it cannot ask why.
func (s *Sim) SetBusyOffline(on bool) { s.turn(func() { s.buffer.offline = on }) }

// SetStalled lets the line take no more bytes at all, whatever its flow control:
// an XOFF for ever, or a wire that says wait.
func (s *Sim) SetStalled(stalled bool) {
	s.turn(func() {
		s.stalled = stalled
		s.buffer.open()
	})
}

func (b *buffer) take(n int) []byte {
	taken := b.bytes[:n:n]
	b.bytes = b.bytes[n:]
	return taken
}

// limits are how many free bytes make the printer busy, and how many end it
// (TM-T88III with 4096 bytes, TM-T88II with 45).
func (b *buffer) limits() (full, free int) {
	if b.size < 512 {
		return 16, 26
	}
	return 128, 256
}

// update tells the line when the printer becomes busy and when it ends.
func (b *buffer) update(s *Sim) {
	full, free := b.limits()
	space := b.size - len(b.bytes)
	busy := b.size > 0 && (space <= full || b.busy && space < free) || b.offline && s.stopped()
	if busy == b.busy {
		return
	}
	b.busy = busy
	if !busy {
		b.open()
	}
	if s.flow == FlowXON && s.mount != nil {
		s.mount.sayFlow(map[bool]byte{true: xoff, false: xon}[busy])
	}
}

// open lets those look again who wait for the line.
func (b *buffer) open() {
	close(b.turn)
	b.turn = make(chan struct{})
}

// accept takes bytes off the cable for as long as the host may send them. When it
// is fewer than all, the host looks again once the channel is closed.
func (s *Sim) accept(b []byte, h Host) (n int, again <-chan struct{}) {
	s.mu.Lock()
	defer s.unlock()
	s.rest()
	if s.mismatch(h) {
		s.count.Garbled += len(b)
		for _, c := range garble(b, h.Baud, s.baud) {
			s.receive(c)
			s.advance()
		}
		return len(b), nil
	}
	for n < len(b) && !s.mustWait(h) {
		s.receive(s.parity.hear(b[n], &s.count))
		n++
		if s.buffer.size > 0 {
			s.advance()
		}
	}
	s.advance()
	return n, s.buffer.turn
}

// mustWait says whether a host with these settings sends nothing now.
func (s *Sim) mustWait(h Host) bool {
	heeds := s.flow == FlowRTS && h.RTS || s.flow == FlowXON && h.XON
	return s.stalled || (s.buffer.busy || s.off) && heeds
}

// receive takes one byte. Real-time commands are obeyed on reception, whatever
// else the printer does and whatever command they stand in, even when the buffer
// is full.
func (s *Sim) receive(c byte) {
	if s.off {
		return
	}
	if len(s.buffer.bytes) >= cmp.Or(s.buffer.size, mostWaiting) {
		s.count.Lost++
	} else {
		s.buffer.bytes = append(s.buffer.bytes, c)
	}
	s.recent = append(s.recent, c)
	if len(s.recent) > len(clearBuffers) {
		s.recent = s.recent[1:]
	}
	s.obeyRealtime()
}

var (
	// clearBuffers is DLE DC4 fn 8 with its seven fixed parameters.
	clearBuffers = []byte{0x10, 0x14, 0x08, 0x01, 0x03, 0x14, 0x01, 0x06, 0x02, 0x08}
	// hardReset is Custom's, obeyed even with a full buffer.
	hardReset = []byte{0x1C, 0xC0, 0x18, 0x10, 0x14, 0x1A}
)

func (s *Sim) obeyRealtime() {
	switch {
	case bytes.HasSuffix(s.recent, clearBuffers) && s.model.clear:
		s.dropInput()
		s.recent = nil
		s.say(0x37, 0x25, 0) // from memory
	case bytes.HasSuffix(s.recent, hardReset) && s.model.fullStatus:
		s.dropInput()
		s.reset()
		s.recent = nil
	case len(s.recent) >= 3 && s.recent[len(s.recent)-3] == 0x10:
		s.obeyDLE(s.recent[len(s.recent)-2], s.recent[len(s.recent)-1])
	}
}

func (s *Sim) obeyDLE(command, n byte) {
	switch {
	case command == 0x04 && n >= 1 && n <= 4:
		s.say(s.realtimeStatus(n))
	case command == 0x04 && n == 17 && s.model.fullStatus:
		s.say(s.motorStatus())
	case command == 0x04 && n == 20 && s.model.fullStatus:
		full := s.fullStatus()
		s.say(append([]byte{0x10, 0x0F}, full[:]...)...)
	case command == 0x05 && (n == 1 || n == 2) && s.model.recovery:
		s.recover(n)
		s.reportChange()
	}
}

func (s *Sim) say(b ...byte) {
	if !s.muted && !s.off && s.mount != nil {
		s.mount.say(b)
	}
}
