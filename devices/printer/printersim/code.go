package printersim

import (
	"fmt"
	"image"
	"image/color"

	"rsc.io/qr"
)

// qrCode is what the functions of GS ( k have set so far.
type qrCode struct {
	module int // dots
	level  byte
	data   string
}

// qrLevels are the parameters of function 69.
var qrLevels = map[byte]qr.Level{'0': qr.L, '1': qr.M, '2': qr.Q, '3': qr.H}

func (s *Sim) obeyQR(function byte, p []byte) {
	switch {
	case function == 65 || len(p) == 0: // model 1 or 2: the same to us
	case function == 67:
		s.code.module = int(p[0])
	case function == 69:
		s.code.level = p[0]
	case function == 80:
		s.code.data = string(p[1:])
	case function == 81:
		s.printQR()
	}
}

func (s *Sim) printQR() {
	code, err := qr.Encode(s.code.data, qrLevels[s.code.level])
	side := 0
	if err == nil {
		side = code.Size * s.code.module
	}
	if err != nil || side > s.model.dots || side == 0 {
		s.fault("QR code of %d bytes cannot be drawn", len(s.code.data))
		return
	}
	ink := image.NewAlpha(image.Rect(0, 0, s.model.dots, side))
	left := indent(s.set.align, s.model.dots-side)
	for y := range side {
		for x := range side {
			if code.Black(x/s.code.module, y/s.code.module) {
				ink.SetAlpha(left+x, y, color.Alpha{A: 255})
			}
		}
	}
	s.print(strip{ink: ink, height: side, text: fmt.Sprintf("[QR %s]\n", s.code.data)})
}

func (s *Sim) printRaster(data []byte, wide, high int) {
	ink := image.NewAlpha(image.Rect(0, 0, s.model.dots, high))
	left := indent(s.set.align, s.model.dots-8*wide)
	for i, b := range data {
		for bit := range 8 {
			if b<<bit&0x80 != 0 {
				ink.SetAlpha(left+i%wide*8+bit, i/wide, color.Alpha{A: 255})
			}
		}
	}
	s.print(strip{ink: ink, height: high, text: fmt.Sprintf("[image %dx%d]\n", 8*wide, high)})
}

// indent is where something starts that leaves so many dots free.
func indent(align byte, free int) int { return max(free, 0) * int(align) / 2 }
