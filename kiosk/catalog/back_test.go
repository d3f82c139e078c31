package catalog

import (
	"maps"
	"regexp"
	"testing"
)

var healthWord = regexp.MustCompile(`(?i)invalid|disabil|handicap|behinder|malat|krank|medic|arzt|salute`)

// Half to each parent asks for a second account. Who then says that there is no
// other parent is asked neither how it is shared nor for that account.
func TestAnAnswerThatIsNoLongerAskedForDecidesNothing(t *testing.T) {
	s := service(t, "auu")
	a := wholeAnswers(t, "testdata/whole", "auu")
	if !asks(s, "altra-meta", a) || s.Asked(a)["genitore2_iban"] == "" {
		t.Fatal("the account of the other parent is not asked for")
	}
	alone := maps.Clone(a)
	alone["richiedente"], alone["genitore2_motivo"] = "genitore_solo", "deceduto"
	if asks(s, "altra-meta", alone) {
		t.Error("the account of a parent that is not there is asked for")
	}
	for _, field := range []string{"genitore2_cf", "ripartizione", "genitore2_iban"} {
		if v, there := s.Asked(alone)[field]; there {
			t.Errorf("%s is sent: %q", field, v)
		}
	}
}

func TestAPaperGoesWithTheAnswerThatAsksForIt(t *testing.T) {
	s := service(t, "bonus-nido")
	a := wholeAnswers(t, "testdata/whole", "bonus-nido")
	for kind, want := range map[string]string{"nido_pubblico": "ricevuta", "nido_privato": "ricevuta", "casa": "certificato"} {
		a["tipo"] = kind
		got := s.DocumentsFor(a)
		if len(got) != 1 || got[0].ID != want || !got[0].Required || got[0].Article9 != (kind == "casa") {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// What is about health says so, and so no title of it stands where others see it.
func TestAServiceAboutHealthIsMarked(t *testing.T) {
	for _, id := range []string{"ap70", "bonus-nido"} {
		if !service(t, id).Article9 {
			t.Errorf("%s is not marked as being about health", id)
		}
	}
	for _, s := range builtIn(t).Services() {
		for tag, texts := range s.Texts {
			if m := healthWord.FindString(texts["title"] + " " + texts["hint"]); m != "" && !s.Article9 {
				t.Errorf("%s in %s says %q, and is not marked", s.ID, tag, m)
			}
		}
	}
}
