package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

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

// wholeAnswers reads the invented answers that stand beside a service.
func wholeAnswers(t *testing.T, id string) Answers {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", "whole", id+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	a := Answers{}
	if err := yaml.Unmarshal(src, &a); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return a
}

// A service whose questions nobody can answer would be found out by a citizen.
func TestEachServiceCanBeAnsweredWhole(t *testing.T) {
	for _, s := range builtIn(t).Services() {
		if len(s.Steps) == 0 {
			continue
		}
		t.Run(s.ID, func(t *testing.T) { answerWhole(t, s, wholeAnswers(t, s.ID)) })
	}
}

// answerWhole walks the service with canonical answers, which must pass as they
// are, and none of which is left over.
func answerWhole(t *testing.T, s *Service, a Answers) {
	t.Helper()
	if step, open := s.Unanswered(a, today); open {
		_, problems := s.Check(step, a, today)
		t.Fatalf("%s: the step %s is unanswered: %v", s.ID, step.ID, problems)
	}
	asked := s.Asked(a)
	for name := range a {
		if _, ok := asked[name]; !ok {
			t.Errorf("%s: %s is answered and not asked", s.ID, name)
		}
	}
	for _, step := range s.Applicable(a) {
		canonical, _ := s.Check(step, a, today)
		for name, answer := range canonical {
			if answer != a[name] {
				t.Errorf("%s: %s: %q became %q", s.ID, name, a[name], answer)
			}
		}
	}
}
