package printer

// stretch is how often each dot of a raster is repeated, as the parameter m of
// GS v 0 has it.
type stretch byte

const (
	asItIs     stretch = 0
	twiceHigh  stretch = 2
	twiceWider stretch = 3 // and twice as high
)

// rasterHeader is how many bytes of GS v 0 stand before the dots.
const rasterHeader = 8

// raster prints a picture, in pieces: a printer with trouble tells of it between two
// commands, and small buffers are not filled by one.
func (e *encoder) raster(p *Picture, s stretch) {
	stride := p.stride()
	most := e.setup.rows(stride)
	for top := 0; top < p.high; top += most {
		rows := min(most, p.high-top)
		e.out.Write([]byte{gs, 'v', '0', byte(s), byte(stride), byte(stride >> 8), byte(rows), 0})
		e.out.Write(defused(p.rows[top*stride : (top+rows)*stride]))
		e.border()
	}
}

// rasterBytes is how many bytes raster sends.
func (s Setup) rasterBytes(p *Picture) int {
	most := s.rows(p.stride())
	return len(p.rows) + rasterHeader*((p.high+most-1)/most)
}

// defused returns dots without the three sequences that a serial printer obeys on
// reception, whatever they stand in: DLE EOT, DLE ENQ and DLE DC4. The single
// black dot of a DLE gets a black neighbour at its right, 0.14 mm wide, which
// nobody sees and no QR code minds. No new sequence can come of it: 18h is not
// DLE, and follows none as its second byte.
func defused(dots []byte) []byte {
	safe := make([]byte, len(dots))
	for i, b := range dots {
		if b == dle && i+1 < len(dots) && realtime(dots[i+1]) {
			b = dle | dle>>1
		}
		safe[i] = b
	}
	return safe
}

// realtime says whether a byte behind DLE makes a real-time command.
func realtime(b byte) bool { return b == 0x04 || b == 0x05 || b == 0x14 }
