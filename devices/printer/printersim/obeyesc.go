package printersim

import "bytes"

var commandsESC = map[byte]command{
	'@':  {n: 2, do: func(s *Sim, _ []byte) { s.reset() }},
	'!':  {n: 3, do: func(s *Sim, b []byte) { s.set.choose(b[2]) }},
	' ':  {n: 3, do: func(s *Sim, b []byte) { s.set.gap = s.across(int(b[2])) }},
	'$':  {n: 4, do: func(s *Sim, b []byte) { s.set.cursor = s.across(le16(b[2:])) }},
	'\\': {n: 4, do: func(s *Sim, b []byte) { s.set.cursor = max(s.set.cursor+s.across(int(int16(le16(b[2:])))), 0) }},
	'%':  {n: 3, has: ownLettersKnown, do: func(s *Sim, b []byte) { s.own.on = b[2]&1 != 0 }},
	'&':  {size: sizeOwnLetters, has: ownLettersKnown, do: (*Sim).defineLetters},
	'?':  {n: 3, has: ownLettersKnown, do: func(s *Sim, b []byte) { delete(s.own.glyphs, b[2]) }},
	'*':  {size: sizeInline, do: (*Sim).putInline},
	'-':  {n: 3, do: func(s *Sim, b []byte) { s.set.underline = s.digit(b, 2) }},
	'2':  {n: 2, do: func(s *Sim, _ []byte) { s.set.spacing = s.lineSpacing() }},
	'3':  {n: 3, do: func(s *Sim, b []byte) { s.set.spacing = s.down(int(b[2])) }},
	'=':  {n: 3, do: pass},
	'D':  {size: sizeTabs, do: func(s *Sim, b []byte) { s.set.tabs = bytes.Clone(b[2 : len(b)-1]) }},
	'E':  {n: 3, do: func(s *Sim, b []byte) { s.set.bold = b[2]&1 != 0 }},
	'G':  {n: 3, do: func(s *Sim, b []byte) { s.set.bold = b[2]&1 != 0 }},
	'J':  {n: 3, do: func(s *Sim, b []byte) { s.feedDots(s.down(int(b[2]))) }},
	'M':  {n: 3, do: func(s *Sim, b []byte) { s.set.small = s.digit(b, 1) == 1 }},
	'R':  {n: 3, do: (*Sim).chooseCountry},
	'V':  {n: 3, do: func(s *Sim, b []byte) { s.undrawn(b, "turned letters") }},
	'{':  {n: 3, do: func(s *Sim, b []byte) { s.undrawn(b, "upside-down letters") }},
	'a':  {n: 3, do: (*Sim).chooseAlign},
	'c':  {n: 4, do: pass}, // paper sensors and panel buttons
	'd':  {n: 3, do: func(s *Sim, b []byte) { s.feedLines(int(b[2])) }},
	'i':  {n: 2, do: func(s *Sim, _ []byte) { s.cut(0, true) }},
	'm':  {n: 2, do: func(s *Sim, _ []byte) { s.cut(0, false) }},
	'p':  {n: 5, do: func(s *Sim, _ []byte) { s.happened(Drawer, 0) }},
	'r':  {n: 3, do: func(s *Sim, b []byte) { s.undrawn(b, "a second colour") }},
	't':  {n: 3, do: (*Sim).choosePage},

	// Page mode.
	'L': {n: 2, do: (*Sim).refusePageMode},
	'S': {n: 2, do: pass}, // back to standard mode
	'T': {n: 3, do: (*Sim).refusePageMode},
	'W': {n: 10, do: (*Sim).refusePageMode},
}

func ownLettersKnown(m model) bool { return m.userDefined }

// digit reads a parameter that may be a number or its digit, at most most.
func (s *Sim) digit(b []byte, most byte) int {
	n := b[2]
	if n >= '0' {
		n -= '0'
	}
	if n > most {
		s.fault(&s.count.Unknown, "% X is out of range", b)
		return 0
	}
	return int(n)
}

// undrawn notes what the pictures here do not show.
func (s *Sim) undrawn(b []byte, what string) {
	if b[2]&1 != 0 {
		s.fault(&s.count.Unknown, "%s are not drawn here", what)
	}
}

func (s *Sim) refusePageMode(b []byte) {
	s.fault(&s.count.Unknown, "ESC %02X: page mode is not drawn here", b[1])
}

func (s *Sim) choosePage(b []byte) {
	if s.model.pages[b[2]] == nil {
		s.fault(&s.count.Unknown, "code page %d is unknown to %s", b[2], s.model.name)
		return
	}
	s.set.page = b[2]
}

func (s *Sim) chooseCountry(b []byte) {
	if b[2] > 17 {
		s.fault(&s.count.Unknown, "ESC R %d is unknown", b[2])
		return
	}
	s.set.country = b[2]
}

// chooseAlign is valid only at the start of a line.
func (s *Sim) chooseAlign(b []byte) {
	if n := s.digit(b, 2); s.startOfLine("ESC a") {
		s.set.align = n
	}
}

// startOfLine says whether no letter waits to be printed; a command that counts
// only then is a fault.
func (s *Sim) startOfLine(command string) bool {
	if len(s.line) > 0 {
		s.fault(&s.count.Misplaced, "%s in the middle of a line", command)
		return false
	}
	return true
}

// sizeTabs: up to 32 positions and a NUL.
func sizeTabs(b []byte) int {
	if end := bytes.IndexByte(b[2:], 0); end >= 0 {
		return 2 + end + 1
	}
	if len(b) > 34 {
		return -1
	}
	return 0
}

// commandsFS are for Chinese and Japanese printers, but for the pictures that
// Custom and others keep. FS . switches the double-byte letters off.
var commandsFS = map[byte]command{
	'.': {n: 2, do: pass},
	'&': {n: 2, do: func(s *Sim, _ []byte) { s.fault(&s.count.Unknown, "FS &: double-byte letters are not drawn here") }},
	'!': {n: 3, do: pass},
	'-': {n: 3, do: pass},
	'C': {n: 3, do: pass},
	'S': {n: 4, do: pass},
	'p': {n: 4, has: imagesKnown, do: (*Sim).printImage},
	'q': {size: sizeImages, has: imagesKnown, do: (*Sim).storeImages},

	0xC0: {n: 6, has: fullStatusKnown, do: pass}, // obeyed on reception
}

func imagesKnown(m model) bool     { return m.images }
func fullStatusKnown(m model) bool { return m.fullStatus }
