package messages

import (
	"strings"
	"testing"
)

func TestTextsOfServicesAreShownInItalianWhereALanguageLacksThem(t *testing.T) {
	c := sample(t, `{"a": "ciao"}`, `{"a": "hallo"}`)
	it, de := c.In("it"), c.In("de") // taken before the texts came
	if it.Has("service.x.title") || de.InItalian("service.x.title") {
		t.Error("a text is there before it came")
	}
	err := c.SetServices(map[string]map[string]string{
		"it": {"service.x.title": "Prova", "service.x.figlio.title": "Figlio {n}"},
		"de": {"service.x.figlio.title": "{n}. Kind"},
		"xx": {"service.x.title": "?"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ got, want string }{
		{it.T("service.x.title"), "Prova"},
		{de.T("service.x.title"), "Prova"},
		{de.T("service.x.figlio.title", "n", 2), "2. Kind"},
		{de.T("service.x.hint"), "⟦service.x.hint⟧"},
		{de.T("a"), "hallo"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
	if !de.InItalian("service.x.title") || de.InItalian("service.x.figlio.title") || it.InItalian("service.x.title") || de.InItalian("a") {
		t.Error("InItalian does not tell what is shown in Italian")
	}
}

func TestNewTextsOfServicesReplaceTheOldOnesWhole(t *testing.T) {
	c := sample(t, `{"a": "ciao"}`, `{"a": "hallo"}`)
	set := func(byLanguage map[string]map[string]string) error { return c.SetServices(byLanguage) }
	if err := set(map[string]map[string]string{"it": {"service.x.title": "Prova"}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name       string
		byLanguage map[string]map[string]string
		want       string
	}{
		{"other key", map[string]map[string]string{"it": {"a": "x"}}, "does not begin"},
		{"brace", map[string]map[string]string{"it": {"service.x.title": "{"}}, "brace"},
		{"empty", map[string]map[string]string{"it": {"service.x.title": ""}}, "empty"},
		{"placeholder", map[string]map[string]string{"it": {"service.x.title": "{n}"}, "de": {"service.x.title": "x"}}, "placeholders"},
		{"no Italian", map[string]map[string]string{"de": {"service.x.title": "x"}}, "placeholders of the Italian"},
	} {
		if err := set(tt.byLanguage); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
	if got := c.In("it").T("service.x.title"); got != "Prova" {
		t.Errorf("after refusals: %q", got)
	}
	if err := set(map[string]map[string]string{"it": {"service.y.title": "Altra"}}); err != nil {
		t.Fatal(err)
	}
	if it := c.In("it"); it.Has("service.x.title") || !it.Has("service.y.title") {
		t.Error("the old texts are still there, or the new ones are not")
	}
}
