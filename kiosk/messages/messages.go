// Package messages holds every sentence that people meet, on the screen and on
// paper, in every language of the terminal.
//
// Load proves that the languages say the same things: the same keys, the same
// placeholders, and for counted things a form for each plural class that CLDR
// knows for the language. A text that is asked for and does not exist shows as
// "⟦its.key⟧", so that it is seen, and found by tests, instead of being blank.
//
// Italian is the source; the other texts are courtesy translations that a native
// speaker has still to read. Texts are plain, never HTML: whoever shows them
// escapes them. The package refuses to guess a language: what it does not speak,
// it says in Italian.
package messages

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"golang.org/x/text/language"
)

// Italian is the source language, and the one that is spoken when another is
// not available.
const Italian = "it"

// Languages lists the languages of the terminal as BCP 47 tags, in the order in
// which they are offered.
func Languages() []string { return []string{Italian, "de", "fr", "sl", "en"} }

//go:embed it/*.json de/*.json fr/*.json sl/*.json en/*.json
var files embed.FS

// Catalogue is all texts in all languages. It may be used by many goroutines;
// nothing in it changes once loaded but the texts of services.
type Catalogue struct {
	languages map[string]Language
	services  *services
}

// Load reads the texts built into the program and checks them against each
// other.
func Load() (*Catalogue, error) { return load(files, Languages()) }

func load(fsys fs.FS, tags []string) (*Catalogue, error) {
	c := &Catalogue{languages: map[string]Language{}, services: new(services)}
	for _, tag := range tags {
		texts, err := readLanguage(fsys, tag)
		if err != nil {
			return nil, fmt.Errorf("reading the texts in %q: %w", tag, err)
		}
		c.languages[tag] = Language{tag: tag, cldr: language.MustParse(tag), texts: texts, services: c.services}
	}
	if err := c.agree(tags); err != nil {
		return nil, fmt.Errorf("comparing the languages: %w", err)
	}
	return c, nil
}

// In returns the texts in the language of the BCP 47 tag, or in Italian when
// the terminal does not speak it.
func (c *Catalogue) In(tag string) Language {
	if l, ok := c.languages[tag]; ok {
		return l
	}
	return c.languages[Italian]
}

// Keys lists the keys of all texts, sorted.
func (c *Catalogue) Keys() []string {
	return slices.Sorted(maps.Keys(c.languages[Italian].texts))
}

// Language speaks one language.
type Language struct {
	tag   string
	cldr  language.Tag
	texts map[string]text

	services *services
}

// Tag is the BCP 47 tag: "it", "de".
func (l Language) Tag() string { return l.tag }

// Has reports whether there is a text under key.
func (l Language) Has(key string) bool { _, ok := l.find(key); return ok }

// T returns the text under key with its placeholders filled from args, which
// are pairs of name and value: T("home.requests", "n", 3). The value called "n"
// also chooses the plural form, and whole numbers are grouped as the language
// does. A missing text or value shows between ⟦ and ⟧.
func (l Language) T(key string, args ...any) string {
	t, ok := l.find(key)
	if !ok {
		return missing(key)
	}
	values := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			values[name] = args[i+1]
		}
	}
	return t.form(l.cldr, values["n"]).fill(func(name string) string {
		switch v := values[name].(type) {
		case nil:
			return missing(name)
		case int:
			return l.Number(v)
		default:
			return fmt.Sprint(v)
		}
	})
}

func missing(name string) string { return "⟦" + name + "⟧" }

// agree reports the first way, in the order of the keys, in which one of these
// languages differs from Italian.
func (c *Catalogue) agree(tags []string) error {
	source := c.languages[Italian]
	for _, tag := range tags {
		l := c.languages[tag]
		for _, key := range union(source.texts, l.texts) {
			here, there := l.texts[key], source.texts[key]
			switch {
			case here == nil:
				return fmt.Errorf("%q is missing in %q", key, tag)
			case there == nil:
				return fmt.Errorf("%q is missing in %q", key, Italian)
			}
			if want, got := there.placeholders(), here.placeholders(); !slices.Equal(want, got) {
				return fmt.Errorf("%q has the placeholders %q in %q and %q in %q", key, got, tag, want, Italian)
			}
			if err := here.complete(l.cldr); err != nil {
				return fmt.Errorf("%q in %q: %w", key, tag, err)
			}
		}
	}
	return nil
}

func union[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.SortFunc(keys, cmp.Compare[string])
	return slices.Compact(keys)
}
