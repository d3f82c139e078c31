package capture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// A page of A4 at 200 dpi is 2339 points long, and small print stays legible. On a
// thin line (300 kbit/s) a page of 600 KB takes a quarter of a minute.
const (
	pageLong   = 2339
	pageBytes  = 600 << 10
	thumbLong  = 240
	thumbPrint = 70 // JPEG quality
)

// attempts are the ways to write a page, the best first, until one is small enough.
var attempts = []struct {
	long, quality int
}{{pageLong, 82}, {pageLong, 70}, {pageLong, 58}, {1871, 58}, {1654, 50}}

// encode writes the picture as it travels, and a small one.
func encode(img image.Image) (Page, error) {
	var p Page
	var scaled *image.RGBA
	for _, a := range attempts {
		if r := fitted(img.Bounds(), a.long); scaled == nil || scaled.Rect != r {
			scaled = onWhite(img, r)
		}
		data, err := writeJPEG(scaled, a.quality)
		if err != nil {
			return Page{}, err
		}
		clear(p.Data)
		p = Page{MediaType: JPEG, Data: data, Width: scaled.Rect.Dx(), Height: scaled.Rect.Dy()}
		if len(data) <= pageBytes {
			break
		}
	}
	small, err := writeJPEG(onWhite(scaled, fitted(scaled.Rect, thumbLong)), thumbPrint)
	if err != nil {
		return Page{}, err
	}
	p.Thumb = small
	clear(scaled.Pix)
	return p, nil
}

// fitted is the size that img has when its longer side is at most long.
func fitted(b image.Rectangle, long int) image.Rectangle {
	w, h := b.Dx(), b.Dy()
	if longer := max(w, h); longer > long {
		w, h = max(1, w*long/longer), max(1, h*long/longer)
	}
	return image.Rect(0, 0, w, h)
}

// onWhite draws a picture in another size; where it is transparent it is paper.
func onWhite(img image.Image, r image.Rectangle) *image.RGBA {
	page := image.NewRGBA(r)
	draw.Draw(page, r, image.NewUniform(color.White), image.Point{}, draw.Src)
	if r.Size() == img.Bounds().Size() {
		draw.Draw(page, r, img, img.Bounds().Min, draw.Over)
		return page
	}
	draw.BiLinear.Scale(page, r, img, img.Bounds(), draw.Over, nil)
	return page
}

func writeJPEG(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}
