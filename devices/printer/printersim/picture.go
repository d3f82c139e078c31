package printersim

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

var (
	tableColour = color.NRGBA{0xDD, 0xDB, 0xD5, 0xFF}
	shadeColour = color.NRGBA{0xC6, 0xC3, 0xBB, 0xFF}
	paperColour = color.NRGBA{0xFE, 0xFD, 0xF9, 0xFF}
	inkColour   = color.NRGBA{0x26, 0x25, 0x2C, 0xFF}
)

const (
	table  = 28 // dots of table around the paper
	shadow = 4
	tooth  = 6  // dots, of the edge that the blade leaves
	head   = 40 // blank dots above the first line
)

// Ink is what the head drew, dot for dot: opaque where the paper is black, as
// wide as the printer prints and at most 1.7 m long.
func (r Receipt) Ink() *image.Alpha {
	paper := image.NewAlpha(image.Rect(0, 0, r.model.dots, min(r.high, mostHeight)))
	for _, i := range r.Items {
		if i.ink != nil {
			i.ink.draw(paper, image.Pt(i.Left, i.Top))
		}
	}
	return paper
}

// PNG is a picture of the receipt as it lies on a table, one pixel for a dot and
// as wide as the paper.
func (r Receipt) PNG() []byte {
	ink := r.Ink()
	high := head + ink.Rect.Dy()
	img := image.NewNRGBA(image.Rect(0, 0, r.model.paper+2*table, high+2*table))
	draw.Draw(img, img.Bounds(), image.NewUniform(tableColour), image.Point{}, draw.Src)
	sheet := image.Rect(table, table, table+r.model.paper, table+high)
	fillSheet(img, sheet.Add(image.Pt(shadow, shadow)), shadeColour)
	fillSheet(img, sheet, paperColour)
	corner := sheet.Min.Add(image.Pt((r.model.paper-r.model.dots)/2, head))
	draw.DrawMask(img, ink.Rect.Add(corner), image.NewUniform(inkColour), image.Point{}, ink, image.Point{}, draw.Over)
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic("printersim: encoding a picture in memory: " + err.Error())
	}
	return out.Bytes()
}

// fillSheet paints paper with the toothed edges of a serrated blade.
func fillSheet(img *image.NRGBA, sheet image.Rectangle, c color.NRGBA) {
	for x := sheet.Min.X; x < sheet.Max.X; x++ {
		bite := (x - sheet.Min.X) % (2 * tooth)
		if bite > tooth {
			bite = 2*tooth - bite
		}
		column := image.Rect(x, sheet.Min.Y+bite, x+1, sheet.Max.Y-tooth+bite)
		draw.Draw(img, column, image.NewUniform(c), image.Point{}, draw.Src)
	}
}
