package messages

import (
	"strings"
	"testing"
	"testing/fstest"
)

// two are enough languages to disagree.
var two = []string{"it", "de"}

// twoLanguages is a file system with one file in each language.
func twoLanguages(it, de string) fstest.MapFS {
	return fstest.MapFS{
		"it/a.json": &fstest.MapFile{Data: []byte(it)},
		"de/a.json": &fstest.MapFile{Data: []byte(de)},
	}
}

func TestLanguagesThatDisagreeAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, it, de, want string }{
		{"key only in Italian", `{"a": "x", "b": "y"}`, `{"a": "x"}`, `"b" is missing in "de"`},
		{"key only in German", `{"a": "x"}`, `{"a": "x", "b": "y"}`, `"b" is missing in "it"`},
		{"placeholder lost", `{"a": "{name}"}`, `{"a": "x"}`, `placeholders []`},
		{"placeholder renamed", `{"a": "{name}"}`, `{"a": "{nome}"}`, `placeholders ["nome"]`},
		{"plural without one", `{"a": "{n}"}`, `{"a": {"other": "{n}"}}`, `the plural form "one" is missing`},
		{"plural without other", `{"a": {"one": "{n}"}}`, `{"a": "{n}"}`, `the plural form "other" is missing`},
		{"unknown plural class", `{"a": {"one": "x", "other": "x", "single": "x"}}`, `{"a": "x"}`, `"single" is not a plural class`},
		{"empty plural", `{"a": {}}`, `{"a": "x"}`, `without plural forms`},
		{"empty sentence", `{"a": ""}`, `{"a": "x"}`, `an empty sentence`},
		{"stray brace", `{"a": "{Name}"}`, `{"a": "x"}`, `a brace`},
		{"number", `{"a": 1}`, `{"a": "x"}`, `neither a sentence nor`},
		{"same key twice", `{"a": "x", "a": "y"}`, `{"a": "x"}`, `"a" stands twice`},
		{"no object", `[]`, `{"a": "x"}`, `not a JSON object`},
		{"cut off", `{"a": "x"`, `{"a": "x"}`, `it/a.json`},
		{"two objects", `{"a": "x"} {}`, `{"a": "x"}`, `something follows`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(twoLanguages(tt.it, tt.de), two)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestAKeyInTwoFilesIsRefused(t *testing.T) {
	fsys := twoLanguages(`{"a": "x"}`, `{"a": "x"}`)
	fsys["it/b.json"] = &fstest.MapFile{Data: []byte(`{"a": "x"}`)}
	if _, err := load(fsys, two); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("got %v, want a complaint about the second a", err)
	}
}

func TestALanguageWithoutFilesIsRefused(t *testing.T) {
	fsys := twoLanguages(`{"a": "x"}`, `{"a": "x"}`)
	delete(fsys, "de/a.json")
	if _, err := load(fsys, two); err == nil || !strings.Contains(err.Error(), `"de"`) {
		t.Errorf("got %v, want the missing language", err)
	}
}
