package printer_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// TestPictureThatAKilledProgramHalfStoredIsStoredWhole: what a killed program sent of
// a picture must not take in the beginning of what the next one sends.
func TestPictureThatAKilledProgramHalfStoredIsStoredWhole(t *testing.T) {
	logo := printer.Wordmark("PUE")
	store := printer.Setup{Profile: profile(t, "epson"), Logo: logo}.StoreLogo()
	d := printer.Document{Blocks: []printer.Block{printer.Logo{Text: "PUE"}, printer.Text{Text: "whole"}}}
	var sheets [][]byte
	for _, half := range [][]byte{nil, store[:7], store[:len(store)/2], store[:len(store)-1]} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		sim := printersim.New("epson")
		line, err := sim.Line()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := line.Write(half); err != nil {
			t.Fatal(err)
		}
		line.Close()
		b := prepare(sim, func(context.Context) (printer.Line, error) { return sim.Line() }, profile(t, "epson"))
		b.UseLogo(logo, nil)
		b.run(t)
		b.await(t, ctx, devices.Ready, "")
		if r := b.Print(ctx, d); r.Outcome != printer.Printed {
			t.Fatalf("after %d bytes: %+v, want printed", len(half), r)
		}
		sheets = append(sheets, sim.Receipts()[0].PNG())
		if got := sheets[len(sheets)-1]; !bytes.Equal(got, sheets[0]) {
			t.Errorf("after %d bytes of a picture, the next is not what it should be:\n%s", len(half), sim.Receipts()[0].Text)
		}
	}
}
