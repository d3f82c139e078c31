package printer

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ownLetters are those that the document needs and no page of the printer has.
// Each is drawn by us and takes the code of a sign that the document does not
// use, so that the printer is told once and switched to them once.
type ownLetters struct {
	free  []byte // codes not yet taken
	codes map[rune]byte
}

// mostOwn bounds what a printer has to keep for one document; the alphabets
// around Italy have a dozen letters that a page may lack.
const mostOwn = 32

// freeCodes are those of printable ASCII, from its end, that d does not use and
// that cannot come in the place of another sign of it.
func freeCodes(d Document) []byte {
	const ours = ` ?'"-.*<>xEURNoOe`
	var used [0x80]bool
	for _, text := range append(d.texts(), ours, bare(d)) {
		for _, r := range norm.NFD.String(text) {
			if r < 0x80 {
				used[r] = true
			}
		}
	}
	var free []byte
	for c := byte(0x7E); c > 0x20 && len(free) < mostOwn; c-- {
		if !used[c] {
			free = append(free, c)
		}
	}
	return free
}

// bare are the letters that are left of those of d which a stroke goes through.
func bare(d Document) string {
	var b strings.Builder
	for _, text := range d.texts() {
		for _, r := range text {
			if base, ok := strokes[r]; ok {
				b.WriteRune(base)
			}
		}
	}
	return b.String()
}

// texts are all the words of d.
func (d Document) texts() []string {
	var all []string
	for _, b := range d.Blocks {
		switch b := b.(type) {
		case Logo:
			all = append(all, b.Text)
		case Heading:
			all = append(all, b.Text)
		case Text:
			all = append(all, b.Text)
		case Row:
			all = append(all, b.Label, b.Value)
		}
	}
	return all
}

// take finds a code for r, if there is one left and the font has the letter.
func (o *ownLetters) take(r rune) bool {
	if _, taken := o.codes[r]; taken {
		return true
	}
	if len(o.free) == 0 || !writable(r) {
		return false
	}
	if o.codes == nil {
		o.codes = map[rune]byte{}
	}
	o.codes[r] = o.free[0]
	o.free = o.free[1:]
	return true
}

// writable says whether r is a letter that our own font has.
func writable(r rune) bool { return unicode.IsLetter(r) && plainFace().has(r) }

// define is ESC & for each run of neighbouring codes: y c1 c2 and, for each code,
// the number of columns and 3 bytes per column. ESC % 1 has the printer use them;
// ESC @ of the next document ends that.
func (o *ownLetters) define() []byte {
	if len(o.codes) == 0 {
		return nil
	}
	letters := map[byte]rune{}
	for r, c := range o.codes {
		letters[c] = r
	}
	var out []byte
	codes := slices.Sorted(maps.Keys(letters))
	for first := 0; first < len(codes); {
		last := first
		for last+1 < len(codes) && codes[last+1] == codes[last]+1 {
			last++
		}
		out = append(out, esc, '&', cellHigh/8, codes[first], codes[last])
		for _, c := range codes[first : last+1] {
			out = append(out, cellWide)
			out = append(out, defused(plainFace().write(string(letters[c])).columns())...)
		}
		first = last + 1
	}
	return append(out, esc, '%', 1)
}
