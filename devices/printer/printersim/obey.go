package printersim

import (
	"bytes"
	"encoding/binary"
)

// settings are the modes that ESC @ resets.
type settings struct {
	page, country   byte
	align           byte
	bold, underline bool
	width, height   int // of a letter, 1 to 8
	spacing         int // dots from line to line
}

// reset is ESC @: modes back to their defaults, a started line thrown away. Input
// and automatic status stay.
func (s *Sim) reset() {
	s.set = settings{width: 1, height: 1, spacing: 30}
	s.code = qrCode{module: 3, level: '0'}
	s.line = nil
}

// obey carries out the command or letter at the start of b and returns how many
// bytes it took, 0 when b does not hold all of it yet.
func (s *Sim) obey(b []byte) int {
	switch b[0] {
	case 0x1B:
		return s.obeyESC(b)
	case 0x1D:
		return s.obeyGS(b)
	case 0x1C:
		return s.obeyFS(b)
	case 0x10:
		return s.skipRealtime(b)
	case '\n':
		s.endLine()
	case '\r', 0:
	default:
		if b[0] < 0x20 || b[0] == 0x7F {
			s.fault("control byte %02X in text", b[0])
			break
		}
		s.put(s.letter(b[0]))
	}
	return 1
}

// skipRealtime passes over what was obeyed on reception.
func (s *Sim) skipRealtime(b []byte) int {
	switch {
	case len(b) < 2:
		return 0
	case b[1] == 0x04 || b[1] == 0x05:
		return whole(b, 3)
	case b[1] == 0x14:
		return whole(b, 5)
	}
	s.fault("DLE %02X", b[1])
	return 2
}

// whole returns n when b has as many bytes, else 0.
func whole(b []byte, n int) int {
	if len(b) < n {
		return 0
	}
	return n
}

// lengths of the commands with a fixed number of bytes, by their second byte.
var (
	lengthESC = map[byte]int{
		'@': 2, '2': 2, 'i': 2, 'm': 2, 'S': 2, 'L': 2,
		'!': 3, ' ': 3, '-': 3, '3': 3, '=': 3, 'E': 3, 'G': 3, 'J': 3, 'M': 3, 'R': 3, 'T': 3, 'V': 3, 'a': 3, 'd': 3, 'r': 3, 't': 3, '{': 3,
		'$': 4, '\\': 4, 'c': 4, 'p': 5,
	}
	lengthGS = map[byte]int{
		'!': 3, 'B': 3, 'H': 3, 'I': 3, 'a': 3, 'b': 3, 'f': 3, 'h': 3, 'r': 3, 'w': 3,
		'L': 4, 'P': 4, 'W': 4, '\\': 4, '$': 4,
	}
	lengthFS = map[byte]int{'.': 2, '&': 2, '!': 3, '-': 3, 'C': 3, 'S': 4, 'p': 4}
)

func (s *Sim) obeyESC(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	n, known := lengthESC[b[1]]
	if !known {
		s.fault("ESC %02X is unknown", b[1])
		return 2
	}
	if len(b) < n {
		return 0
	}
	switch b[1] {
	case '@':
		s.reset()
	case 't':
		s.choosePage(b[2])
	case 'R':
		s.set.country = b[2]
	case '!':
		s.set.bold, s.set.underline = b[2]&0x08 != 0, b[2]&0x80 != 0
		s.set.height, s.set.width = 1+int(b[2]>>4&1), 1+int(b[2]>>5&1)
	case 'E', 'G':
		s.set.bold = b[2]&1 != 0
	case '-':
		s.set.underline = b[2] != 0 && b[2] != '0'
	case 'a':
		s.chooseAlign(b[2])
	case '2':
		s.set.spacing = 30
	case '3':
		s.set.spacing = int(b[2])
	case 'd':
		s.feedLines(int(b[2]))
	case 'J':
		s.feed(int(b[2]))
	case 'i', 'm':
		s.cut(0)
	}
	return n
}

func (s *Sim) choosePage(n byte) {
	if s.model.pages[n] == nil {
		s.fault("code page %d is unknown", n)
		return
	}
	s.set.page = n
}

// chooseAlign is valid only at the start of a line.
func (s *Sim) chooseAlign(n byte) {
	if len(s.line) > 0 {
		s.fault("ESC a in the middle of a line")
		return
	}
	s.set.align = n & 3 % 3
}

func (s *Sim) obeyFS(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	n, known := lengthFS[b[1]]
	if !known {
		s.fault("FS %02X is unknown", b[1])
		return 2
	}
	return whole(b, n)
}

func (s *Sim) obeyGS(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case 'V':
		return s.obeyCut(b)
	case '(':
		return s.obeyExtended(b)
	case 'v':
		return s.obeyRaster(b)
	case 'k':
		return s.skipBarCode(b)
	}
	n, known := lengthGS[b[1]]
	if !known {
		s.fault("GS %02X is unknown", b[1])
		return 2
	}
	if len(b) < n {
		return 0
	}
	switch b[1] {
	case '!':
		s.set.width, s.set.height = 1+int(b[2]>>4&7), 1+int(b[2]&7)
	case 'a':
		s.obeyAutomatic(b[2])
	case 'r':
		s.obeyQueued(b[2])
	case 'I':
		s.obeyIdentity(b[2])
	}
	return n
}

// obeyCut is GS V m, with a feed in dots when m is a letter.
func (s *Sim) obeyCut(b []byte) int {
	switch {
	case len(b) < 3:
		return 0
	case b[2] < 'A':
		s.cut(0)
		return 3
	case len(b) < 4:
		return 0
	}
	s.cut(bladeDots + int(b[3]))
	return 4
}

// obeyExtended is GS ( x pL pH, with parameters of any length.
func (s *Sim) obeyExtended(b []byte) int {
	if len(b) < 5 {
		return 0
	}
	n := 5 + int(binary.LittleEndian.Uint16(b[3:]))
	if len(b) < n {
		return 0
	}
	p := b[5:n]
	s.checkData(p)
	switch {
	case b[2] == 'k' && len(p) >= 2 && p[0] == '1':
		s.obeyQR(p[1], p[2:])
	case b[2] == 'H' && len(p) == 6 && p[0] == '0' && s.model.processID:
		s.say(append([]byte{0x37, 0x22, p[2], p[3], p[4], p[5]}, 0)...)
	}
	return n
}

// checkData finds real-time commands that stand inside other data: the printer
// obeyed them too.
func (s *Sim) checkData(data []byte) {
	for _, c := range []byte{0x04, 0x05, 0x14} {
		if bytes.Contains(data, []byte{0x10, c}) {
			s.fault("real-time command 10 %02X inside data", c)
		}
	}
}

// obeyRaster is GS v 0 m xL xH yL yH: one bit per dot, most significant left.
func (s *Sim) obeyRaster(b []byte) int {
	if len(b) < 8 {
		return 0
	}
	wide, high := int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:]))
	n := 8 + wide*high
	if len(b) < n {
		return 0
	}
	s.checkData(b[8:n])
	s.printRaster(b[8:n], wide, high)
	return n
}

// skipBarCode is GS k in both its forms; bar codes are not drawn.
func (s *Sim) skipBarCode(b []byte) int {
	switch {
	case len(b) < 4:
		return 0
	case b[2] >= 'A':
		return whole(b, 4+int(b[3]))
	}
	if end := bytes.IndexByte(b[3:], 0); end >= 0 {
		return 3 + end + 1
	}
	return 0
}

func (s *Sim) obeyAutomatic(n byte) {
	if !s.model.automatic {
		return
	}
	if s.automatic = n; n != 0 {
		s.reported = s.automaticStatus()
		s.say(s.reported[:]...)
	}
}

func (s *Sim) obeyQueued(n byte) {
	if n == 1 || n == '1' {
		s.say(s.paperStatus())
		return
	}
	s.say(0)
}

func (s *Sim) obeyIdentity(n byte) {
	switch n {
	case 1, 2, 3, '1', '2', '3':
		s.say(0x20)
	case 'B':
		s.say([]byte("_PUE\x00")...)
	case 'C':
		s.say([]byte("_SIMULATED\x00")...)
	}
}
