package printer

import (
	"context"
	"strings"
	"time"
)

// Identity is what a printer and its line say of themselves.
type Identity struct {
	Maker    string `json:"maker,omitempty"`
	Model    string `json:"model,omitempty"`
	Firmware string `json:"firmware,omitempty"`
	// ClearToSend is the CTS wire, nil where there is none or it does not matter.
	ClearToSend *bool `json:"cts,omitempty"`
}

// identityWait is several times what a name of 40 letters takes at 1200 baud. The
// question is answered in its turn, by a printer that is at work or out of paper not
// at all.
const identityWait = time.Second

// Identify opens the line, asks the printer for its names (GS I 66, 67 and 65) and
// closes the line again. A name that does not come is empty. It prints nothing.
func Identify(ctx context.Context, open func(context.Context) (Line, error)) (Identity, error) {
	line, err := open(ctx)
	if err != nil {
		return Identity{}, err
	}
	defer func() { _ = line.Close() }() // also ends the Read that waits
	heard := make(chan byte, 256)
	go collect(line, heard)
	var id Identity
	for _, q := range []struct {
		n    byte
		name *string
	}{{66, &id.Maker}, {67, &id.Model}, {65, &id.Firmware}} {
		if _, err := line.Write([]byte{gs, 'I', q.n}); err != nil {
			break // what does not take the question takes no receipt, which says so better
		}
		if *q.name = hearName(ctx, heard); *q.name == "" {
			break
		}
	}
	if wired, ok := line.(interface{ ClearToSend() (bool, bool) }); ok {
		if up, known := wired.ClearToSend(); known {
			id.ClearToSend = &up
		}
	}
	return id, nil
}

// hearName waits for a name: 5Fh, printable letters, NUL. What comes before it
// belongs to nothing, and a name with anything else in it is none.
func hearName(ctx context.Context, heard <-chan byte) string {
	var name strings.Builder
	begun, wait := false, time.After(identityWait)
	for {
		select {
		case b := <-heard:
			switch {
			case b == xon || b == xoff:
			case !begun:
				begun = b == headText
			case b == 0:
				return strings.TrimSpace(name.String())
			case b < 0x20 || b > 0x7E || name.Len() >= longestBlock:
				return ""
			default:
				name.WriteByte(b)
			}
		case <-wait:
			return ""
		case <-ctx.Done():
			return ""
		}
	}
}
