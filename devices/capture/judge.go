package capture

import (
	"image"
	"slices"

	"golang.org/x/image/draw"
)

// Flaw is why a person may not be able to read a page.
type Flaw string

const (
	TooSmall  Flaw = "small"   // too few points for the letters of a page of A4
	TooDark   Flaw = "dark"    // even the paper is dark
	TooBright Flaw = "bright"  // nothing on it is dark: writing is gone, or there is none
	Blurred   Flaw = "blurred" // no edge is sharp
)

// What a page needs to be read. Ten-point letters of A4 at 120 dots to the inch
// have eight points of height without their stems, which is about the least that
// people read without guessing.
const (
	leastLong  = 1400 // points of the longer side: A4 at 120 dpi is 1403 × 992
	leastShort = 990

	judgedLong = 1200 // the size at which all pages are judged, longer side
	tile       = 32   // points of the judged picture

	paperLeast  = 100 // luma of the brightest twentieth; paper in a dim room is 120
	writingMost = 170 // luma of the darkest of five hundred; pencil on paper is 150
	sharpLeast  = 0.03
)

// judge says what is wrong with a picture of a page.
func judge(img image.Image) []Flaw {
	var flaws []Flaw
	b := img.Bounds()
	if max(b.Dx(), b.Dy()) < leastLong || min(b.Dx(), b.Dy()) < leastShort {
		flaws = append(flaws, TooSmall)
	}
	grey := reduced(img)
	dark, bright := tones(grey)
	switch {
	case bright < paperLeast:
		flaws = append(flaws, TooDark)
	case dark > writingMost:
		flaws = append(flaws, TooBright)
	case sharpness(grey, float64(bright)-float64(dark)) < sharpLeast:
		flaws = append(flaws, Blurred)
	}
	return flaws
}

// reduced is the picture in grey and at the size of judgement: what is sharp there
// is sharp enough, and the grain of a camera has gone.
func reduced(img image.Image) *image.Gray {
	page := onWhite(img, fitted(img.Bounds(), judgedLong))
	grey := image.NewGray(page.Rect)
	draw.Draw(grey, grey.Rect, page, image.Point{}, draw.Src)
	clear(page.Pix)
	return grey
}

// tones are the luma that one of five hundred points is darker than, and that a
// twentieth is brighter than.
func tones(grey *image.Gray) (dark, bright uint8) {
	var count [256]int
	for _, luma := range grey.Pix {
		count[luma]++
	}
	return quantile(&count, len(grey.Pix)/500), quantile(&count, len(grey.Pix)*19/20)
}

// quantile is the luma of the point that has n darker ones before it.
func quantile(count *[256]int, n int) uint8 {
	for luma, c := range count {
		if n -= c; n < 0 {
			return uint8(luma)
		}
	}
	return 255
}

// sharpness is how strong the edges are where they are strongest, in relation to
// the contrast of the page: the variance of the Laplacian in each tile, of which
// the best fiftieth counts. A receipt on an empty sheet is as sharp as a full one.
func sharpness(grey *image.Gray, contrast float64) float64 {
	var all []float64
	for y := 1; y+tile < grey.Rect.Dy(); y += tile {
		for x := 1; x+tile < grey.Rect.Dx(); x += tile {
			all = append(all, variance(grey, x, y))
		}
	}
	if len(all) == 0 || contrast <= 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)*49/50] / (contrast * contrast)
}

// variance is that of the Laplacian (four neighbours) over the tile at x, y.
func variance(grey *image.Gray, x, y int) float64 {
	var sum, squares float64
	for row := y; row < y+tile; row++ {
		i := row*grey.Stride + x
		for ; i < row*grey.Stride+x+tile; i++ {
			l := float64(4*int(grey.Pix[i]) - int(grey.Pix[i-1]) - int(grey.Pix[i+1]) -
				int(grey.Pix[i-grey.Stride]) - int(grey.Pix[i+grey.Stride]))
			sum += l
			squares += l * l
		}
	}
	const n = tile * tile
	return squares/n - (sum/n)*(sum/n)
}
