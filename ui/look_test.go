package ui

import (
	"io/fs"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// sourcesOfPages is the text of all templates and of the Go that names their texts.
func sourcesOfPages(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(screenFiles, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := fs.ReadFile(screenFiles, path)
		all.Write(src)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"page.go", "form.go", "chart.go", "document.go", "term.go", "qr.go", "printing.go", "../kiosk/session/documents.go", "../kiosk/session/papers.go", "../kiosk/session/desk.go", "../kiosk/session/phone.go", "../kiosk/session/code.go"} {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(src)
	}
	return all.String()
}

// screenKeys is the file of the keys that belong to the pages.
func screenKeys(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile("../kiosk/messages/it/screens.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// theme reads the colours of one block of the stylesheet.
func theme(t *testing.T, selector string) map[string]string {
	t.Helper()
	src, err := static.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(src), selector+" {")
	if !ok {
		t.Fatalf("no %q in the stylesheet", selector)
	}
	block, _, _ = strings.Cut(block, "}")
	colours := map[string]string{}
	for _, m := range regexp.MustCompile(`--(\w+): #([0-9A-F]{6})`).FindAllStringSubmatch(block, -1) {
		colours[m[1]] = m[2]
	}
	return colours
}

// luminance is the relative luminance of a colour (WCAG 2.2).
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatalf("the colour %q: %v", hex, err)
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestEveryColourOfTextReachesSevenToOneInBothThemes(t *testing.T) {
	for _, selector := range []string{":root", "[data-contrast=dark], .try-dark"} {
		c := theme(t, selector)
		atLeast := func(want float64, front, back string) {
			t.Helper()
			if got := contrast(t, c[front], c[back]); got < want {
				t.Errorf("%s: %s on %s is %.2f:1, less than %.1f:1", selector, front, back, got, want)
			}
		}
		for _, back := range []string{"bg", "soft"} {
			for _, front := range []string{"text", "main", "ok", "warn", "bad"} {
				atLeast(7, front, back)
			}
			atLeast(4.5, "line", back)
		}
		atLeast(7, "on", "main")
		atLeast(7, "bg", "text") // a pressed button
		// The ring of the focus is double: one of its two colours stands out
		// from whatever is below it, and they stand out from each other.
		atLeast(3, "ring", "text")
		for _, back := range []string{"bg", "soft", "main"} {
			if got := max(contrast(t, c["ring"], c[back]), contrast(t, c["text"], c[back])); got < 3 {
				t.Errorf("%s: the ring on %s is %.2f:1", selector, back, got)
			}
		}
	}
}

func TestCapitalsAreTallEnoughAtEverySize(t *testing.T) {
	src, err := static.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	const capHeight = 0.692 // of an em, Titillium Web's OS/2 table
	var got []float64
	for _, m := range regexp.MustCompile(`--fs: calc\(([\d.]+) \* var\(--mm\)\)`).FindAllStringSubmatch(string(src), -1) {
		em, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, em*capHeight)
	}
	want := []float64{4.8, 5.87, 7.3} // millimetres for m, l, xl
	if len(got) != len(want) {
		t.Fatalf("%d sizes", len(got))
	}
	for i := range want {
		if got[i] < want[i] {
			t.Errorf("size %d has capitals of %.2f mm, less than %.2f", i, got[i], want[i])
		}
	}
}

func TestAMillimetreComesFromTheScreen(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want float64
	}{
		{Options{DiagonalInches: 21.5, Width: 1920, Height: 1080}, 4.034},
		{Options{DiagonalInches: 17, Width: 1280, Height: 1024}, 3.796},
	} {
		if got := tt.o.millimetre(); math.Abs(got-tt.want) > 0.001 {
			t.Errorf("%v: %.3f px, want %.3f", tt.o, got, tt.want)
		}
	}
}

// The budgets are what a window transfers for one page, nothing kept from before.
func TestPagesAreLight(t *testing.T) {
	u := drawn(t, &fake{})
	size, wire := map[string]int{}, map[string]int{}
	for _, a := range u.assets {
		size[a.name], wire[a.name] = len(a.bytes), len(a.bytes)
		if a.packed != nil {
			wire[a.name] = len(a.packed)
		}
	}
	if size["pue.js"] > 15_000 {
		t.Errorf("the script has %d bytes", size["pue.js"])
	}
	fonts := 0
	for name, n := range size {
		if strings.HasSuffix(name, ".woff2") {
			fonts += n
		}
	}
	heaviest, at := 0, ""
	for _, s := range stories(t) {
		for _, language := range []string{"it", "de"} {
			n := len(render(t, u, s.seen(language, "xl", "dark"))) + wire["style.css"] + wire["pue.js"]
			if n > 20_000 {
				t.Errorf("%s in %q has %d bytes without fonts", s.name, language, n)
			}
			if n > heaviest {
				heaviest, at = n, s.name
			}
		}
	}
	if heaviest+fonts > 75_000 {
		t.Errorf("%s has %d bytes with fonts", at, heaviest+fonts)
	}
	t.Logf("heaviest page %s: %d bytes, fonts %d, script %d, style %d", at, heaviest, fonts, size["pue.js"], size["style.css"])
}

func TestTheChartLabelsDoNotCrowd(t *testing.T) {
	u := drawn(t, &fake{})
	for _, s := range stories(t) {
		if s.name != "statement" {
			continue
		}
		html := render(t, u, s.seen("it", "xl", "normal"))
		if n := strings.Count(html, "<text "); n < 3 || n > mostLabels+1 {
			t.Errorf("%d years are written out", n)
		}
		if n := strings.Count(html, `class="gap"/`) + strings.Count(html, `<rect class="gap"`); n != 2 {
			t.Errorf("%d gaps, want the two years without work", n)
		}
		if !strings.Contains(html, "2013–2014") {
			t.Error("the gap is not named in words")
		}
	}
}
