package printer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// substitutes keep the meaning of a sign that the pages lack. Nothing here
// alters a name: letters are handled by legible, which counts them.
var substitutes = map[rune]string{
	'\u2018': "'", '\u2019': "'", '\u201A': "'", '\u2032': "'",
	'\u201C': `"`, '\u201D': `"`, '\u201E': `"`, '\u2033': `"`,
	'\u2010': "-", '\u2011': "-", '\u2012': "-", '\u2013': "-", '\u2014': "-", '\u2015': "-", '\u2212': "-",
	'\u2026': "...", '\u2022': "*", '\u2192': "->", '\u2190': "<-", '\u00D7': "x",
	'\u2500': "-", '\u20AC': "EUR", '\u2116': "N.",
	'\u0153': "oe", '\u0152': "OE",
	'\u0219': "\u015F", '\u0218': "\u015E", '\u021B': "\u0163", '\u021A': "\u0162", // comma below, as cedilla
}

// legible returns s so that every rune is one column and in one of the pages.
// White space of any kind becomes one blank per run; control and format
// characters vanish. lost counts the letters that are not what they were: drawn
// without their accent, or as a question mark.
func legible(s string, pages []Page) (text string, lost int) {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == '\u00A0', r == '\u202F':
			b.WriteRune('\u00A0') // no line break here
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.In(r, unicode.C):
		case drawable(pages, r):
			b.WriteRune(r)
		default:
			sub, same := substitute(r, pages)
			b.WriteString(sub)
			if !same {
				lost++
			}
		}
	}
	return b.String(), lost
}

// substitute returns what to draw for a rune that no page has, and whether it
// means the same.
func substitute(r rune, pages []Page) (s string, same bool) {
	if s, ok := substitutes[r]; ok {
		if allDrawable(pages, s) {
			return s, true
		}
		r = []rune(s)[0] // ş, which this printer lacks too
	}
	if unicode.Is(unicode.Mn, r) {
		return "", false // an accent that no composed letter took in
	}
	base := []rune(norm.NFD.String(string(r)))[0]
	if base != r && drawable(pages, base) {
		return string(base), false
	}
	return "?", false
}

func allDrawable(pages []Page, s string) bool {
	for _, r := range s {
		if !drawable(pages, r) {
			return false
		}
	}
	return true
}
