package catalog

import (
	"regexp"
	"strings"
	"testing"

	"pue/kiosk/messages"
)

// courtesy are the languages that services are translated into.
var courtesy = []string{"de", "fr", "sl", "en"}

// The services that are built in speak each language whole. What nobody has
// verified is said on the page, and only counted here.
func TestTheTextsOfServicesArePlainAndFitTheirPage(t *testing.T) {
	for _, r := range builtIn(t).Remarks(append([]string{messages.Italian}, courtesy...)) {
		if strings.HasPrefix(r.Key, "laws.") {
			t.Log(r)
			continue
		}
		t.Error(r)
	}
}

var example = regexp.MustCompile(`(?i)(?:per esempio:?|zum beispiel:?|par exemple(?:\pZ:)?|na primer:?|for example:?) (.+)$`)

// Who copies the example must not be told that it is wrong.
func TestEveryExampleInAHintIsTaken(t *testing.T) {
	found := map[Kind]int{}
	for _, s := range builtIn(t).Services() {
		for _, step := range s.Steps {
			for _, f := range step.Fields {
				for tag, texts := range s.Texts {
					m := example.FindStringSubmatch(strings.TrimRight(texts[f.Name+".hint"], "."))
					if m == nil || f.Kind == IBAN {
						continue
					}
					for _, shown := range regexp.MustCompile(` (?:oppure|oder|ou|ali|or) |: .*`).Split(m[1], -1) {
						found[f.Kind]++
						if _, problem := f.check(shown); shown != "" && problem != "" {
							t.Errorf("%s, %s, %s: the example %q is refused: %s", s.ID, tag, f.Name, shown, problem)
						}
					}
				}
			}
		}
	}
	for _, kind := range []Kind{Date, Money, Phone, Month, Year, Email} {
		if found[kind] < len(courtesy)+1 {
			t.Errorf("%d examples of the kind %s were found", found[kind], kind)
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
		{"hint: Per prova", "hint: Ha 68 giorni", `texts.it.hint: "68 giorni" stands outside the laws`},
		{"title: Ein Versuch", "title: Unter 8.000 Euro", `texts.de.title: "8.000 Euro" stands outside the laws`},
		{"hint: Per prova", "hint: " + strings.Repeat("amministrativamente ", 49), "prova: texts.it: hard to read: Gulpease "},
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
