package messages

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
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

func TestNoTextIsMarkup(t *testing.T) {
	markup := regexp.MustCompile(`<|>|&[a-z#]+;|\\n|\*\*|\]\(`)
	c := loaded(t)
	for _, tag := range Languages() {
		for key, s := range sentences(c.In(tag)) {
			if markup.MatchString(s) || strings.ContainsFunc(s, unicode.IsControl) || strings.TrimSpace(s) != s || strings.Contains(s, "  ") {
				t.Errorf("%s %s is not plain text: %q", tag, key, s)
			}
		}
	}
}

// The terminal says Lei and Sie.
func TestCitizensAreAddressedFormally(t *testing.T) {
	familiar := map[string]*regexp.Regexp{
		"it": regexp.MustCompile(`(?i)(^|[^\pL])(tu|te|ti|tuo|tua|tuoi|tue|puoi|devi|vuoi|hai|fai|vai|inserisci|premi|tocca|clicca|scegli|scrivi|togli|metti|attendi|riprendi|prendi|chiedi|rispondi|conferma subito)([^\pL]|$)`),
		"de": regexp.MustCompile(`(?i)(^|[^\pL])(du|dich|dir|dein|deine|deiner|deinem|deinen|kannst|musst|willst|hast|drücke|wähle|tippe)([^\pL]|$)`),
	}
	c := loaded(t)
	for _, tag := range Languages() {
		for key, s := range sentences(c.In(tag)) {
			if m := familiar[tag].FindString(s); m != "" {
				t.Errorf("%s %s says %q: %q", tag, key, strings.TrimSpace(m), s)
			}
		}
	}
}

// Italian may write Lei and Suo with a capital within a sentence, out of
// reverence. The terminal does so nowhere.
func TestItalianWritesItsFormsOfAddressSmall(t *testing.T) {
	reverent := regexp.MustCompile(`[^.!?…\s]\s+(Lei|Loro|Suo|Sua|Suoi|Sue|La|Le|Ella)([^\pL]|$)|[a-z](La|Le)([^\pL]|$)`)
	for key, s := range sentences(loaded(t).In(Italian)) {
		if m := reverent.FindString(s); m != "" {
			t.Errorf("%s bows with %q: %q", key, m, s)
		}
	}
	for _, s := range []string{"Ecco la Sua domanda.", "Questo è per Lei", "Possiamo aiutarLa."} {
		if !reverent.MatchString(s) {
			t.Errorf("%q passes", s)
		}
	}
}

// What offices write and people do not say.
func TestNoOfficeWords(t *testing.T) {
	office := map[string]*regexp.Regexp{
		"it": regexp.MustCompile(`(?i)la presente|si comunica|si informa|si prega|istanza|inoltr|pervenut|suddett|sopra ?indicat|ai sensi|qualora|altresì|nonché|usufrui|erogazion|provved|effettua|fruizion|summenzionat|codest|all'uopo|di cui sopra|espletament|adempi|utent[ei]\b|credenziali|autentica|visualizz|selezion`),
		"de": regexp.MustCompile(`(?i)hiermit|gemäß|bezüglich|diesbezüglich|obengenannt|mittels|zwecks|seitens|selektier|authentifizier`),
	}
	c := loaded(t)
	for _, tag := range Languages() {
		for key, s := range sentences(c.In(tag)) {
			if m := office[tag].FindString(s); m != "" && key != "receipt.head" {
				t.Errorf("%s %s says %q: %q", tag, key, m, s)
			}
		}
	}
}

// longest is how many words a sentence may have.
const longest = 15

// longer lists the texts that may have a longer sentence, with the reason.
var longer = map[string]string{}

func TestItalianSentencesAreShort(t *testing.T) {
	stop := regexp.MustCompile(`[.!?;:]+(\s|$)`)
	for key, text := range sentences(loaded(t).In(Italian)) {
		long := false
		for _, s := range stop.Split(text, -1) {
			if n := len(words(s)); n > longest {
				long = true
				if longer[key] == "" {
					t.Errorf("%s has a sentence of %d words: %q", key, n, s)
				}
			}
		}
		if longer[key] != "" && !long {
			t.Errorf("%s is excused, and need not be", key)
		}
	}
}

// Gulpease (GULP, 1988) is 89 + (300 sentences − 10 letters) / words; above 80,
// who finished primary school reads it with ease.
func TestItalianIsEasyToRead(t *testing.T) {
	l := loaded(t).In(Italian)
	groups := map[string][]string{"everything": nil}
	for key := range l.texts {
		screen, _, _ := strings.Cut(key, ".")
		groups[screen] = []string{screen + "."}
	}
	for group, prefixes := range groups {
		texts := sentences(l, prefixes...)
		if n, index := gulpease(texts); n >= 20 && index < 80 {
			t.Errorf("%s: Gulpease %d over %d words", group, index, n)
		}
	}
	office := map[string]string{"": "Con la presente si comunica che l'istanza inoltrata dall'interessato è stata acquisita dal sistema e sarà trasmessa all'Istituto non appena la connettività sarà ripristinata."}
	if _, index := gulpease(office); index > 60 {
		t.Errorf("the measure finds office Italian easy: %d", index)
	}
}

// gulpease measures texts, and counts their words. A text without a full stop
// at its end is one sentence too.
func gulpease(texts map[string]string) (n, index int) {
	stop := regexp.MustCompile(`[.!?]+(\s|$)`)
	sentences, letters := 0, 0
	for _, text := range texts {
		for _, s := range stop.Split(text, -1) {
			if w := words(s); len(w) > 0 {
				sentences++
				n += len(w)
			}
		}
		for _, r := range text {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				letters++
			}
		}
	}
	if n == 0 {
		return 0, 100
	}
	return n, 89 + (300*sentences-10*letters)/n
}

func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '@' && r != '.'
	})
}
