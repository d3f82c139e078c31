package printer

import (
	"bytes"
	"fmt"
	"strings"
)

// Control bytes of ESC/POS.
const (
	lf  = 0x0A
	dle = 0x10
	esc = 0x1B
	gs  = 0x1D
)

// Encode writes d as ESC/POS for p, from initialise to cut. lost is the number
// of letters that p has no code page for. An error means that a QR code cannot
// be drawn as it is.
func Encode(d Document, p Profile) (data []byte, lost int, err error) {
	e := encoder{p: p}
	e.begin()
	for _, b := range d.Blocks {
		if err := e.block(b); err != nil {
			return nil, 0, err
		}
	}
	e.align(left)
	e.out.Write(p.Cut)
	return e.out.Bytes(), e.lost, nil
}

type alignment byte

const (
	left   alignment = 0
	centre alignment = 1
)

// encoder remembers what the printer is set to, so that only changes are sent.
type encoder struct {
	p    Profile
	out  bytes.Buffer
	lost int

	page    int // index into p.Pages
	aligned alignment
	bold    bool
	size    size
}

// size is how letters are stretched, as GS ! has it: (width-1)<<4 | (height-1).
type size byte

const (
	usual size = 0x00
	tall  size = 0x01
	big   size = 0x11
)

// begin sets what a printer may remember from before or from its switches.
func (e *encoder) begin() {
	e.out.Write([]byte{esc, '@'})    // initialise
	e.out.Write([]byte{0x1C, '.'})   // cancel Kanji: some clones start in a two-byte code
	e.out.Write([]byte{esc, 'R', 0}) // international set USA: # $ @ [ \ ] stay what they are
	e.out.Write([]byte{esc, 't', e.p.Pages[0].Number})
}

func (e *encoder) block(b Block) error {
	switch b := b.(type) {
	case Logo:
		e.heading(Heading{Text: b.Text})
	case Heading:
		e.heading(b)
	case Text:
		e.lines(left, b.Bold, sized(b.Large), wrap(e.legible(b.Text), e.p.Columns))
	case Row:
		e.lines(left, false, sized(b.Large), row(e.legible(b.Label), e.legible(b.Value), e.p.Columns))
	case Rule:
		e.lines(left, false, usual, []string{strings.Repeat("-", e.p.Columns)})
	case QR:
		return e.qr(b.Data)
	case Feed:
		e.feed(b.Lines)
	default:
		return fmt.Errorf("document block %T is unknown", b)
	}
	return nil
}

func (e *encoder) heading(h Heading) {
	if h.Big {
		e.lines(centre, true, big, wrap(e.legible(h.Text), e.p.Columns/2))
		return
	}
	e.lines(centre, true, usual, wrap(e.legible(h.Text), e.p.Columns))
}

func sized(large bool) size {
	if large {
		return tall
	}
	return usual
}

func (e *encoder) legible(s string) string {
	text, lost := legible(s, e.p.Pages)
	e.lost += lost
	return text
}

func (e *encoder) lines(a alignment, bold bool, s size, lines []string) {
	e.align(a)
	e.style(bold, s)
	for _, l := range lines {
		e.letters(l)
		e.out.WriteByte(lf)
	}
}

// letters draws one line, changing the code page only where a letter needs it.
func (e *encoder) letters(line string) {
	for _, r := range line {
		if r == '\u00A0' {
			r = ' '
		}
		b, ok := e.p.Pages[e.page].Letters.draw(r)
		if !ok {
			b = e.turnPage(r)
		}
		e.out.WriteByte(b)
	}
}

// turnPage changes to the first page that has r and returns its byte. Legible
// text has no rune without one.
func (e *encoder) turnPage(r rune) byte {
	for i, p := range e.p.Pages {
		if b, ok := p.Letters.draw(r); ok {
			e.page = i
			e.out.Write([]byte{esc, 't', p.Number})
			return b
		}
	}
	return '?'
}

func (e *encoder) align(a alignment) {
	if e.aligned != a {
		e.aligned = a
		e.out.Write([]byte{esc, 'a', byte(a)})
	}
}

func (e *encoder) style(bold bool, s size) {
	if e.bold != bold {
		e.bold = bold
		e.out.Write([]byte{esc, 'E', flag(bold)})
	}
	if e.size != s {
		e.size = s
		e.out.Write([]byte{gs, '!', byte(s)})
	}
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// feed never sends more than a hand's breadth: a wrong number must not empty the
// roll.
func (e *encoder) feed(lines int) {
	const most = 20
	if lines = min(lines, most); lines > 0 {
		e.out.Write([]byte{esc, 'd', byte(lines)})
	}
}
