package printer_test

import (
	"bytes"
	"testing"
	"testing/synctest"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// otherID is a cable on which every process id arrives as that of another document.
type otherID struct{ printer.Line }

func (l otherID) Read(b []byte) (int, error) {
	n, err := l.Line.Read(b)
	if i := bytes.Index(b[:n], []byte("7\"")); i >= 0 && i+6 <= n {
		copy(b[i+2:i+6], "else")
	}
	return n, err
}

func TestTheNumberOfAnotherDocumentConfirmsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := printersim.New("epson")
		b := start(t, sim, profile(t, "epson"), func(l printer.Line) printer.Line { return otherID{l} })
		b.await(t, t.Context(), devices.Ready, "")
		if r := b.Print(t.Context(), note("mine")); r.Outcome != printer.Uncertain || len(sim.Receipts()) != 1 {
			t.Errorf("%+v and %d receipts, want uncertain and one", r, len(sim.Receipts()))
		}
	})
}
