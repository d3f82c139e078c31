package printersim

import "encoding/binary"

// command is one command of ESC/POS. Its first two bytes are its name.
type command struct {
	n    int                // bytes in all
	size func(b []byte) int // instead of n: bytes in all, 0 while b cannot tell, negative when it is nonsense
	has  func(model) bool   // which printers know it, nil for all
	do   func(s *Sim, b []byte)
}

// longest is more than any parameter that a printer could hold.
const longest = 1 << 20

// obey carries out the command or letter at the start of b and returns how many
// bytes it took, 0 when b does not hold all of it yet.
func (s *Sim) obey(b []byte) int {
	family, isCommand := families[b[0]]
	if !isCommand {
		s.obeyLetter(b[0])
		return 1
	}
	if len(b) < 2 {
		return 0
	}
	c, known := family.commands[b[1]]
	if !known {
		s.fault(&s.count.Unknown, "%s %02X is unknown", family.name, b[1])
		return 2
	}
	n := c.n
	if c.size != nil {
		n = c.size(b)
	}
	switch {
	case n < 0 || n > longest:
		s.fault(&s.count.Unknown, "%s %02X with parameters % X", family.name, b[1], b[2:])
		return len(b)
	case n == 0 || len(b) < n:
		return 0
	case c.has != nil && !c.has(s.model):
		s.fault(&s.count.Unknown, "%s %02X is unknown to %s", family.name, b[1], s.model.name)
	default:
		c.do(s, b[:n])
	}
	return n
}

// obeyLetter prints a letter, or does what the few single control bytes say.
func (s *Sim) obeyLetter(b byte) {
	switch {
	case b == '\n':
		s.endLine()
	case b == '\t':
		s.tab()
	case b == '\r', b == 0, b == xon, b == xoff:
	case b == 0x0C, b == 0x18: // FF and CAN, which count in page mode alone
	case b < 0x20 || b == 0x7F:
		s.fault(&s.count.Unknown, "control byte %02X in text", b)
	default:
		s.put(b)
	}
}

type family struct {
	name     string
	commands map[byte]command
}

// families by their first byte.
var families = map[byte]family{
	0x10: {"DLE", commandsDLE},
	0x1B: {"ESC", commandsESC},
	0x1C: {"FS", commandsFS},
	0x1D: {"GS", commandsGS},
}

// commandsDLE were obeyed on reception; here they are only passed over.
var commandsDLE = map[byte]command{
	0x04: {size: sizeEOT, do: (*Sim).checkEOT},
	0x05: {n: 3, has: func(m model) bool { return m.recovery }, do: pass},
	0x14: {size: sizeDC4, do: (*Sim).checkDC4},
}

// sizeEOT: from 7 on there is a second parameter, apart from Custom's numbers.
func sizeEOT(b []byte) int {
	switch {
	case len(b) < 3:
		return 0
	case b[2] == 7 || b[2] == 8 || b[2] == 18:
		return 4
	}
	return 3
}

func (s *Sim) checkEOT(b []byte) {
	if n := b[2]; n >= 1 && n <= 4 || s.model.fullStatus && (n == 17 || n == 20) {
		return
	}
	s.fault(&s.count.Unknown, "DLE EOT %d is unknown to %s", b[2], s.model.name)
}

func sizeDC4(b []byte) int {
	if len(b) < 3 {
		return 0
	}
	switch b[2] {
	case 1, 2:
		return 5
	case 7:
		return 4
	case 8:
		return 10
	}
	return -1
}

func (s *Sim) checkDC4(b []byte) {
	switch b[2] {
	case 1:
		s.happened(Drawer, 0)
	default: // fn 8 that is obeyed never comes here
		s.fault(&s.count.Unknown, "DLE DC4 %d is unknown to %s", b[2], s.model.name)
	}
}

func pass(*Sim, []byte) {}

// le16 reads nL nH.
func le16(b []byte) int { return int(binary.LittleEndian.Uint16(b)) }

// within returns n when b is long enough to have told it, which needs so many
// bytes.
func within(b []byte, need int, n func() int) int {
	if len(b) < need {
		return 0
	}
	return n()
}
