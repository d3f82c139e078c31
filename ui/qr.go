package ui

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// qrQuiet is the blank around a QR code in modules (ISO/IEC 18004:2015, 6.3.8).
const qrQuiet = 4

// QR draws a claim code as its paper does, for a telephone that is held before the
// screen. Whoever does not see it hears what it is; the code stands beside it.
func (p page) QR(code string) (template.HTML, error) {
	c, err := qr.Encode(code, qr.M)
	if err != nil {
		return "", fmt.Errorf("drawing a QR code: %w", err)
	}
	var dark strings.Builder
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				fmt.Fprintf(&dark, "M%d %dh1v1h-1z", x+qrQuiet, y+qrQuiet)
			}
		}
	}
	side := c.Size + 2*qrQuiet
	return template.HTML(fmt.Sprintf(
		`<svg class="qr" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		side, side, template.HTMLEscapeString(p.T("picture.qr")), side, side, dark.String(),
	)), nil
}
