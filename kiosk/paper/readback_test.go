package paper

import (
	"strings"
	"testing"
	"unicode"

	"pue/devices/printer"
)

// plainSigns are what stands for a typographic sign where a printer has none.
var plainSigns = strings.NewReplacer("‘", "'", "’", "'", "“", `"`, "”", `"`, "„", `"`, "–", "-", "—", "-", "−", "-", "…", "...", "\u00A0", " ", "\u202F", " ")

// lettersOf are those that a paper is to show on a printer, one after the other.
func lettersOf(d printer.Document, p printer.Profile) []rune {
	var b strings.Builder
	for _, block := range d.Blocks {
		switch block := block.(type) {
		case printer.Logo:
			b.WriteString(block.Text) // no picture is given
		case printer.Heading:
			b.WriteString(block.Text)
		case printer.Text:
			b.WriteString(block.Text)
		case printer.Row:
			b.WriteString(block.Label + block.Value)
		case printer.Rule:
			b.WriteString(strings.Repeat("-", p.Columns))
		}
		b.WriteByte('\n')
	}
	return letters(plainSigns.Replace(b.String()))
}

// TestEveryPaperInEveryLanguageReadsBackOnEveryPrinter: letter by letter, nothing more
// and nothing less. One that the printer was given as dots is read as a sign of no
// alphabet, and must stand for the same letter wherever it comes on the paper; what
// those dots look like is compared in [TestPapersLookLikeTheirGoldenPicture].
func TestEveryPaperInEveryLanguageReadsBackOnEveryPrinter(t *testing.T) {
	papers := all(t)
	for _, name := range printer.Profiles() {
		p, err := printer.LookUp(name)
		if err != nil {
			t.Fatal(err)
		}
		for doc, d := range papers {
			text := printed(t, d, name).Text
			if strings.Contains(text, "[image ") && p.QR == printer.QRNative {
				t.Errorf("%s on %s: a line is drawn though the printer has the letters", doc, name)
			}
			got, want := letters(plainSigns.Replace(text)), lettersOf(d, p)
			if at, ok := sameLetters(got, want); !ok {
				t.Errorf("%s on %s: after %q\nthe paper says %q\nand should say  %q", doc, name,
					string(want[max(0, at-20):at]), string(got[at:min(at+30, len(got))]), string(want[at:min(at+30, len(want))]))
			}
		}
	}
}

// sameLetters compares what was read with what was meant, and returns where they part.
func sameLetters(got, want []rune) (at int, same bool) {
	drawn := map[rune]rune{}
	for at = range min(len(got), len(want)) {
		g, w := got[at], want[at]
		if unicode.In(g, unicode.Co) {
			if _, known := drawn[g]; !known {
				drawn[g] = w
			}
			g = drawn[g]
		}
		if g != w {
			return at, false
		}
	}
	return min(len(got), len(want)), len(got) == len(want)
}
