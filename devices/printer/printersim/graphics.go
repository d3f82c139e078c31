package printersim

import (
	"fmt"
	"maps"
	"slices"
)

// stored are the pictures that a printer keeps. Those by key and by number are in
// flash, which bears some ten thousand writes.
type stored struct {
	byKey    map[key]*bitmap // GS ( L fn 67
	byNumber []*bitmap       // FS q
	download *bitmap         // GS *, until ESC @
	waiting  *bitmap         // GS ( L fn 112, until fn 50
	writes   int
}

type key [2]byte

// FlashWrites is how often pictures were written to the printer's flash.
func (s *Sim) FlashWrites() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored.writes
}

// printPicture prints a picture of its own lines.
func (s *Sim) printPicture(b *bitmap) {
	if len(s.line) > 0 {
		s.endLine()
	}
	if b.width() > s.areaWidth() {
		s.fault(&s.count.Wraps, "image of %d dots on a line of %d", b.width(), s.areaWidth())
	}
	s.print(Item{
		Kind: Image, Left: s.indent(b.width()), Width: b.width(), Height: b.height(),
		ink: b, plain: fmt.Sprintf("[image %dx%d]\n", b.width(), b.height()),
	})
}

// obeyGraphics is GS ( L m fn, and GS 8 L for more than 64 KB.
func (s *Sim) obeyGraphics(p []byte) {
	if len(p) < 2 || p[0] != '0' {
		s.fault(&s.count.Unknown, "GS ( L with %d parameters", len(p))
		return
	}
	ok := false
	switch fn, p := p[1], p[2:]; fn {
	case 64:
		ok = s.listPictures(p)
	case 65:
		ok = string(p) == "CLR"
		if ok {
			clear(s.stored.byKey)
			s.stored.writes++
		}
	case 66:
		ok = s.deletePicture(p)
	case 67:
		ok = s.storePicture(p)
	case 69:
		ok = s.printStored(p)
	case 112:
		ok = s.bufferPicture(p)
	case 2, 50:
		ok = s.printBuffered(p)
	}
	if !ok {
		s.fault(&s.count.Unknown, "GS ( L fn %d with % X", p[1], p[2:min(len(p), 12)])
	}
}

// storePicture is fn 67: a kc1 kc2 b xL xH yL yH c d…, one colour.
func (s *Sim) storePicture(p []byte) bool {
	if len(p) < 9 || p[0] != '0' || p[3] != 1 || p[8] != '1' || !printable(p[1:3]) {
		return false
	}
	picture, ok := fromRows(p[4:8], p[9:])
	if ok {
		s.stored.byKey[key(p[1:3])] = picture
		s.stored.writes++
	}
	return ok
}

// fromRows takes xL xH yL yH and exactly the rows that they promise.
func fromRows(size, data []byte) (*bitmap, bool) {
	b := &bitmap{wide: le16(size), high: le16(size[2:]), rows: slices.Clone(data), across: 1, down: 1}
	return b, b.wide > 0 && len(data) > 0 && len(data) == b.stride()*b.high
}

// printStored is fn 69: kc1 kc2 x y.
func (s *Sim) printStored(p []byte) bool {
	if len(p) != 4 || !scale(p[2]) || !scale(p[3]) {
		return false
	}
	b, known := s.stored.byKey[key(p[:2])]
	if !known {
		s.fault(&s.count.Misplaced, "no picture is stored under %q", p[:2])
		return true
	}
	s.printPicture(b.scaled(int(p[2]), int(p[3])))
	return true
}

func scale(n byte) bool { return n == 1 || n == 2 }

// deletePicture is fn 66: kc1 kc2.
func (s *Sim) deletePicture(p []byte) bool {
	if len(p) != 2 {
		return false
	}
	if _, known := s.stored.byKey[key(p)]; known {
		delete(s.stored.byKey, key(p))
		s.stored.writes++
	}
	return true
}

// listPictures is fn 64, which answers with the keys (the frame is from memory).
func (s *Sim) listPictures(p []byte) bool {
	if string(p) != "KC" {
		return false
	}
	answer := []byte{0x37, 0x72, 0x40}
	for _, k := range slices.SortedFunc(maps.Keys(s.stored.byKey), func(a, b key) int { return slices.Compare(a[:], b[:]) }) {
		answer = append(answer, k[:]...)
	}
	s.say(append(answer, 0)...)
	return true
}

// bufferPicture is fn 112: a bx by c xL xH yL yH d….
func (s *Sim) bufferPicture(p []byte) bool {
	if len(p) < 8 || p[0] != '0' || !scale(p[1]) || !scale(p[2]) || p[3] != '1' {
		return false
	}
	b, ok := fromRows(p[4:8], p[8:])
	if ok {
		s.stored.waiting = b.scaled(int(p[1]), int(p[2]))
	}
	return ok
}

func (s *Sim) printBuffered(p []byte) bool {
	if len(p) != 0 {
		return false
	}
	if s.stored.waiting != nil {
		s.printPicture(s.stored.waiting)
		s.stored.waiting = nil
	}
	return true
}

// sizeLong is of GS 8 L p1 p2 p3 p4.
func sizeLong(b []byte) int {
	return within(b, 7, func() int {
		p := int64(le16(b[3:])) | int64(le16(b[5:]))<<16
		if b[2] != 'L' || p > longest {
			return -1
		}
		return 7 + int(p)
	})
}

// sizeImages is of FS q n [xL xH yL yH d…]…, in units of 8 dots.
func sizeImages(b []byte) int {
	if len(b) < 3 {
		return 0
	}
	n := 3
	for range b[2] {
		if len(b) < n+4 {
			return 0
		}
		n += 4 + 8*le16(b[n:])*le16(b[n+2:])
		if n > longest {
			return -1
		}
	}
	return n
}

func (s *Sim) storeImages(b []byte) {
	s.checkData(b[3:])
	s.stored.byNumber = nil
	s.stored.writes++
	for p := b[3:]; len(p) > 4; {
		x, y := le16(p), le16(p[2:])
		s.stored.byNumber = append(s.stored.byNumber, fromColumns(p[4:], 8*x, y))
		p = p[4+8*x*y:]
	}
	s.reset() // as the manuals say of FS q
}

// printImage is FS p n m.
func (s *Sim) printImage(b []byte) {
	if n := int(b[2]); n < 1 || n > len(s.stored.byNumber) {
		s.fault(&s.count.Misplaced, "FS p: no picture %d is stored", n)
		return
	}
	s.printPicture(doubled(s.stored.byNumber[b[2]-1], b[3]))
}

// doubled is what the last parameter of FS p, GS v 0 and GS / makes of a picture.
func doubled(b *bitmap, m byte) *bitmap { return b.scaled(1+int(m&1), 1+int(m>>1&1)) }

// sizeDownload is of GS * x y, in units of 8 dots.
func sizeDownload(b []byte) int {
	return within(b, 4, func() int { return 4 + 8*int(b[2])*int(b[3]) })
}

func (s *Sim) download(b []byte) {
	s.checkData(b[4:])
	s.stored.download = fromColumns(b[4:], 8*int(b[2]), int(b[3]))
}

func (s *Sim) printDownload(b []byte) {
	if s.stored.download == nil {
		s.fault(&s.count.Misplaced, "GS /: no picture is downloaded")
		return
	}
	s.printPicture(doubled(s.stored.download, b[2]))
}
