package printersim

import (
	"strings"
)

// mark is one letter, or one picture as high as letters, on the line in the
// making.
type mark struct {
	letter rune // pictureMark for a picture
	glyph  *bitmap
	look   look
	x      int // dots from the left of the area
	room       // that it takes
}

const (
	// pictureMark stands in text for a picture that ESC * put into the line.
	pictureMark = '\uFFFC'
	// ownLetter and its successors stand in text for letters that the sender drew
	// itself: which ones they are is for eyes to say.
	ownLetter = '\uE000'
)

// put sets a letter, and ends the line first when it has no place left.
func (s *Sim) put(code byte) {
	m := mark{letter: s.letter(code), look: s.set.look, room: s.set.box()}
	if glyph, defined := s.own.glyphs[code]; defined && s.own.on {
		m.letter, m.glyph = ownLetter+rune(code), glyph
	} else if m.letter == '\uFFFD' {
		s.fault(&s.count.Unknown, "byte %02X has no letter on code page %d", code, s.set.page)
	}
	if s.set.cursor+m.wide > s.areaWidth() && len(s.line) > 0 {
		s.fault(&s.count.Wraps, "line longer than %d dots", s.areaWidth())
		s.endLine()
	}
	m.x = s.set.cursor
	s.line = append(s.line, m)
	s.set.cursor += m.wide + s.set.gap*s.set.width
}

// putInline is ESC *: columns of dots among the letters, 8 or 24 high.
func (s *Sim) putInline(b []byte) {
	s.checkData(b[5:])
	deep, across, down := 1, 1, 3
	if b[2] >= 32 {
		deep, down = 3, 1
	}
	if b[2] == 0 || b[2] == 32 {
		across = 2
	}
	glyph := fromColumns(b[5:], le16(b[3:]), deep).scaled(across, down)
	m := mark{letter: pictureMark, glyph: glyph, look: look{width: 1, height: 1, fontA: s.model.fontA()}, x: s.set.cursor, room: room{glyph.width(), glyph.height()}}
	s.line = append(s.line, m)
	s.set.cursor += m.wide
}

// sizeInline is of ESC * m nL nH.
func sizeInline(b []byte) int {
	return within(b, 5, func() int {
		switch b[2] {
		case 0, 1:
			return 5 + le16(b[3:])
		case 32, 33:
			return 5 + 3*le16(b[3:])
		}
		return -1
	})
}

// tab goes to the next position that ESC D set.
func (s *Sim) tab() {
	letter := s.set.font().wide*s.set.width + s.set.gap
	for _, t := range s.set.tabs {
		if x := int(t) * letter; x > s.set.cursor && x < s.areaWidth() {
			s.set.cursor = x
			return
		}
	}
}

// endLine prints the line in the making, or feeds one when it is empty.
func (s *Sim) endLine() { s.endLineBy(s.set.spacing) }

// endLineBy prints the line in the making and feeds so many dots from its top, or
// more where its letters are taller.
func (s *Sim) endLineBy(feed int) {
	line := s.line
	s.line, s.set.cursor = nil, 0
	if len(line) == 0 {
		s.feed(feed)
		return
	}
	used, tallest := 0, 0
	for _, m := range line {
		used, tallest = max(used, m.x+m.wide), max(tallest, m.high)
	}
	left := s.indent(used)
	text := lineText(line, left)
	s.print(Item{
		Kind: Line, Left: left, Width: used, Height: max(feed, tallest),
		Text: text, Runs: runs(line, left), ink: letters{line, tallest}, plain: text + "\n",
	})
}

// indent is where something begins that is so many dots wide, from the left edge
// of what can be printed.
func (s *Sim) indent(wide int) int {
	return s.set.margin + max(s.areaWidth()-wide, 0)*s.set.align/2
}

// lineText is what a person reads, with blanks for the gaps.
func lineText(line []mark, left int) string {
	var b strings.Builder
	end := -left
	for _, m := range line {
		b.WriteString(strings.Repeat(" ", max(m.x-end, 0)/m.look.font().wide))
		b.WriteRune(m.letter)
		end = m.x + m.wide
	}
	return strings.TrimRight(b.String(), " ")
}

// Run is letters of one look on a line.
type Run struct {
	Text      string `json:"text"`
	Left      int    `json:"left"` // dots
	Bold      bool   `json:"bold,omitempty"`
	Reverse   bool   `json:"reverse,omitempty"`
	Small     bool   `json:"small,omitempty"` // font B
	Underline int    `json:"underline,omitempty"`
	Wide      int    `json:"wide"` // times as wide as a normal letter
	High      int    `json:"high"`
}

func runs(line []mark, left int) []Run {
	var all []Run
	for i, m := range line {
		if i == 0 || m.look != line[i-1].look {
			l := m.look
			all = append(all, Run{Left: left + m.x, Bold: l.bold, Reverse: l.reverse, Small: l.small, Underline: l.underline, Wide: l.width, High: l.height})
		}
		all[len(all)-1].Text += string(m.letter)
	}
	return all
}

// feedLines is ESC d n: the line in the making counts as the first.
func (s *Sim) feedLines(n int) {
	if len(s.line) > 0 {
		s.endLine()
		n--
	}
	s.feed(n * s.set.spacing)
}

// feedDots is ESC J n.
func (s *Sim) feedDots(n int) {
	if len(s.line) > 0 {
		s.endLineBy(n)
		return
	}
	s.feed(n)
}

func (s *Sim) feed(dots int) {
	if dots > 0 {
		s.print(Item{Kind: Feed, Height: dots, plain: strings.Repeat("\n", dots/s.lineSpacing())})
	}
}
