package printersim

import (
	"image"
	"strings"
	"time"
)

// A head of 180 dots per inch, as 42 columns of 12 dots need on 80 mm paper.
const (
	dpi        = 180
	cellWide   = 12
	cellHigh   = 24
	paperDots  = 567   // 80 mm
	bladeDots  = 106   // 15 mm from the head to the blade
	mostHeight = 12000 // 1.7 m; longer receipts are shown in part
)

// cell is one letter of the line in the making.
type cell struct {
	letter          rune
	bold, underline bool
	width, height   int
}

// strip is a piece of printed paper: its ink, nil when blank, and its text.
type strip struct {
	ink    *image.Alpha
	height int
	text   string
}

// Receipt is what lay between two cuts.
type Receipt struct {
	Number int
	Text   string    // as a person reads it, one line per printed line
	Bytes  []byte    // as they came, without what was obeyed on reception
	At     time.Time // of the cut
	strips []strip
}

// put sets a letter, and ends the line first when it has no place left.
func (s *Sim) put(letter rune) {
	used := 0
	for _, c := range s.line {
		used += c.width
	}
	if used+s.set.width > s.model.columns() {
		s.fault("line longer than %d columns", s.model.columns())
		s.endLine()
	}
	s.line = append(s.line, cell{letter, s.set.bold, s.set.underline, s.set.width, s.set.height})
}

// endLine prints the line in the making, or feeds one when it is empty.
func (s *Sim) endLine() {
	line := s.line
	s.line = nil
	s.print(strip{
		ink:    drawLine(line, s.model.dots, s.set.align),
		height: lineHeight(line, s.set.spacing),
		text:   s.lineText(line) + "\n",
	})
}

func lineHeight(line []cell, spacing int) int {
	h := spacing
	for _, c := range line {
		h = max(h, c.height*cellHigh)
	}
	return h
}

func (s *Sim) lineText(line []cell) string {
	var b strings.Builder
	used := 0
	for _, c := range line {
		b.WriteRune(c.letter)
		used += c.width
	}
	indent := (s.model.columns() - used) * int(s.set.align) / 2
	return strings.TrimRight(strings.Repeat(" ", max(indent, 0))+b.String(), " ")
}

// feedLines is ESC d n: the line in the making counts as the first.
func (s *Sim) feedLines(n int) {
	if len(s.line) > 0 {
		s.endLine()
		n--
	}
	s.feed(n * s.set.spacing)
}

func (s *Sim) feed(dots int) {
	if dots > 0 {
		s.print(strip{height: dots, text: strings.Repeat("\n", dots/max(s.set.spacing, 1))})
	}
}

func (s *Sim) print(p strip) {
	s.strips = append(s.strips, p)
	s.move(p.height, 0)
}

// cut ends the receipt. Blank paper is no receipt. A blade that is stuck makes an
// error of it, and leaves the paper whole.
func (s *Sim) cut(feed int) {
	if s.bladeStuck {
		s.bladeError = true
		s.reportChange()
		return
	}
	if len(s.line) > 0 {
		s.endLine()
	}
	strips := append(s.strips, strip{height: feed})
	s.strips, s.severed = nil, true
	s.move(feed, cutTime)
	var text strings.Builder
	blank := true
	for _, p := range strips {
		text.WriteString(p.text)
		blank = blank && p.ink == nil
	}
	if blank {
		return
	}
	s.receipts = append(s.receipts, Receipt{
		Number: len(s.receipts) + 1,
		Text:   text.String(),
		At:     time.Now(),
		strips: strips,
	})
}
