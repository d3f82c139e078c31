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

// ink is something on paper.
type ink interface {
	blank() bool
	draw(paper *image.Alpha, at image.Point)
}

// letters are a line of them, which stand on one foot.
type letters struct {
	line []mark
	high int
}

func (l letters) blank() bool {
	for _, m := range l.line {
		if m.glyph != nil && !m.glyph.blank() || m.glyph == nil && m.letter != ' ' && m.letter != '\u00A0' || m.look.underline > 0 || m.look.reverse {
			return false
		}
	}
	return true
}

func (l letters) draw(paper *image.Alpha, at image.Point) {
	for _, m := range l.line {
		box := image.Rect(at.X+m.x, at.Y+l.high-m.high, at.X+m.x+m.wide, at.Y+l.high)
		if box.Min.Y < paper.Rect.Max.Y {
			m.draw(paper, box)
		}
	}
}

// draw puts one letter into its box.
func (m mark) draw(paper *image.Alpha, box image.Rectangle) {
	if m.glyph != nil {
		m.glyph.scaled(m.glyph.across*m.look.width, m.glyph.down*m.look.height).draw(paper, box.Min)
	} else {
		xdraw.Draw(paper, box, faces.draw(m), image.Point{}, xdraw.Over)
	}
	if m.look.underline > 0 {
		fill(paper, image.Rect(box.Min.X, box.Max.Y-m.look.underline, box.Max.X, box.Max.Y))
	}
	if m.look.reverse {
		invert(paper, box)
	}
}

func invert(paper *image.Alpha, box image.Rectangle) {
	box = box.Intersect(paper.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := paper.Pix[paper.PixOffset(box.Min.X, y):][:box.Dx()]
		for x := range row {
			row[x] = 0xFF - row[x]
		}
	}
}

// lettering draws letters into boxes. A face is no good to two goroutines.
type lettering struct {
	mu    sync.Mutex
	faces map[faceKey]font.Face
	drawn map[drawnKey]*image.Alpha
}

type faceKey struct {
	bold   bool
	height int
}

type drawnKey struct {
	letter rune
	bold   bool
	high   int // times
	box    room
}

var faces = lettering{faces: map[faceKey]font.Face{}, drawn: map[drawnKey]*image.Alpha{}}

const (
	emDots   = 20 // Go Mono is 0.6 em wide: 12 dots
	baseline = 18 // dots from the top of a box
	// mostDrawn letters are kept; a receipt has some eighty different ones.
	mostDrawn = 4096
)

// draw returns one letter, stretched as the printer stretches it.
func (l *lettering) draw(m mark) *image.Alpha {
	k := drawnKey{m.letter, m.look.bold, m.look.height, m.room}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ink, ok := l.drawn[k]; ok {
		return ink
	}
	square := image.NewAlpha(image.Rect(0, 0, k.high*fontA.wide, k.high*fontA.high))
	d := font.Drawer{
		Dst:  square,
		Src:  image.NewUniform(color.Alpha{A: 255}),
		Face: l.face(faceKey{k.bold, k.high}),
		Dot:  fixed.P(0, baseline*k.high),
	}
	d.DrawString(string(k.letter))
	ink := image.NewAlpha(image.Rect(0, 0, m.wide, m.high))
	xdraw.BiLinear.Scale(ink, ink.Bounds(), square, square.Bounds(), xdraw.Over, nil)
	if len(l.drawn) < mostDrawn {
		l.drawn[k] = ink
	}
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
