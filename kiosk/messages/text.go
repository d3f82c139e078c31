package messages

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// text is one message: its forms by plural class, or a single form under "" for
// what is not counted.
type text map[string]form

// form is a sentence in pieces: plain text at even places, the names of
// placeholders at odd ones.
type form []string

// classes are the plural classes of CLDR (UTS 35 part 3, §5), in x/text's order.
var classes = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two",
	plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

var (
	placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)
	errBraces   = errors.New("a brace that is not part of a placeholder such as {name}")
)

// parseForm cuts a sentence at its placeholders.
func parseForm(s string) (form, error) {
	var f form
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		f = append(f, s[at:m[0]], s[m[2]:m[3]])
		at = m[1]
	}
	f = append(f, s[at:])
	for i := 0; i < len(f); i += 2 {
		if strings.ContainsAny(f[i], "{}") {
			return nil, errBraces
		}
	}
	return f, nil
}

// fill puts the sentence together again.
func (f form) fill(value func(name string) string) string {
	if len(f) == 1 {
		return f[0]
	}
	var b strings.Builder
	for i, piece := range f {
		if i%2 == 1 {
			piece = value(piece)
		}
		b.WriteString(piece)
	}
	return b.String()
}

// form chooses the form for n things. Without a whole number there is nothing
// to count, and the form for "other" speaks in general.
func (t text) form(tag language.Tag, n any) form {
	if f, ok := t[""]; ok {
		return f
	}
	if n, ok := n.(int); ok {
		if f, ok := t[class(tag, n)]; ok {
			return f
		}
	}
	return t[classes[plural.Other]]
}

// class is the plural class of a whole number in a language.
func class(tag language.Tag, n int) string {
	if n < 0 {
		n = -n
	}
	return classes[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]
}

// placeholders lists the names that the forms use, sorted.
func (t text) placeholders() []string {
	names := map[string]bool{}
	for _, f := range t {
		for i := 1; i < len(f); i += 2 {
			names[f[i]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// complete checks that a counted text has a form for each class that whole
// numbers fall into in this language, and for no class that CLDR does not know.
func (t text) complete(tag language.Tag) error {
	if _, ok := t[""]; ok {
		return nil
	}
	for _, c := range slices.Sorted(maps.Keys(needed(tag))) {
		if _, ok := t[c]; !ok {
			return fmt.Errorf("the plural form %q is missing", c)
		}
	}
	return nil
}

// needed finds the classes by counting: every language's rules for whole
// numbers repeat within two hundred, or speak of round millions.
func needed(tag language.Tag) map[string]bool {
	found := map[string]bool{classes[plural.Other]: true}
	for n := range 201 {
		found[class(tag, n)] = true
	}
	found[class(tag, 1_000_000)] = true
	return found
}
