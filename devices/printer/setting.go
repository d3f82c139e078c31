package printer

import (
	"fmt"
	"strings"
)

// part is a line of letters, or a block that is none.
type part struct {
	line
	other Block // Logo, QR or Feed, else nil
}

// line is letters that stand on one line of paper.
type line struct {
	text  string
	align alignment
	bold  bool
	size  size
	// picture is the line as dots, for a letter that the printer cannot print.
	picture *Picture
}

type alignment byte

const (
	left   alignment = 0
	centre alignment = 1
)

// size is how letters are stretched, as GS ! has it: (width-1)<<4 | (height-1).
type size byte

const (
	usual size = 0x00
	tall  size = 0x01
	big   size = 0x11
)

func sized(large bool) size {
	if large {
		return tall
	}
	return usual
}

// layOut sets d in lines. What stands on each is decided by it, and how it is sent
// is not.
func (e *encoder) layOut(d Document) ([]part, error) {
	var parts []part
	for _, b := range d.Blocks {
		switch b := b.(type) {
		case Heading:
			parts = append(parts, e.heading(b)...)
		case Text:
			parts = append(parts, lines(line{bold: b.Bold, size: sized(b.Large)}, wrap(e.legible(b.Text), e.p.Columns))...)
		case Row:
			parts = append(parts, lines(line{bold: b.Bold, size: sized(b.Large)}, row(e.legible(b.Label), e.legible(b.Value), e.p.Columns))...)
		case Rule:
			parts = append(parts, lines(line{}, []string{strings.Repeat("-", e.p.Columns)})...)
		case Logo, QR, Feed:
			parts = append(parts, part{other: b})
		default:
			return nil, fmt.Errorf("document block %T is unknown", b)
		}
	}
	return parts, nil
}

func (e *encoder) heading(h Heading) []part {
	if h.Big {
		return lines(line{align: centre, bold: true, size: big}, wrap(e.legible(h.Text), e.p.Columns/2))
	}
	return lines(line{align: centre, bold: true, size: sized(h.Large)}, wrap(e.legible(h.Text), e.p.Columns))
}

func lines(like line, texts []string) []part {
	var parts []part
	for _, t := range texts {
		like.text = t
		parts = append(parts, part{line: like})
	}
	return parts
}

func (e *encoder) legible(s string) string {
	text, lost := e.letters.legible(s)
	e.lost += lost
	return text
}

// choosePictures draws the lines that the printer cannot print, for as long as
// there is room. On the others the letters lose what cannot be printed.
func (e *encoder) choosePictures(parts []part) {
	for i := range parts {
		l := &parts[i].line
		if l.text == "" || e.letters.printsAll(strings.ReplaceAll(l.text, "\u00A0", " ")) {
			continue
		}
		face := plainFace()
		if l.bold {
			face = boldFace()
		}
		if p := face.write(l.text).trimmed(); e.spend(e.setup.rasterBytes(p)) {
			l.picture = p
			continue
		}
		l.text = e.plainer(l.text)
	}
}

// spend takes so many bytes of what is left for pictures.
func (e *encoder) spend(bytes int) bool {
	if e.limited && bytes > e.room {
		return false
	}
	e.room -= bytes
	return true
}

func (e *encoder) plainer(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r != '\u00A0' && !e.letters.prints(r) {
			r = e.letters.plainer(r)
			e.lost++
		}
		b.WriteRune(r)
	}
	return b.String()
}
