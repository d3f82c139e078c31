package printer

import (
	"bytes"
)

// Control bytes of ESC/POS.
const (
	lf   = 0x0A
	dle  = 0x10
	esc  = 0x1B
	fsep = 0x1C
	gs   = 0x1D
)

// encoder remembers what the printer is set to, so that only changes are sent.
type encoder struct {
	p     Profile
	setup Setup
	out   bytes.Buffer
	lost  int

	borders []int // places in out that are in the middle of no command

	letters     repertoire
	limited     bool
	room        int // bytes left for pictures
	logoLeftOut bool

	ahead   []rune // of all lines that are still to come
	page    int    // index into p.Pages
	aligned alignment
	bold    bool
	size    size
}

// begin sets what a printer may remember from before or from its switches.
func (e *encoder) begin(parts []part) {
	for _, p := range parts {
		if p.picture == nil {
			e.ahead = append(e.ahead, []rune(p.text)...)
		}
	}
	e.out.Write([]byte{esc, '@'})    // initialise
	e.out.Write([]byte{fsep, '.'})   // cancel Kanji: some clones start in a two-byte code
	e.out.Write([]byte{esc, 'R', 0}) // international set USA: # $ @ [ \ ] stay what they are
	if w := e.p.Dots; e.p.Narrowed { // print area, in motion units of a dot each
		e.out.Write([]byte{gs, 'W', byte(w), byte(w >> 8)})
	}
	e.turnPage(e.longest())
	e.out.Write(e.letters.own.define())
	e.border()
}

// border notes that a command ends here, and a question may follow.
func (e *encoder) border() { e.borders = append(e.borders, e.out.Len()) }

func (e *encoder) write(p part) error {
	switch b := p.other.(type) {
	case nil:
		e.line(p.line)
	case Logo:
		e.printLogo()
	case QR:
		return e.qr(b.Data)
	case Feed:
		e.feed(b.Lines)
	}
	return nil
}

func (e *encoder) line(l line) {
	e.align(l.align)
	if l.picture != nil {
		e.drawnLine(l)
		return
	}
	e.style(l.bold, l.size)
	for _, r := range l.text {
		e.letter(r)
		e.ahead = e.ahead[1:]
	}
	e.out.WriteByte(lf)
}

// letter puts down one letter. Text that has been laid out has none without a byte.
func (e *encoder) letter(r rune) {
	if r == '\u00A0' {
		r = ' '
	}
	if code, ok := e.letters.own.codes[r]; ok {
		e.out.WriteByte(code)
		return
	}
	b, ok := e.p.Pages[e.page].Letters.draw(r)
	if !ok {
		e.turnPage(e.longest())
		b, _ = e.p.Pages[e.page].Letters.draw(r)
	}
	e.out.WriteByte(b)
}

// longest is the page that lasts longest from here on. To take it each time makes
// the fewest changes: no other choice is still on its page where this one ends.
func (e *encoder) longest() int {
	best, most := 0, -1
	for i, p := range e.p.Pages {
		if n := e.lasts(p.Letters); n > most {
			best, most = i, n
		}
	}
	return best
}

// lasts is how many letters from here on are on a page or on none.
func (e *encoder) lasts(l Letters) int {
	for n, r := range e.ahead {
		if _, own := e.letters.own.codes[r]; own || r == '\u00A0' {
			continue
		}
		if _, ok := l.draw(r); !ok {
			return n
		}
	}
	return len(e.ahead)
}

func (e *encoder) turnPage(i int) {
	e.page = i
	e.out.Write([]byte{esc, 't', e.p.Pages[i].Number})
}

// drawnLine sends a line as dots, in the size that its letters would have.
func (e *encoder) drawnLine(l line) {
	how := asItIs
	switch l.size {
	case tall:
		how = twiceHigh
	case big:
		how = twiceWider
	}
	e.raster(l.picture, how)
	const gap = 6 // motion units, a dot each or half of one: about what is left between lines of letters
	e.out.Write([]byte{esc, 'J', gap})
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
