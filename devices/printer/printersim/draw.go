package printersim

import (
	"image"
	"image/color"
	"sync"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// lettering draws letters into cells. A face is no good to two goroutines.
type lettering struct {
	mu    sync.Mutex
	faces map[faceKey]font.Face
	drawn map[cell]*image.Alpha
}

type faceKey struct {
	bold   bool
	height int
}

var letters = lettering{faces: map[faceKey]font.Face{}, drawn: map[cell]*image.Alpha{}}

const (
	emDots   = 20 // Go Mono is 0.6 em wide: 12 dots
	baseline = 18 // dots from the top of a cell
)

// drawLine returns the ink of a line, nil when it is blank.
func drawLine(line []cell, dots int, align byte) *image.Alpha {
	used, blank := 0, true
	for _, c := range line {
		used += c.width * cellWide
		blank = blank && c.letter == ' ' && !c.underline
	}
	if blank {
		return nil
	}
	high := lineHeight(line, 0)
	ink := image.NewAlpha(image.Rect(0, 0, dots, high))
	x := indent(align, dots-used)
	for _, c := range line {
		top := high - c.height*cellHigh // letters stand on one line
		box := image.Rect(x, top, x+c.width*cellWide, high)
		xdraw.Draw(ink, box, letters.draw(c), image.Point{}, xdraw.Over)
		if c.underline {
			bar := image.Rect(box.Min.X, box.Max.Y-2, box.Max.X, box.Max.Y)
			xdraw.Draw(ink, bar, image.Opaque, image.Point{}, xdraw.Over)
		}
		x = box.Max.X
	}
	return ink
}

// draw returns one letter, stretched as the printer stretches it.
func (l *lettering) draw(c cell) *image.Alpha {
	c.underline = false
	l.mu.Lock()
	defer l.mu.Unlock()
	if ink, ok := l.drawn[c]; ok {
		return ink
	}
	square := image.NewAlpha(image.Rect(0, 0, c.height*cellWide, c.height*cellHigh))
	d := font.Drawer{
		Dst:  square,
		Src:  image.NewUniform(color.Alpha{A: 255}),
		Face: l.face(faceKey{c.bold, c.height}),
		Dot:  fixed.P(0, baseline*c.height),
	}
	d.DrawString(string(c.letter))
	ink := image.NewAlpha(image.Rect(0, 0, c.width*cellWide, c.height*cellHigh))
	xdraw.BiLinear.Scale(ink, ink.Bounds(), square, square.Bounds(), xdraw.Over, nil)
	l.drawn[c] = ink
	return ink
}

func (l *lettering) face(k faceKey) font.Face {
	if f, ok := l.faces[k]; ok {
		return f
	}
	ttf := gomono.TTF
	if k.bold {
		ttf = gomonobold.TTF
	}
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		panic("printersim: the embedded font does not parse: " + err.Error())
	}
	f, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(emDots * k.height), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic("printersim: the embedded font has no face: " + err.Error())
	}
	l.faces[k] = f
	return f
}
