package printer

import (
	"fmt"

	"rsc.io/qr"
)

// qrCapacity is the number of bytes that versions 1, 2, … hold in byte mode at
// level M (ISO/IEC 18004:2015, table 7).
var qrCapacity = [...]int{14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412}

const (
	qrQuiet     = 4 // modules of blank on each side (ISO/IEC 18004:2015, 6.3.8)
	qrLargest   = 6 // dots per module; 0.85 mm at 180 dpi, which any telephone reads
	qrSmallest  = 3 // below 0.4 mm a thermal head smears
	qrLevelM    = 49
	qrFunctions = 49 // cn of the QR functions of GS ( k
)

// qr puts a QR code in the middle, as large as is useful and as fits. The blank
// line above and below it is higher than four of its modules, in whatever unit the
// printer feeds dots.
func (e *encoder) qr(data string) error {
	modules, err := qrModules(data)
	if err != nil {
		return err
	}
	size := min(qrLargest, e.p.Dots/(modules+2*qrQuiet))
	if size < qrSmallest {
		return fmt.Errorf("QR code of %d bytes does not fit on %d dots", len(data), e.p.Dots)
	}
	e.align(centre)
	e.feed(1)
	defer e.feed(1)
	if e.p.QR == QRRaster {
		return e.qrRaster(data, size)
	}
	e.qrFunction(65, 50, 0)                          // model 2
	e.qrFunction(67, byte(size))                     // dots per module
	e.qrFunction(69, qrLevelM)                       // error correction
	e.qrFunction(80, append([]byte{48}, data...)...) // store
	e.qrFunction(81, 48)                             // print
	return nil
}

// qrFunction writes GS ( k pL pH cn fn parameters.
func (e *encoder) qrFunction(fn byte, parameters ...byte) {
	n := len(parameters) + 2
	e.out.Write([]byte{gs, '(', 'k', byte(n), byte(n >> 8), qrFunctions, fn})
	e.out.Write(parameters)
}

// qrRaster draws the code as a picture. Wherever modules of an even number of dots
// are large enough, it sends one quarter of them and has the printer repeat each.
func (e *encoder) qrRaster(data string, size int) error {
	code, err := qr.Encode(data, qr.M)
	if err != nil {
		return fmt.Errorf("drawing a QR code: %w", err)
	}
	how := asItIs
	if size > qrSmallest {
		how, size = twiceWider, size/2
	}
	p := newPicture(code.Size*size, code.Size*size)
	for y := range p.high {
		for x := range p.wide {
			if code.Black(x/size, y/size) {
				p.set(x, y)
			}
		}
	}
	e.raster(p, how)
	return nil
}

// qrModules returns the side of the smallest code that holds data. It accepts
// printable ASCII alone: without ECI, which printers do not send, telephones
// guess at other letters (one reads "Pi羅" for "Più"); and a serial printer obeys
// real-time commands even inside the data of another command.
func qrModules(data string) (int, error) {
	for _, r := range data {
		if r < 0x20 || r > 0x7E {
			return 0, fmt.Errorf("QR data holds %U, which is not printable ASCII", r)
		}
	}
	for i, capacity := range qrCapacity {
		if len(data) <= capacity && data != "" {
			return 21 + 4*i, nil
		}
	}
	return 0, fmt.Errorf("QR data of %d bytes is not between 1 and %d", len(data), qrCapacity[len(qrCapacity)-1])
}
