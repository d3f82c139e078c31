package printer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// What a picture may be that somebody gives, and what is made of it.
const (
	mostPNG      = 1 << 20 // bytes
	mostSide     = 4096    // dots
	logoWide     = 384     // dots, fits the narrowest paper in use
	logoHigh     = 160
	wordmarkHigh = 64
)

// ErrBadLogo marks a picture that cannot be a logo.
var ErrBadLogo = errors.New("not a picture that can be printed")

// DefaultMark stands above what is printed where the technician gave no picture. It is
// nobody's logo.
const DefaultMark = "PUE"

// OpenLogo makes a logo of a PNG file: on white, in black dots alone, made smaller where
// it is wider than 384 dots or higher than 160. Without the name of a file it is
// [DefaultMark]. What is no logo is [ErrBadLogo].
func OpenLogo(file string) (*Picture, error) {
	if file == "" {
		return Wordmark(DefaultMark), nil
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the logo: %w", err)
	}
	return readLogo(src)
}

func readLogo(src []byte) (*Picture, error) {
	if len(src) > mostPNG {
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d are allowed", ErrBadLogo, len(src), mostPNG)
	}
	head, err := png.DecodeConfig(bytes.NewReader(src))
	if err != nil {
		return nil, fmt.Errorf("%w: reading the PNG: %w", ErrBadLogo, err)
	}
	if head.Width > mostSide || head.Height > mostSide {
		return nil, fmt.Errorf("%w: it is %d by %d dots, at most %d are allowed", ErrBadLogo, head.Width, head.Height, mostSide)
	}
	img, err := png.Decode(bytes.NewReader(src))
	if err != nil {
		return nil, fmt.Errorf("%w: reading the PNG: %w", ErrBadLogo, err)
	}
	p := dithered(img)
	if p.blank() {
		return nil, fmt.Errorf("%w: nothing of it is dark", ErrBadLogo)
	}
	return p, nil
}

// Wordmark is a logo of plain bold letters.
func Wordmark(text string) *Picture {
	parsed, err := opentype.Parse(gobold.TTF)
	if err != nil {
		panic("printer: the embedded font does not parse: " + err.Error())
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: wordmarkHigh, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic("printer: the embedded font has no face: " + err.Error())
	}
	wide := max(1, min(font.MeasureString(face, text).Ceil(), logoWide))
	ink := image.NewGray(image.Rect(0, 0, wide, wordmarkHigh))
	xdraw.Draw(ink, ink.Rect, image.White, image.Point{}, xdraw.Src)
	d := font.Drawer{Dst: ink, Src: image.Black, Face: face, Dot: fixed.P(0, wordmarkHigh*4/5)}
	d.DrawString(text)
	p := newPicture(wide, wordmarkHigh)
	for i, grey := range ink.Pix {
		if grey < 0x80 {
			p.set(i%wide, i/wide)
		}
	}
	return p
}

// dithered is img on white, small enough, in the two colours of thermal paper.
func dithered(img image.Image) *Picture {
	wide, high := img.Bounds().Dx(), img.Bounds().Dy()
	if wide > logoWide {
		wide, high = logoWide, max(1, high*logoWide/wide)
	}
	if high > logoHigh {
		wide, high = max(1, wide*logoHigh/high), logoHigh
	}
	grey := image.NewGray(image.Rect(0, 0, wide, high))
	xdraw.Draw(grey, grey.Rect, image.White, image.Point{}, xdraw.Src)
	xdraw.CatmullRom.Scale(grey, grey.Rect, img, img.Bounds(), xdraw.Over, nil)
	inks := image.NewPaletted(grey.Rect, color.Palette{color.White, color.Black})
	xdraw.FloydSteinberg.Draw(inks, inks.Rect, grey, image.Point{})
	p := newPicture(wide, high)
	for i, c := range inks.Pix {
		if c == 1 {
			p.set(i%wide, i/wide)
		}
	}
	return p
}

// logoKey is the name under which the logo is stored (GS ( L, two of 20h to 7Eh).
const logoKey = "PU"

// printLogo has the printer print what it keeps, or sends the picture.
func (e *encoder) printLogo() {
	e.align(centre)
	switch {
	case !e.logoKept():
		e.raster(e.setup.Logo, asItIs)
	case e.p.Storage == StoredByKey: // fn 69: print, each dot once
		e.out.Write([]byte{gs, '(', 'L', 6, 0, 48, 69, logoKey[0], logoKey[1], 1, 1})
	case e.p.Storage == StoredByNumber:
		e.out.Write([]byte{fsep, 'p', 1, 0})
	}
}

func (e *encoder) logoKept() bool { return e.setup.LogoStored && e.p.Storage != NotStored }

// chooseLogo puts words in the place of a logo that is not there, is wider than the
// paper, or takes more bytes than are left.
func (e *encoder) chooseLogo(parts []part) []part {
	var chosen []part
	for _, p := range parts {
		logo, is := p.other.(Logo)
		if !is || e.hasRoomForLogo() {
			chosen = append(chosen, p)
			continue
		}
		words := e.heading(Heading{Text: logo.Text})
		e.choosePictures(words)
		chosen = append(chosen, words...)
	}
	return chosen
}

func (e *encoder) hasRoomForLogo() bool {
	switch p := e.setup.Logo; {
	case p == nil:
		return false
	case p.wide > e.p.Dots, !e.logoKept() && !e.spend(e.setup.rasterBytes(p)):
		e.logoLeftOut = true
		return false
	}
	return true
}

// StoreLogo is the command that has the printer keep the logo, nil when it cannot.
// It goes into memory that bears some ten thousand writes: see [LogoMemory].
func (s Setup) StoreLogo() []byte {
	if s.Logo == nil {
		return nil
	}
	switch p := s.Logo; s.Profile.Storage {
	case StoredByKey: // GS ( L pL pH m fn a kc1 kc2 b xL xH yL yH c d…
		for realtimeLength(11 + len(p.rows)) {
			p = p.extended(p.wide, p.high+1)
		}
		n := 11 + len(p.rows)
		if n > 0xFFFF {
			return nil
		}
		out := []byte{
			gs, '(', 'L', byte(n), byte(n >> 8), 48, 67, 48, logoKey[0], logoKey[1], 1,
			byte(p.wide), byte(p.wide >> 8), byte(p.high), byte(p.high >> 8), 49,
		}
		return append(out, defused(p.rows)...)
	case StoredByNumber: // FS q n xL xH yL yH d…, in units of 8 dots
		p = p.extended(p.stride()*8, (p.high+7)/8*8)
		out := []byte{fsep, 'q', 1, byte(p.wide / 8), byte(p.wide / 8 >> 8), byte(p.high / 8), byte(p.high / 8 >> 8)}
		return append(out, defused(p.columns())...)
	}
	return nil
}

// realtimeLength says whether a length would be sent as a real-time command.
func realtimeLength(n int) bool { return byte(n) == dle && realtime(byte(n>>8)) }

// logoHash names what is stored where: another picture, or another kind of
// printer, is stored anew.
func (s Setup) logoHash() string {
	sum := sha256.Sum256(append([]byte(s.Profile.Name+" "+string(s.Profile.Storage)+" "), s.StoreLogo()...))
	return hex.EncodeToString(sum[:16])
}
