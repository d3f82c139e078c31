package printer

// Picture is dots in rows, black or white.
type Picture struct {
	wide, high int
	rows       []byte // most significant bit left, each row from a full byte
}

func newPicture(wide, high int) *Picture {
	return &Picture{wide: wide, high: high, rows: make([]byte, (wide+7)/8*high)}
}

// Size is the width and the height in dots.
func (p *Picture) Size() (wide, high int) { return p.wide, p.high }

// Black says whether a dot is printed.
func (p *Picture) Black(x, y int) bool { return p.rows[y*p.stride()+x/8]<<(x%8)&0x80 != 0 }

func (p *Picture) set(x, y int) { p.rows[y*p.stride()+x/8] |= 0x80 >> (x % 8) }

func (p *Picture) stride() int { return (p.wide + 7) / 8 }

// trimmed is p without what is blank at the right.
func (p *Picture) trimmed() *Picture {
	wide := 0
	for y := range p.high {
		for x := p.wide - 1; x >= wide; x-- {
			if p.Black(x, y) {
				wide = x + 1
			}
		}
	}
	t := newPicture(max(wide, 1), p.high)
	for y := range t.high {
		copy(t.rows[y*t.stride():], p.rows[y*p.stride():][:t.stride()])
	}
	return t
}

// columns turns p into columns of whole bytes, most significant bit on top.
func (p *Picture) columns() []byte {
	deep := (p.high + 7) / 8
	data := make([]byte, p.wide*deep)
	for x := range p.wide {
		for y := range p.high {
			if p.Black(x, y) {
				data[x*deep+y/8] |= 0x80 >> (y % 8)
			}
		}
	}
	return data
}

// extended is p with white to the right and below.
func (p *Picture) extended(wide, high int) *Picture {
	e := newPicture(wide, high)
	for y := range p.high {
		copy(e.rows[y*e.stride():][:e.stride()], p.rows[y*p.stride():][:p.stride()])
	}
	return e
}

func (p *Picture) blank() bool {
	for _, b := range p.rows {
		if b != 0 {
			return false
		}
	}
	return true
}
