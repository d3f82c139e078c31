package messages

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// sentences are the forms of all texts whose key has one of the prefixes, or of
// all texts, each by its key and class. A placeholder counts as one short word.
func sentences(l Language, prefixes ...string) map[string]string {
	all := map[string]string{}
	for key, t := range l.texts {
		if len(prefixes) > 0 && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			continue
		}
		for class, f := range t {
			all[strings.TrimSuffix(key+"/"+class, "/")] = f.fill(func(string) string { return "dato" })
		}
	}
	return all
}

// excused are texts that may say what others may not, with the reason.
var excused = map[string]string{
	"receipt.head": "the name of the office stands at the head of its paper",
}

func TestEveryTextIsPlain(t *testing.T) {
	c := loaded(t)
	for _, tag := range Languages() {
		for key, s := range sentences(c.In(tag)) {
			if found := Objections(tag, s); len(found) > 0 && excused[key] == "" {
				t.Errorf("%s %s: %s", tag, key, strings.Join(found, "; "))
			}
		}
	}
}

func TestWhatIsNotPlainIsObjectedTo(t *testing.T) {
	for _, tt := range []struct{ tag, text, want string }{
		{"it", "Prema <b>Avanti</b>", "plain text"},
		{"it", "Prema Avanti.  Grazie", "plain text"},
		{"it", " Prema Avanti", "plain text"},
		{"it", "Prema\nAvanti", "plain text"},
		{"it", "Premi Avanti", "familiar"},
		{"de", "Drücke auf Weiter", "familiar"},
		{"fr", "Voici ta demande", "familiar"},
		{"sl", "Natisni potrdilo", "familiar"},
		{"it", "Ecco la Sua domanda.", "reverence"},
		{"it", "Questo è per Lei", "reverence"},
		{"it", "Possiamo aiutarLa.", "reverence"},
		{"it", "Visualizzi la domanda", "offices"},
		{"de", "Die Antwort gemäß Gesetz", "offices"},
		{"fr", "Veuillez attendre", "offices"},
		{"sl", "V skladu z zakonom", "offices"},
		{"en", "Pursuant to the law", "offices"},
		{"it", "Uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici", "more than 15"},
		{"it", "Un testo {Con}", "brace"},
	} {
		if found := strings.Join(Objections(tt.tag, tt.text), "; "); !strings.Contains(found, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.text, found, tt.want)
		}
	}
	if found := Objections("it", "La sua domanda è salva. {claim} è il codice."); found != nil {
		t.Errorf("a plain text: %q", found)
	}
}

func TestItalianIsEasyToRead(t *testing.T) {
	l := loaded(t).In(Italian)
	groups := map[string][]string{"everything": nil}
	for key := range l.texts {
		screen, _, _ := strings.Cut(key, ".")
		groups[screen] = []string{screen + "."}
	}
	for group, prefixes := range groups {
		texts := slices.Collect(maps.Values(sentences(l, prefixes...)))
		if n, index := Gulpease(texts); n >= 20 && index < 80 {
			t.Errorf("%s: Gulpease %d over %d words", group, index, n)
		}
	}
	office := []string{"Con la presente si comunica che l'istanza inoltrata dall'interessato è stata acquisita dal sistema e sarà trasmessa all'Istituto non appena la connettività sarà ripristinata."}
	if _, index := Gulpease(office); index > 60 {
		t.Errorf("the measure finds office Italian easy: %d", index)
	}
}
