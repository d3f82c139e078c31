package catalog

import (
	"strings"
	"testing"

	"pue/kiosk/messages"
)

// courtesy are the languages that services are translated into.
var courtesy = []string{"de", "fr", "sl", "en"}

// Italian binds and German is complete; what the others lack is counted.
func TestTheTextsOfServicesArePlainAndFitTheirPage(t *testing.T) {
	missing := map[string]int{}
	for _, r := range builtIn(t).Remarks(append([]string{messages.Italian}, courtesy...)) {
		switch {
		case r.Language == "":
			t.Log(r)
		case r.Text == Missing && r.Language != "de":
			missing[r.Language]++
		default:
			t.Error(r)
		}
	}
	for _, tag := range courtesy {
		t.Logf("%s: %d texts are shown in Italian", tag, missing[tag])
	}
}

func TestTheItalianOfEachServiceIsEasyToRead(t *testing.T) {
	for _, s := range builtIn(t).Services() {
		var texts []string
		for _, text := range s.Texts[messages.Italian] {
			texts = append(texts, text)
		}
		if n, index := messages.Gulpease(texts); n >= 20 && index < 80 {
			t.Errorf("%s: Gulpease %d over %d words", s.ID, index, n)
		}
	}
}

func TestEveryTextOfAServiceCanBeShown(t *testing.T) {
	c := builtIn(t)
	m := spoken(t, c)
	for _, tag := range messages.Languages() {
		for _, s := range c.Services() {
			needed, _ := s.texts()
			for _, key := range needed {
				if !m.In(tag).Has(s.Key(strings.Split(key, ".")...)) {
					t.Errorf("%s cannot show %q of %s", tag, key, s.ID)
				}
			}
		}
	}
}

func TestRemarksSayWhereToLook(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"title: Una prova", "title: Premi qui", `prova: texts.it.title: a familiar word: "Premi"`},
		{"title: Una prova", "title: " + strings.Repeat("e ", 31), "61 characters are too long"},
		{"causale.is.a: Primo", "causale.is.a: Effettua", "a word of offices"},
		{"    title: Ein Versuch\n", "", "prova: texts.de.title: " + Missing},
		{"", "", "prova: laws.termine: nobody has verified it"},
	} {
		c, err := assemble(1, []string{strings.Replace(sound, tt.old, tt.new, 1)})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, r := range c.Remarks([]string{"it", "de"}) {
			all = append(all, r.String())
		}
		if !strings.Contains(strings.Join(all, "\n"), tt.want) {
			t.Errorf("no %q in\n%s", tt.want, strings.Join(all, "\n"))
		}
	}
}
