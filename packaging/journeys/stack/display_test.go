package stack

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
)

// sheet is a white page with a dark block.
func sheet(block image.Rectangle) image.Image {
	page := image.NewRGBA(image.Rect(0, 0, 1280, 1024))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(page, block, image.NewUniform(color.Gray{40}), image.Point{}, draw.Src)
	return page
}

func TestTwoPicturesOfOnePageAreAlikeAndOthersAreNot(t *testing.T) {
	page := sheet(image.Rect(100, 100, 600, 300))
	for name, c := range map[string]struct {
		other image.Image
		alike bool
	}{
		"itself":                {page, true},
		"moved by a pixel":      {sheet(image.Rect(101, 101, 601, 301)), true},
		"the block elsewhere":   {sheet(image.Rect(600, 600, 1100, 800)), false},
		"nothing on it":         {sheet(image.Rectangle{}), false},
		"all dark":              {sheet(image.Rect(0, 0, 1280, 1024)), false},
		"of another size":       {image.NewRGBA(image.Rect(0, 0, 640, 480)), false},
		"of no size whatsoever": {image.NewRGBA(image.Rectangle{}), false},
	} {
		if d := distance(page, c.other); (d <= alike) != c.alike {
			t.Errorf("%s: %.2f apart", name, d)
		}
	}
}
