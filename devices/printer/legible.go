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

// strokes are letters with a stroke through them, which Unicode does not take
// apart, and what is left without it.
var strokes = map[rune]rune{
	'Đ': 'D', 'đ': 'd', 'Ł': 'L', 'ł': 'l', 'Ø': 'O', 'ø': 'o', 'Ħ': 'H', 'ħ': 'h', 'Ŧ': 'T', 'ŧ': 't', 'ı': 'i',
}

// repertoire is what one printer can put on paper for one document.
type repertoire struct {
	pages []Page
	own   ownLetters
	drawn bool // a line may be drawn as a picture for letters that it lacks
}

// legible returns s so that every rune is one column and can be put on paper.
// White space of any kind becomes one blank per run; control and format
// characters vanish. lost counts the letters that are not what they were: drawn
// without their accent, or as a question mark.
func (p *repertoire) legible(s string) (text string, lost int) {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == '\u00A0', r == '\u202F':
			b.WriteRune('\u00A0') // no line break here
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.In(r, unicode.C):
		case p.prints(r), p.own.take(r):
			b.WriteRune(r)
		default:
			sub, same := p.substitute(r)
			b.WriteString(sub)
			if !same {
				lost++
			}
		}
	}
	return b.String(), lost
}

// prints says whether the printer has r by itself, or has been given it.
func (p *repertoire) prints(r rune) bool {
	_, own := p.own.codes[r]
	return own || drawable(p.pages, r)
}

// substitute returns what to put down for a rune that the printer does not print,
// and whether it means the same.
func (p *repertoire) substitute(r rune) (s string, same bool) {
	if s, ok := substitutes[r]; ok && p.printsAll(s) {
		return s, true
	}
	if p.drawn && writable(r) {
		return string(r), true
	}
	if unicode.Is(unicode.Mn, r) {
		return "", false // an accent that no composed letter took in
	}
	return string(p.plainer(r)), false
}

// plainer is one rune in the place of a letter that cannot be put on paper: the
// same without its accent or stroke, or a question mark.
func (p *repertoire) plainer(r rune) rune {
	base, ok := strokes[r]
	if !ok {
		base = []rune(norm.NFD.String(string(r)))[0]
	}
	if base != r && drawable(p.pages, base) {
		return base
	}
	return '?'
}

func (p *repertoire) printsAll(s string) bool {
	for _, r := range s {
		if !p.prints(r) {
			return false
		}
	}
	return true
}
