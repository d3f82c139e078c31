package printersim

// ownLetters are what ESC & has drawn, by code.
type ownLetters struct {
	on     bool // ESC %
	glyphs map[byte]*bitmap
}

// sizeOwnLetters is of ESC & y c1 c2 and, for each code, x and y*x bytes.
func sizeOwnLetters(b []byte) int {
	if len(b) < 5 {
		return 0
	}
	y, first, last := int(b[2]), int(b[3]), int(b[4])
	if y != 3 || first < 0x20 || last < first || last > 0x7E && first <= 0x7E {
		return -1
	}
	n := 5
	for range last - first + 1 {
		if len(b) <= n {
			return 0
		}
		n += 1 + y*int(b[n])
	}
	return n
}

func (s *Sim) defineLetters(b []byte) {
	s.checkData(b[5:])
	if s.own.glyphs == nil {
		s.own.glyphs = map[byte]*bitmap{}
	}
	rest := b[5:]
	for code := int(b[3]); code <= int(b[4]); code++ {
		x := int(rest[0])
		if x > s.model.fontA().wide {
			s.fault(&s.count.Unknown, "ESC & with a letter of %d dots", x)
		} else if x > 0 {
			s.own.glyphs[byte(code)] = fromColumns(rest[1:], x, 3)
		}
		rest = rest[1+3*x:]
	}
}
