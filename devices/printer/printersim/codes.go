package printersim

import (
	"fmt"

	"rsc.io/qr"
)

// codes is what was set for codes of one and of two dimensions.
type codes struct {
	high, wide int // dots, of bars and of the narrowest bar
	readable   int // where the digits stand, GS H
	module     int // dots, of a QR code
	level      byte
	data       map[byte]string // by the cn of GS ( k
}

const (
	cnPDF417 = '0'
	cnQR     = '1'
)

// symbologies of GS ( k by cn.
var symbologies = map[byte]string{
	cnPDF417: "PDF417", cnQR: "QR", '2': "MaxiCode", '3': "GS1 DataBar", '4': "Composite", '5': "Aztec", '6': "DataMatrix",
}

// obeyCode is GS ( k cn fn. All store with fn 80 and print with fn 81; the rest
// is settings.
func (s *Sim) obeyCode(cn, fn byte, p []byte) {
	name, known := symbologies[cn]
	if !known || cn == cnQR && !s.model.nativeQR {
		s.fault(&s.count.Unknown, "GS ( k of kind %02X is unknown to %s", cn, s.model.name)
		return
	}
	switch {
	case fn == 80 && len(p) > 1 && p[0] == '0':
		if s.codes.data == nil {
			s.codes.data = map[byte]string{}
		}
		s.codes.data[cn] = string(p[1:])
	case fn == 81 && len(p) == 1 && p[0] == '0':
		s.printCode(cn)
	case cn == cnQR && !s.codes.chooseQR(fn, p), fn < 65 || fn > 81:
		s.fault(&s.count.Unknown, "GS ( k, %s fn %d with % X", name, fn, p)
	}
}

// chooseQR is fn 65 (model), 67 (size of a module) and 69 (error correction).
func (c *codes) chooseQR(fn byte, p []byte) bool {
	switch {
	case fn == 65 && len(p) == 2:
		return p[0] == '1' || p[0] == '2'
	case fn == 67 && len(p) == 1 && p[0] >= 1 && p[0] <= 16:
		c.module = int(p[0])
		return true
	case fn == 69 && len(p) == 1 && p[0] >= '0' && p[0] <= '3':
		c.level = p[0]
		return true
	}
	return false
}

func (s *Sim) printCode(cn byte) {
	data, stored := s.codes.data[cn]
	if !stored {
		s.fault(&s.count.Misplaced, "GS ( k prints a %s without data", symbologies[cn])
		return
	}
	if cn == cnQR {
		s.printQR(data)
		return
	}
	s.printBars(symbologies[cn], data, placeholder(s.model.dots/2, s.model.dots/6))
}

// printQR prints nothing when the code does not fit, as the manuals say.
func (s *Sim) printQR(data string) {
	// The parameters of fn 69 stand in the order of qr.Level.
	code, err := qr.Encode(data, qr.Level(s.codes.level-'0'))
	if err != nil || code.Size*s.codes.module > s.areaWidth() {
		s.fault(&s.count.Misplaced, "QR code of %d bytes cannot be drawn", len(data))
		return
	}
	b := newBitmap(code.Size, code.Size)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				b.set(x, y)
			}
		}
	}
	s.printBars("QR", data, b.scaled(s.codes.module, s.codes.module))
}

// printBars puts a code onto lines of its own.
func (s *Sim) printBars(code, data string, b *bitmap) {
	if len(s.line) > 0 {
		s.endLine()
	}
	if b.width() > s.areaWidth() {
		s.fault(&s.count.Misplaced, "%s of %d dots does not fit", code, b.width())
		return
	}
	s.print(Item{
		Kind: BarCode, Left: s.indent(b.width()), Width: b.width(), Height: b.height(),
		Code: code, Data: data, ink: b, plain: fmt.Sprintf("[%s %s]\n", code, data),
	})
}

// placeholder is an empty frame, for codes that are not drawn here.
func placeholder(wide, high int) *bitmap {
	b := newBitmap(wide, high)
	for x := range wide {
		b.set(x, 0)
		b.set(x, high-1)
	}
	for y := range high {
		b.set(0, y)
		b.set(wide-1, y)
	}
	return b
}
