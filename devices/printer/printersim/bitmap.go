package printersim

import "image"

// bitmap is dots in rows, most significant bit left, each row from a full byte.
type bitmap struct {
	wide, high   int // dots as they came
	rows         []byte
	across, down int // how often each dot is repeated
}

func newBitmap(wide, high int) *bitmap {
	return &bitmap{wide: wide, high: high, rows: make([]byte, (wide+7)/8*high), across: 1, down: 1}
}

// fromColumns turns columns of so many bytes, most significant bit on top, into
// rows.
func fromColumns(data []byte, wide, deep int) *bitmap {
	b := newBitmap(wide, deep*8)
	for i, c := range data[:wide*deep] {
		for bit := range 8 {
			if c<<bit&0x80 != 0 {
				b.set(i/deep, i%deep*8+bit)
			}
		}
	}
	return b
}

func (b *bitmap) scaled(across, down int) *bitmap {
	return &bitmap{b.wide, b.high, b.rows, across, down}
}

func (b *bitmap) width() int  { return b.wide * b.across }
func (b *bitmap) height() int { return b.high * b.down }
func (b *bitmap) stride() int { return (b.wide + 7) / 8 }

func (b *bitmap) set(x, y int) { b.rows[y*b.stride()+x/8] |= 0x80 >> (x % 8) }

func (b *bitmap) black(x, y int) bool { return b.rows[y*b.stride()+x/8]<<(x%8)&0x80 != 0 }

// blank implements [ink].
func (b *bitmap) blank() bool {
	for _, c := range b.rows {
		if c != 0 {
			return false
		}
	}
	return true
}

// draw implements [ink].
func (b *bitmap) draw(paper *image.Alpha, at image.Point) {
	for y := range b.high {
		if at.Y+y*b.down >= paper.Rect.Max.Y {
			return
		}
		for x := range b.wide {
			if b.black(x, y) {
				fill(paper, image.Rect(0, 0, b.across, b.down).Add(at).Add(image.Pt(x*b.across, y*b.down)))
			}
		}
	}
}

// fill blackens a box, as far as it is on the paper.
func fill(paper *image.Alpha, box image.Rectangle) {
	box = box.Intersect(paper.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := paper.Pix[paper.PixOffset(box.Min.X, y):][:box.Dx()]
		for x := range row {
			row[x] = 0xFF
		}
	}
}
