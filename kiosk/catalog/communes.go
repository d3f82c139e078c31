package catalog

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// communesText has a Comune to a line: Belfiore code, province, name or names,
// sorted by name. It holds the chief towns of the provinces and the larger towns,
// written down by hand and compared with a public list made from ISTAT's. It only
// suggests: who is not found writes the code, and any well-formed one is taken. The
// whole register in the same form may take its place.
//
//go:embed communes.txt
var communesText string

// Commune is a municipality of the list.
type Commune struct {
	Code     string // Belfiore code, M375
	Province string // two letters
	Name     string // where two languages are official, both: Bolzano/Bozen
	folded   []string
}

// String is the Comune as people read it: Alpago (M375).
func (c Commune) String() string { return c.Name + " (" + c.Code + ")" }

var communes = sync.OnceValue(func() (all []Commune) {
	for line := range strings.Lines(communesText) {
		code, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		province, name, _ := strings.Cut(rest, " ")
		c := Commune{Code: code, Province: province, Name: name}
		for _, n := range strings.Split(name, "/") {
			c.folded = append(c.folded, fold(n))
		}
		all = append(all, c)
	}
	return all
})

// SuggestCommunes lists Comuni, at most so many, whose name begins with what was
// typed, and then those of which a later word does.
func SuggestCommunes(typed string, most int) []Commune {
	typed = fold(typed)
	if typed == "" {
		return nil
	}
	var first, later []Commune
	for _, c := range communes() {
		switch {
		case c.any(func(name string) bool { return strings.HasPrefix(name, typed) }):
			first = append(first, c)
		case c.any(func(name string) bool { return strings.Contains(name, " "+typed) }):
			later = append(later, c)
		}
	}
	all := append(first, later...)
	return all[:min(len(all), max(most, 0))]
}

func (c Commune) any(holds func(name string) bool) bool {
	for _, name := range c.folded {
		if holds(name) {
			return true
		}
	}
	return false
}

// communeNamed finds the one Comune of that name. Two of one name are none.
func communeNamed(name string) (found Commune, ok bool) {
	name = fold(name)
	for _, c := range communes() {
		if c.any(func(n string) bool { return n == name }) {
			if ok {
				return Commune{}, false
			}
			found, ok = c, true
		}
	}
	return found, ok
}

// showPlace puts the name to a code, where the list knows it.
func showPlace(code string) string {
	for _, c := range communes() {
		if c.Code == code {
			return c.String()
		}
	}
	return code
}

// fold makes names comparable that people write in many ways: Forlì, FORLI',
// forli.
func fold(s string) string {
	unaccented, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		unaccented = s
	}
	words := strings.FieldsFunc(strings.ToLower(unaccented), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, " ")
}
