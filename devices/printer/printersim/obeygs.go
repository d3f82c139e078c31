package printersim

import "bytes"

var commandsGS = map[byte]command{
	'!':  {n: 3, do: func(s *Sim, b []byte) { s.set.width, s.set.height = 1+int(b[2]>>4&7), 1+int(b[2]&7) }},
	'$':  {n: 4, do: pass}, // page mode
	'\\': {n: 4, do: pass}, // page mode
	'(':  {size: sizeExtended, do: (*Sim).obeyExtended},
	'8':  {size: sizeLong, has: graphicsKnown, do: func(s *Sim, b []byte) { s.obeyGraphics(b[7:]) }},
	'*':  {size: sizeDownload, do: (*Sim).download},
	'/':  {n: 3, do: (*Sim).printDownload},
	'B':  {n: 3, do: func(s *Sim, b []byte) { s.set.reverse = b[2]&1 != 0 }},
	'H':  {n: 3, do: func(s *Sim, b []byte) { s.codes.readable = s.digit(b, 3) }},
	'I':  {n: 3, do: func(s *Sim, b []byte) { s.obeyIdentity(b[2]) }},
	'L':  {n: 4, do: (*Sim).chooseMargin},
	'P':  {n: 4, do: (*Sim).chooseUnits},
	'V':  {size: sizeCut, do: (*Sim).obeyCut},
	'W':  {n: 4, do: (*Sim).chooseArea},
	'a':  {n: 3, has: func(m model) bool { return m.automatic }, do: func(s *Sim, b []byte) { s.obeyAutomatic(b[2]) }},
	'b':  {n: 3, do: pass}, // smoothing
	'e':  {size: sizePresenter, has: func(m model) bool { return m.presenter }, do: (*Sim).obeyPresenter},
	'f':  {n: 3, do: pass}, // font of the digits under a bar code
	'h':  {n: 3, do: func(s *Sim, b []byte) { s.codes.high = max(int(b[2]), 1) }},
	'k':  {size: sizeBarCode, do: (*Sim).obeyBarCode},
	'r':  {n: 3, do: func(s *Sim, b []byte) { s.obeyQueued(b[2]) }},
	'v':  {n: 8, do: (*Sim).beginRaster},
	'w':  {n: 3, do: func(s *Sim, b []byte) { s.codes.wide = min(max(int(b[2]), 1), 6) }},

	// Custom.
	0xE0: {n: 3, has: fullStatusKnown, do: func(s *Sim, b []byte) { s.obeyAutomaticFull(b[2]) }},
	0xE1: {n: 2, has: fullStatusKnown, do: func(s *Sim, b []byte) { s.obeyCounter(b[1]) }},
	0xE4: {n: 2, has: fullStatusKnown, do: func(s *Sim, b []byte) { s.obeyCounter(b[1]) }},
	0xE5: {n: 2, has: fullStatusKnown, do: func(s *Sim, b []byte) { s.obeyCounter(b[1]) }},
	0xE6: {n: 4, has: fullStatusKnown, do: func(s *Sim, b []byte) { s.counters.limit = le16(b[2:]) }},
}

func graphicsKnown(m model) bool { return m.graphics }

// sizeExtended is of GS ( x pL pH.
func sizeExtended(b []byte) int {
	return within(b, 5, func() int { return 5 + le16(b[3:]) })
}

// obeyExtended is GS ( x pL pH, with parameters of any length.
func (s *Sim) obeyExtended(b []byte) {
	p := b[5:]
	s.checkData(p)
	switch x := b[2]; {
	case len(p) < 2:
		s.fault(&s.count.Unknown, "GS ( %c with %d parameters", x, len(p))
	case x == 'k':
		s.obeyCode(p[0], p[1], p[2:])
	case x == 'L' && s.model.graphics:
		s.obeyGraphics(p)
	case x == 'H' && s.model.processID:
		s.obeyResponse(p)
	case x == 'K' || x == 'E' && len(p) > 0: // density, speed, switches: nothing to see here
	default:
		s.fault(&s.count.Unknown, "GS ( %c is unknown to %s", x, s.model.name)
	}
}

// obeyResponse is GS ( H: fn 48 asks for an answer once all before it is printed,
// fn 49 for a word when the printer goes offline.
func (s *Sim) obeyResponse(p []byte) {
	switch {
	case p[0] == '0' && p[1] == '0' && len(p) == 6 && printable(p[2:]):
		s.say(0x37, 0x22, p[2], p[3], p[4], p[5], 0)
	case p[0] == '1' && p[1] == '0' && len(p) == 3:
		s.automatic.offline = p[2]&1 != 0
		s.automatic.wasAway = s.stopped()
	default:
		s.fault(&s.count.Unknown, "GS ( H with % X", p)
	}
}

// printable is what a process id may be made of.
func printable(id []byte) bool {
	return !bytes.ContainsFunc(id, func(r rune) bool { return r < 0x20 || r > 0x7E })
}

// checkData finds real-time commands that stand inside other data: the printer
// obeyed them too.
func (s *Sim) checkData(data []byte) {
	for _, c := range []byte{0x04, 0x05, 0x14} {
		if bytes.Contains(data, []byte{0x10, c}) {
			s.fault(&s.count.Flagged, "real-time command 10 %02X inside data", c)
		}
	}
}

// sizeCut: GS V with a letter has a feed after it.
func sizeCut(b []byte) int {
	return within(b, 3, func() int {
		if b[2] == 0 || b[2] == 1 || b[2] == '0' || b[2] == '1' {
			return 3
		}
		return 4
	})
}

// obeyCut is GS V m: even numbers cut all, odd ones leave a point. A and B feed
// to the blade and n further first.
func (s *Sim) obeyCut(b []byte) {
	switch b[2] {
	case 0, '0', 1, '1':
		s.cut(0, b[2]&1 == 0)
	case 'A', 'B':
		s.cut(s.blade()+s.down(int(b[3])), b[2] == 'A')
	default:
		s.fault(&s.count.Unknown, "GS V %02X is unknown", b[2])
	}
}

// sizePresenter: presenting has a number of steps.
func sizePresenter(b []byte) int {
	return within(b, 3, func() int {
		if b[2] == 3 {
			return 4
		}
		return 3
	})
}

func (s *Sim) chooseMargin(b []byte) {
	if s.startOfLine("GS L") {
		s.set.margin = min(s.across(le16(b[2:])), s.model.dots)
	}
}

func (s *Sim) chooseArea(b []byte) {
	if s.startOfLine("GS W") {
		s.set.area = s.across(le16(b[2:]))
	}
}

// chooseUnits is GS P: how many motion units an inch has, 0 for the default.
func (s *Sim) chooseUnits(b []byte) {
	s.set.unitsAcross, s.set.unitsDown = int(b[2]), int(b[3])
}
