package printer

import (
	"image"
	"image/color"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// A letter of font A takes 12 by 24 dots on every printer with a profile here.
const (
	cellWide = 12
	cellHigh = 24
)

const (
	emDots   = 20 // Go Mono is 0.6 em wide: 12 dots
	baseline = 19 // dots from the top of a cell; caron above, cedilla below
	// inky is the share of a dot, of 255, from which on it is printed. A thermal
	// head prints thin strokes thinner than a screen does.
	inky = 100
)

// typeface draws the letters that no page of a printer has. It is parsed at its
// first use, which most terminals never come to.
type typeface struct {
	mu   sync.Mutex // a face is no good to two goroutines
	font *sfnt.Font
	face font.Face
	buf  sfnt.Buffer
}

var (
	plainFace = sync.OnceValue(func() *typeface { return openFace(gomono.TTF) })
	boldFace  = sync.OnceValue(func() *typeface { return openFace(gomonobold.TTF) })
)

// openFace parses a font that is part of the program.
func openFace(ttf []byte) *typeface {
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		panic("printer: the embedded font does not parse: " + err.Error())
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: emDots, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic("printer: the embedded font has no face: " + err.Error())
	}
	return &typeface{font: parsed, face: face}
}

// has says whether the font has r.
func (t *typeface) has(r rune) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, err := t.font.GlyphIndex(&t.buf, r)
	return err == nil && i != 0
}

// write draws the letters of a line side by side.
func (t *typeface) write(line string) *Picture {
	letters := []rune(line)
	ink := image.NewAlpha(image.Rect(0, 0, cellWide*len(letters), cellHigh))
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, r := range letters {
		// Each letter keeps to its own cell: two that touch are hard to read.
		cell := image.Rect(i*cellWide, 0, (i+1)*cellWide, cellHigh)
		d := font.Drawer{
			Dst: ink.SubImage(cell).(*image.Alpha), Src: image.NewUniform(color.Alpha{A: 255}), Face: t.face,
			Dot: fixed.P(i*cellWide, baseline),
		}
		d.DrawString(string(r))
	}
	p := newPicture(ink.Rect.Dx(), ink.Rect.Dy())
	for y := range p.high {
		for x := range p.wide {
			if ink.AlphaAt(x, y).A >= inky {
				p.set(x, y)
			}
		}
	}
	return p
}
