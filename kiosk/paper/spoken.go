package paper

import (
	"regexp"
	"strings"
	"time"
	"unicode"

	"pue/devices/printer"
	"pue/kiosk/messages"
)

var (
	// dayInFigures is how any of the languages writes a day in figures.
	dayInFigures = regexp.MustCompile(`^(\d{2})[/.](\d{2})[/.](\d{4})$`)
	years        = regexp.MustCompile(`^(\d{4})-(\d{4})$`)
	longRun      = regexp.MustCompile(`\d{5}`)
	telephone    = regexp.MustCompile(`^[\d ]*\d \d[\d ]*$`)
)

// spokenGroup is how many signs of a code are said in one breath.
const spokenGroup = 4

// Spoken is a paper as sentences to be listened to: no lines across, no QR code, a
// code sign by sign in groups, days in words. Of a paper in two languages it is better
// to speak the one that [Composer.Alone] composes.
func Spoken(d printer.Document, l messages.Language) string {
	var said []string
	say := func(text string) {
		if text = sentence(text); text != "" {
			said = append(said, text)
		}
	}
	var code []string // groups of a code that stands on lines of its own
	for _, b := range d.Blocks {
		if h, ok := b.(printer.Heading); ok && h.Big {
			code = append(code, spell(h.Text))
			continue
		}
		say(strings.Join(code, ", "))
		code = nil
		say(spokenBlock(b, l))
	}
	say(strings.Join(code, ", "))
	return strings.Join(said, "\n")
}

// spokenBlock is what one block says; a line, a picture and a QR code say nothing.
func spokenBlock(b printer.Block, l messages.Language) string {
	switch b := b.(type) {
	case printer.Heading:
		return spokenWords(calm(b.Text), l)
	case printer.Text:
		return spokenWords(strings.TrimPrefix(b.Text, "- "), l)
	case printer.Row:
		return spokenWords(strings.TrimSuffix(b.Label, ":"), l) + ": " + spokenValue(b.Value, l)
	}
	return ""
}

// spokenValue is the right side of a row. A telephone number is said figure by
// figure, as people do.
func spokenValue(value string, l messages.Language) string {
	switch {
	case value == "–":
		return l.T("spoken.nothing")
	case telephone.MatchString(value):
		var groups []string
		for _, g := range strings.Fields(value) {
			groups = append(groups, spread(g))
		}
		return strings.Join(groups, ", ")
	}
	return spokenWords(value, l)
}

// spokenWords says what the eye reads at a glance and the ear does not: codes, days
// and spans of years.
func spokenWords(text string, l messages.Language) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		bare := strings.TrimRight(word, ".,;:!?")
		words[i] = spokenWord(bare, l) + word[len(bare):]
	}
	return strings.Join(words, " ")
}

func spokenWord(word string, l messages.Language) string {
	if m := dayInFigures.FindStringSubmatch(word); m != nil {
		if day, err := time.ParseInLocation("02/01/2006", m[1]+"/"+m[2]+"/"+m[3], messages.Italy); err == nil {
			return l.DateLong(day)
		}
	}
	if m := years.FindStringSubmatch(word); m != nil {
		return l.T("spoken.years", "from", m[1], "to", m[2])
	}
	if isCode(word) {
		return spell(word)
	}
	return word
}

// isCode: it has figures, and capitals beside them or so many figures in a row that
// no number is meant, or is long and mixed like a digest.
func isCode(word string) bool {
	if !strings.ContainsAny(word, "0123456789") {
		return false
	}
	capital := strings.ContainsFunc(word, func(r rune) bool { return r >= 'A' && r <= 'Z' })
	small := strings.ContainsFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' })
	return capital || longRun.MatchString(word) || small && len(word) >= 2*spokenGroup
}

// spell says a code sign by sign. Groups are those that are written, and of at most
// four signs.
func spell(code string) string {
	var groups []string
	for g := range strings.FieldsFuncSeq(code, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		signs := []rune(g)
		for len(signs) > spokenGroup+1 {
			groups, signs = append(groups, spread(string(signs[:spokenGroup]))), signs[spokenGroup:]
		}
		groups = append(groups, spread(string(signs)))
	}
	return strings.Join(groups, ", ")
}

// spread sets blanks between signs, so that each is said by itself.
func spread(s string) string { return strings.Join(strings.Split(s, ""), " ") }

// calm turns a heading in capitals into words: some voices spell what is in capitals.
// Names that are made of capitals stay.
func calm(text string) string {
	if strings.ToUpper(text) != text || !strings.Contains(text, " ") && isCode(text) {
		return text
	}
	words := strings.Split(text, " ")
	for i, word := range words {
		if word == "PUE" || word == "INPS" {
			continue
		}
		signs := []rune(strings.ToLower(word))
		if i == 0 && len(signs) > 0 {
			signs[0] = unicode.ToUpper(signs[0])
		}
		words[i] = string(signs)
	}
	return strings.Join(words, " ")
}

// sentence is one line that ends with a stop, so that the voice takes a breath.
func sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?:") {
		return text
	}
	return text + "."
}
