// Package capture turns what a camera or a scanner delivers into a page that can
// travel: bounded before it is decoded, judged by whether a person could read it,
// and written anew, so that nothing stands in it but the picture.
//
// It keeps nothing and knows nobody. What comes in is foreign: a scanner's folder
// is open to whoever reaches it.
package capture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/png" // scanners write it
)

// Bounds of what is taken in, checked before anything is decoded.
const (
	MostBytes  = 10 << 20   // of a picture or a PDF, as INPS takes them
	mostPixels = 40_000_000 // of a picture
	// mostDecoded bounds the memory of a picture while it is judged: a PNG of 16
	// bits a channel needs eight bytes for each point.
	mostDecoded = 160 << 20
)

// The media types of a [Page].
const (
	JPEG = "image/jpeg"
	PDF  = "application/pdf"
)

var (
	// ErrTooLarge: more bytes or points than are taken in.
	ErrTooLarge = errors.New("picture is too large")
	// ErrUnreadable: no picture and no PDF, or not all of one.
	ErrUnreadable = errors.New("not a whole picture")
)

// Page is one page of a document.
type Page struct {
	MediaType string
	Data      []byte // what travels
	Thumb     []byte // a small JPEG; nil of a PDF
	Flaws     []Flaw // why a person may not be able to read it; none of a PDF
	Width     int    // points of Data; zero of a PDF
	Height    int
}

// Wipe overwrites the page.
func (p *Page) Wipe() {
	clear(p.Data)
	clear(p.Thumb)
	*p = Page{}
}

// Take reads a picture (JPEG or PNG), turns it upright, judges it and writes it
// anew as JPEG: place, time and owner of a camera stay behind.
func Take(data []byte) (Page, error) {
	upright, err := decode(data)
	if err != nil {
		return Page{}, fmt.Errorf("reading a picture: %w", err)
	}
	p, err := encode(upright)
	if err != nil {
		return Page{}, fmt.Errorf("writing a picture anew: %w", err)
	}
	p.Flaws = judge(upright)
	return p, nil
}

// TakeScanned is Take for a file of a scanner, which may also be a PDF. A PDF is
// only looked at from outside: it travels as it is.
func TakeScanned(data []byte) (Page, error) {
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return Take(data)
	}
	switch {
	case len(data) > MostBytes:
		return Page{}, fmt.Errorf("reading a PDF: %w", ErrTooLarge)
	case !endsAsPDF(data):
		return Page{}, fmt.Errorf("reading a PDF: %w", ErrUnreadable)
	}
	return Page{MediaType: PDF, Data: bytes.Clone(data)}, nil
}

// endsAsPDF looks for the mark of the end within the last kilobyte (ISO 32000-2
// §7.5.5 and its note on readers).
func endsAsPDF(data []byte) bool {
	return bytes.Contains(data[max(0, len(data)-1024):], []byte("%%EOF"))
}

func decode(data []byte) (image.Image, error) {
	if len(data) > MostBytes {
		return nil, ErrTooLarge
	}
	head, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if head.Width < 1 || head.Height < 1 {
		return nil, ErrUnreadable
	}
	if points := int64(head.Width) * int64(head.Height); points > mostPixels || points*bytesOf(head.ColorModel) > mostDecoded {
		return nil, ErrTooLarge
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if format == "jpeg" {
		return turned(img, orientation(data)), nil
	}
	return img, nil
}

// bytesOf is what one point of a decoded picture takes at most.
func bytesOf(m color.Model) int64 {
	switch m {
	case color.NRGBA64Model, color.RGBA64Model:
		return 8
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	}
	return 4
}
