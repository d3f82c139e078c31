package paper

import (
	"bytes"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
)

// pictured are the papers that are kept as pictures, for people to look at: each
// with the printer that draws it.
var pictured = map[string]string{
	"local-it": "epson", "final-de": "epson", "local-large-it": "epson", "goodbye-sl": "custom-vkp80",
	"statement-it": "epson", "certificate-fr": "epson", "readiness-it": "epson", "patronato-over-sl": "custom-vkp80",
}

// hexed are those of which the very bytes are kept.
var hexed = []string{"local-it", "final-it", "final-reprint-it", "day-it"}

// encoded are the bytes of a paper for a printer.
func encoded(t *testing.T, doc printer.Document, name string) []byte {
	t.Helper()
	p, err := printer.LookUp(name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := printer.Setup{Profile: p}.Encode(doc)
	if err != nil || e.Lost != 0 {
		t.Fatalf("%s: %d letters lost, %v", name, e.Lost, err)
	}
	return e.Data
}

// printed is the one receipt that a printer makes of a paper.
func printed(t *testing.T, doc printer.Document, name string) printersim.Receipt {
	t.Helper()
	sim := printersim.Decode(name, encoded(t, doc, name))
	if faults := sim.Faults(); len(faults) > 0 {
		t.Fatalf("%s: %v", name, faults)
	}
	receipts := sim.Receipts()
	if len(receipts) != 1 {
		t.Fatalf("%s: %d receipts", name, len(receipts))
	}
	return receipts[0]
}

// kept is what the golden file holds; -update writes it first.
func kept(t *testing.T, file string, got []byte) []byte {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// blackAndWhite is a picture as a head draws it, dot or no dot, without the blank
// paper around it: how much of that there is belongs to the blade.
func blackAndWhite(t *testing.T, picture []byte) []byte {
	t.Helper()
	grey, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	dots := image.NewPaletted(grey.Bounds(), color.Palette{color.White, color.Black})
	var drawn image.Rectangle
	for y := range grey.Bounds().Dy() {
		for x := range grey.Bounds().Dx() {
			if color.GrayModel.Convert(grey.At(x, y)).(color.Gray).Y < 128 {
				dots.SetColorIndex(x, y, 1)
				drawn = drawn.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, dots.SubImage(drawn)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPapersLookLikeTheirGoldenPicture(t *testing.T) {
	papers := all(t)
	for name, device := range pictured {
		lookedAt(t, name, printed(t, papers[name], device).PNG())
	}
}

// A printer with one page that takes no letters of ours gets the lines as pictures in
// which a letter stands that it lacks, and only those; in the size of their neighbours.
func TestDrawnLinesLookLikeTheirGoldenPicture(t *testing.T) {
	p, err := printer.LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	p.OwnLetters, p.Pages = false, p.Pages[:1]
	papers := all(t)
	for _, name := range []string{"local-sl", "local-large-sl"} {
		e, err := printer.Setup{Profile: p}.Encode(papers[name])
		if err != nil || e.Lost > 0 {
			t.Fatalf("%s: %d letters lost, %v", name, e.Lost, err)
		}
		r := printersim.Decode("epson", e.Data).Receipts()[0]
		lines := strings.Split(strings.TrimSpace(r.Text), "\n")
		if drawn := strings.Count(r.Text, "[image "); drawn == 0 || drawn > len(lines)/2 {
			t.Errorf("%s: %d of %d lines are drawn:\n%s", name, drawn, len(lines), r.Text)
		}
		lookedAt(t, name+"-drawn", r.PNG())
	}
}

// lookedAt compares a picture of a paper with the one that people have looked at.
func lookedAt(t *testing.T, name string, picture []byte) {
	t.Helper()
	got := blackAndWhite(t, picture)
	if want := kept(t, "pictures/"+name+".png", got); !samePicture(t, want, got) {
		file := filepath.Join(t.ArtifactDir(), name+".png")
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s looks other than it did; it is in %s", name, file)
	}
}

func samePicture(t *testing.T, a, b []byte) bool {
	t.Helper()
	var pictures [2]image.Image
	for i, data := range [][]byte{a, b} {
		var err error
		if pictures[i], err = png.Decode(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	if pictures[0].Bounds() != pictures[1].Bounds() {
		return false
	}
	for y := range pictures[0].Bounds().Dy() {
		for x := range pictures[0].Bounds().Dx() {
			if pictures[0].At(x, y) != pictures[1].At(x, y) {
				return false
			}
		}
	}
	return true
}

func TestPapersAreTheBytesOfTheirGoldenDump(t *testing.T) {
	papers := all(t)
	for _, name := range hexed {
		got := hex.Dump(encoded(t, papers[name], "epson"))
		if diff := cmp.Diff(string(kept(t, "hex/"+name+".txt", []byte(got))), got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestPapersReadTheSameOnAPrinterOfAKiosk(t *testing.T) {
	papers := all(t)
	for _, name := range []string{"local-it", "final-de", "patronato-it", "local-sl"} {
		got := strings.TrimRight(printed(t, papers[name], "custom-vkp80").Text, "\n") + "\n"
		if diff := cmp.Diff(string(kept(t, "custom-vkp80/"+name+".txt", []byte(got))), got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// Every word of a paper is on it, whichever printer made it, where the printer has
// the letters.
func TestEveryWordOfAPaperIsOnIt(t *testing.T) {
	papers := all(t)
	for _, name := range []string{"local-it", "final-fr", "patronato-de", "statement-en", "day-it", "goodbye-it"} {
		for _, device := range printer.Profiles() {
			text := printed(t, papers[name], device).Text
			for _, word := range strings.Fields(strings.NewReplacer("*", " ", "^", " ", "[", " ", "]", " ").Replace(render(papers[name], 200))) {
				if word == "logo" || word == "QR" || strings.Trim(word, "-") == "" || strings.HasPrefix(word, "PUE-") {
					continue
				}
				if !strings.Contains(strings.Join(strings.Fields(text), " "), word) {
					t.Errorf("%s on %s lacks %q:\n%s", name, device, word, text)
				}
			}
		}
	}
}
