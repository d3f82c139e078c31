package printer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// reading is what a strict reader makes of a document's bytes. It knows the commands
// that the encoder may send for a document without pictures, and no others.
type reading struct {
	pages  map[byte]Letters
	glyphs map[string]rune // what ESC & may draw
	page   Letters
	own    map[byte]rune
	useOwn bool
	text   strings.Builder
	codes  []string // data of QR codes
	lines  int      // drawn as pictures
}

// lengths are commands with parameters that are always as many.
var lengths = map[string]int{
	"\x1b@": 0, "\x1c.": 0, "\x1bR": 1, "\x1bt": 1, "\x1ba": 1, "\x1bE": 1, "\x1bd": 1, "\x1bJ": 1, "\x1b%": 1, "\x1d!": 1,
}

// read takes one command or letter off data.
func (r *reading) read(data []byte) (rest []byte, err error) {
	switch b := data[0]; {
	case b == '\n':
		r.text.WriteByte('\n')
		return data[1:], nil
	case b >= 0x20 && b != 0x7F:
		return data[1:], r.letter(b)
	case len(data) < 2:
		return nil, fmt.Errorf("ends in %02X", b)
	}
	head := string(data[:2])
	if n, ok := lengths[head]; ok && len(data) >= 2+n {
		return data[2+n:], r.set(head, data[2:2+n])
	}
	switch {
	case head == "\x1b&":
		return r.define(data)
	case bytes.HasPrefix(data, []byte("\x1d(k")) && len(data) > 5:
		n := 5 + int(data[3]) + int(data[4])<<8
		if p := data[5:n]; bytes.HasPrefix(p, []byte("1P0")) {
			r.codes = append(r.codes, string(p[3:]))
		}
		return data[n:], nil
	case bytes.HasPrefix(data, []byte("\x1dv0")) && len(data) > 8:
		r.lines++
		return data[8+(int(data[4])+int(data[5])<<8)*(int(data[6])+int(data[7])<<8):], nil
	}
	return nil, fmt.Errorf("no command of a document: % X", data[:min(8, len(data))])
}

func (r *reading) set(head string, p []byte) error {
	switch head {
	case "\x1bt":
		page, ok := r.pages[p[0]]
		if !ok {
			return fmt.Errorf("no page %d", p[0])
		}
		r.page = page
	case "\x1b%":
		r.useOwn = p[0] == 1
	}
	return nil
}

func (r *reading) letter(b byte) error {
	if own, ok := r.own[b]; ok && r.useOwn {
		r.text.WriteRune(own)
		return nil
	}
	if b < 0x80 {
		r.text.WriteByte(b)
		return nil
	}
	letter := charmaps[r.page].DecodeByte(b)
	r.text.WriteRune(letter)
	if letter == unicode.ReplacementChar || unicode.IsControl(letter) {
		return fmt.Errorf("byte %02X is no letter of %s", b, r.page)
	}
	return nil
}

func (r *reading) define(data []byte) ([]byte, error) {
	first, last, rest := data[3], data[4], data[5:]
	for c := first; c <= last; c++ {
		n := 1 + 3*int(rest[0])
		letter, known := r.glyphs[string(rest[1:n])]
		if !known {
			return nil, fmt.Errorf("the glyph of %q is none of the document's letters", c)
		}
		r.own[c] = letter
		rest = rest[n:]
	}
	return rest, nil
}

// interpret reads what Encode made of d.
func interpret(d Document, p Profile, data []byte) (*reading, error) {
	body, found := bytes.CutSuffix(data, p.Cut)
	if !found {
		return nil, fmt.Errorf("no cut at the end")
	}
	r := &reading{pages: map[byte]Letters{}, glyphs: map[string]rune{}, own: map[byte]rune{}}
	for _, page := range p.Pages {
		r.pages[page.Number] = page.Letters
	}
	for _, text := range d.texts() {
		for _, letter := range norm.NFC.String(text) {
			if writable(letter) {
				r.glyphs[string(defused(plainFace().write(string(letter)).columns()))] = letter
			}
		}
	}
	for len(body) > 0 {
		var err error
		if body, err = r.read(body); err != nil {
			return r, err
		}
	}
	return r, nil
}

// follows says whether got is text, blanks aside, with signs as their substitutes.
func follows(got, text string) bool {
	blank := func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.C) {
			return -1
		}
		return r
	}
	rest := strings.Map(blank, got)
	for _, r := range strings.Map(blank, norm.NFC.String(text)) {
		after, same := strings.CutPrefix(rest, string(r))
		if !same {
			if after, same = strings.CutPrefix(rest, substitutes[r]); !same || substitutes[r] == "" {
				return false
			}
		}
		rest = after
	}
	return rest == ""
}

// FuzzTheBytesSayWhatTheDocumentSays reads the bytes back by a reader of its own: no
// command but the encoder's own, and the text exactly, or the loss is counted.
func FuzzTheBytesSayWhatTheDocumentSays(f *testing.F) {
	f.Add("Rossi\x1b@\x1dV\x00", "\x10\x04\x01", "K7M2-94QX", uint8(0))
	f.Add("Čebular Žiga – „Straße“ 5 €", "cœur … naïf", "K", uint8(1))
	f.Add("Nicolo\u0300 Ze\u030Cbre", "Đorđe ș ț ~}|{", "K", uint8(2))
	f.Add("日本 \u009b31m\u202eabc", "\u00a0\u3000\u200b", "K", uint8(3))
	f.Add("Ωμέγα Щука", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "K", uint8(4))
	names := Profiles()
	f.Fuzz(func(t *testing.T, a, b, code string, which uint8) {
		p, err := LookUp(names[int(which)%len(names)])
		if err != nil {
			t.Fatal(err)
		}
		d := Document{Blocks: []Block{Heading{Text: a}, Text{Text: b}, Text{Text: "fine"}, QR{Data: code}}}
		e, err := Setup{Profile: p}.Encode(d)
		if err != nil {
			return // of the QR code, which is tested apart
		}
		if realtimeIn(e.Data) {
			t.Fatalf("a real-time command is in % X", e.Data)
		}
		r, err := interpret(d, p, e.Data)
		if err != nil {
			t.Fatal(err)
		}
		if p.QR == QRNative && (len(r.codes) != 1 || r.codes[0] != code) {
			t.Errorf("QR codes %q, want %q", r.codes, code)
		}
		if pictures := r.lines > 0 && p.QR == QRNative; !pictures && e.Lost == 0 && !follows(r.text.String(), a+b+"fine") {
			t.Errorf("%s: on paper %q, of %q and %q", p.Name, r.text.String(), a, b)
		}
	})
}

func TestThePageThatLastsLongestIsTaken(t *testing.T) {
	p, err := LookUp("epson")
	if err != nil {
		t.Fatal(err)
	}
	p.OwnLetters = false
	for text, turns := range map[string]int{
		"abc":                   1,
		"perché già così più":   1,
		"Čas, šola, žena":       1, // at once on the page that has them
		"šola è čas":            2, // WPC1252, which also has š, then PC852
		"è č è č":               4,
		"l’œuvre “naïve” – 5 €": 1,
		"Größe čšž perché":      1, // PC852 has these German and French letters too
	} {
		e, err := Setup{Profile: p}.Encode(Document{Blocks: []Block{Text{Text: text}}})
		if err != nil || e.Lost > 0 {
			t.Fatal(e.Lost, err)
		}
		if got := bytes.Count(e.Data, []byte{esc, 't'}); got != turns {
			t.Errorf("%q: the page is turned %d times, want %d", text, got, turns)
		}
	}
}

// TestNoTextCommandsAnyPrinter gives every profile texts that are control bytes, parts
// of commands and letters by turns, and has the strict reader find no command but the
// encoder's own.
func TestNoTextCommandsAnyPrinter(t *testing.T) {
	texts := 1000
	if testing.Short() {
		texts = 100
	}
	parts := []string{
		"\x00", "\x04", "\x05", "\x10", "\x10\x04\x01", "\x10\x14\x08", "\x11", "\x13", "\x14", "\x1b", "\x1b@", "\x1bp\x00\x19\xfa",
		"\x1c", "\x1d", "\x1dV\x00", "\x1d(L", "\x1d\xe0\x0f", "\x7f", "\x80", "\x90", "\x9b31m", "\u0085", "\u0090", "\u009b", "\u200b", "\u202e",
		"\u2028", "\ufeff", "\xff\xfe", "\n", "\r", "\t", "\b", "A", "è", "Č", "€", "日", "e\u0301", "~", "}", " ",
	}
	r := rand.New(rand.NewPCG(9, 9))
	text := func() string {
		var b strings.Builder
		for range r.IntN(30) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		return b.String()
	}
	for _, name := range Profiles() {
		p, err := LookUp(name)
		if err != nil {
			t.Fatal(err)
		}
		p.QR = QRNative // the strict reader reads no pictures but lines
		for range texts {
			d := Document{Blocks: []Block{
				Heading{Text: text(), Big: true}, Text{Text: text(), Bold: true, Large: true}, Row{Label: text(), Value: text()}, Logo{Text: text()},
			}}
			e, err := Setup{Profile: p}.Encode(d)
			if err != nil {
				t.Fatal(err)
			}
			if realtimeIn(e.Data) {
				t.Fatalf("%s: a real-time command is in % X", name, e.Data)
			}
			if _, err := interpret(d, p, e.Data); err != nil {
				t.Fatalf("%s: %v, of %q", name, err, d.texts())
			}
		}
	}
}
