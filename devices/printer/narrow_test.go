package printer_test

import (
	"bytes"
	"testing"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// TestOnNarrowPaperTheMiddleIsThatOfThePaper has a roll of 58 mm in a printer for 80 mm.
func TestOnNarrowPaperTheMiddleIsThatOfThePaper(t *testing.T) {
	columns, dots := 20, 360
	d := printer.Document{Blocks: []printer.Block{
		printer.Logo{Text: "PUE"},
		printer.Heading{Text: "PRESA IN CARICO", Big: true},
		printer.Heading{Text: "Punto INPS"},
		printer.QR{Data: "K7M2-94QX"},
		printer.Heading{Text: "Čšž"},
	}}
	for _, name := range printer.Profiles() {
		usual := profile(t, name)
		narrow, err := usual.With(printer.Override{Columns: &columns, Dots: &dots})
		if err != nil {
			t.Fatal(err)
		}
		logo := printer.Wordmark("PUE")
		e, err := printer.Setup{Profile: narrow, Logo: logo}.Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		items := 0
		for _, i := range printed(t, name, e.Data).Items {
			// A blank at the end, of a letter twice as wide as 18 dots, is 36.
			if middle := i.Left + i.Width/2; i.Kind != printersim.Feed && i.Width > 0 && (middle < dots/2-20 || middle > dots/2+20) {
				t.Errorf("%s: the middle of %s %q is at %d of %d dots", name, i.Kind, i.Text+i.Data, middle, dots)
			}
			if i.Width > 0 {
				items++
			}
		}
		if items < 4 {
			t.Errorf("%s: only %d things have a width: this test proves nothing", name, items)
		}
		e, err = printer.Setup{Profile: usual, Logo: logo}.Encode(d)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(e.Data, []byte("\x1dW")) {
			t.Errorf("%s: a print area is set on the printer's own paper", name)
		}
	}
}
