package smartcard

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxName bounds a name in characters. The field of a CNS holds 255 bytes; a
	// certificate could hold thousands.
	maxName = 255
	// maxMarks is how many marks one letter may carry: Vietnamese has two.
	maxMarks = 2
)

// decoded reads text of a card. The CNS has ISO/IEC 8859-1 in mind, of which most
// cards use the ASCII part; some issuers write UTF-8. What is valid UTF-8 beyond
// ASCII is hardly ever meant as the other.
func decoded(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// legible makes a name of what a card says is one: in Unicode's composed form,
// in one line and one direction. Nothing a card says may move a printer or a
// terminal, turn the words around it, or pile up over the line above.
func legible(s string) string {
	s = strings.Map(visible, strings.ToValidUTF8(s, " "))
	var b strings.Builder
	marks, space := maxMarks, false // no mark may come first
	for _, r := range norm.NFC.String(s) {
		switch {
		case r == ' ':
			space, marks = b.Len() > 0, maxMarks
			continue
		case !unicode.IsMark(r):
			marks = 0
		case marks == maxMarks:
			continue
		default:
			marks++
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// visible makes a space of all that parts words, and drops what is not seen:
// directions, joiners, private and unassigned characters.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r), unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp):
		return ' '
	case !unicode.IsGraphic(r):
		return -1
	}
	return r
}
