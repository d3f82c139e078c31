package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// TestTheTerminalsOwnPrinterIsGivenItsLogo is how a technician has one that was put in
// the place of another keep the picture.
func TestTheTerminalsOwnPrinterIsGivenItsLogo(t *testing.T) {
	profile, err := printer.LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		logo   *printer.Picture
		writes int
	}{
		"the terminal's own": {ownLogo(""), 1},
		"any other":          {nil, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := printersim.New("epson")
			b := &paperBench{profile: profile, logo: tt.logo}
			page := printer.Document{Blocks: []printer.Block{printer.Logo{Text: "PUE"}}}
			r, _ := b.print(t.Context(), page, func(context.Context) (printer.Line, error) { return sim.Line() })
			if r.Outcome != printer.Printed {
				t.Fatalf("%s: %+v, want printed", name, r)
			}
			if n := sim.FlashWrites(); n != tt.writes {
				t.Errorf("%s: the printer's memory was written %d times, want %d", name, n, tt.writes)
			}
		})
	}
}

func TestALogoThatCannotBeReadReplacesNone(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "logo.png")
	if err := os.WriteFile(broken, []byte("no PNG"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{broken, broken + ".none"} {
		if ownLogo(file) != nil {
			t.Errorf("%s is a logo", file)
		}
	}
}
