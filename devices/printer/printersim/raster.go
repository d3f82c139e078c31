package printersim

import "fmt"

// raster is a GS v 0 whose rows are still coming. Each is printed when it is
// whole, as the paper passes the head.
type raster struct {
	stride, left int // bytes of a row, rows to come
	item         int // where on the sheet it is
	picture      *bitmap
	tail         []byte // the last byte, to find what crosses rows
}

// mostHeight is 1.7 m at 180 dots per inch; longer pictures are kept in part.
const mostHeight = 12000

// beginRaster is GS v 0 m xL xH yL yH: one bit per dot, most significant left.
func (s *Sim) beginRaster(b []byte) {
	mode, stride, rows := b[3]&3, le16(b[4:]), le16(b[6:])
	if b[2] != '0' || b[3] != mode && b[3] != '0'+mode {
		s.fault(&s.count.Unknown, "GS v % X is unknown", b[2:4])
		return
	}
	if !s.startOfLine("GS v 0") {
		s.endLine()
	}
	if stride == 0 || rows == 0 {
		s.fault(&s.count.Misplaced, "GS v 0 of %d by %d", 8*stride, rows)
		return
	}
	picture := (&bitmap{wide: 8 * min(stride, (s.model.dots+7)/8)}).scaled(1+int(mode&1), 1+int(mode>>1))
	if wide := 8 * stride * picture.across; wide > s.areaWidth() {
		s.fault(&s.count.Wraps, "image of %d dots on a line of %d", wide, s.areaWidth())
	}
	s.print(Item{
		Kind: Image, Left: s.indent(8 * stride * picture.across), Width: 8 * stride * picture.across,
		ink: picture, plain: fmt.Sprintf("[image %dx%d]\n", 8*stride*picture.across, rows*picture.down),
	})
	s.raster = &raster{stride: stride, left: rows, item: len(s.sheet.items) - 1, picture: picture}
}

// stepRaster prints the rows that are there, a few at a time.
func (s *Sim) stepRaster() bool {
	const together = 8
	r := s.raster
	want := r.stride*min(r.left, together) - len(s.command)
	got := s.buffer.take(min(want, len(s.buffer.bytes)))
	s.command = append(s.command, got...)
	rows := len(s.command) / r.stride
	if rows == 0 {
		return len(got) > 0
	}
	data := s.command[:rows*r.stride]
	s.record(data)
	s.command = s.command[len(data):]
	s.checkData(append(r.tail, data...))
	r.tail = []byte{data[len(data)-1]}
	r.keep(data)
	s.sheet.items[r.item].Height += rows * r.picture.down
	s.sheet.high += rows * r.picture.down
	s.move(rows * r.picture.down)
	if r.left -= rows; r.left == 0 {
		s.raster, s.command = nil, nil
	}
	return true
}

func (r *raster) keep(data []byte) {
	p := r.picture
	for ; len(data) > 0 && p.high < mostHeight; data = data[r.stride:] {
		p.rows = append(p.rows, data[:p.stride()]...)
		p.high++
	}
}
