package messages

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// What is plain is judged here and not in a test alone: texts of services come
// from outside the program, and who writes them asks the same judge.

var markup = regexp.MustCompile(`<|>|&[a-z#]+;|\\n|\*\*|\]\(`)

// familiar has the words of who says tu, du and ti. The terminal says Lei, Sie,
// vous and Vi; English has one word for both.
var familiar = map[string]*regexp.Regexp{
	"it": regexp.MustCompile(`(?i)(^|[^\pL])(tu|te|ti|tuo|tua|tuoi|tue|puoi|devi|vuoi|hai|fai|vai|inserisci|premi|tocca|clicca|scegli|scrivi|togli|metti|attendi|riprendi|prendi|chiedi|rispondi|conferma subito)([^\pL]|$)`),
	"de": regexp.MustCompile(`(?i)(^|[^\pL])(du|dich|dir|dein|deine|deiner|deinem|deinen|kannst|musst|willst|hast|drücke|wähle|tippe)([^\pL]|$)`),
	"fr": regexp.MustCompile(`(?i)(^|[^\pL])(tu|toi|te|ton|ta|tes)([^\pL]|$)`),
	"sl": regexp.MustCompile(`(?i)(^|[^\pL])(tvoj\pL*|tebe|tebi|imaš|moraš|želiš|lahko greš|vpiši|izberi|natisni|začni|končaj|počakaj|pokliči|pritisni|vzemi)([^\pL]|$)`),
}

// reverent finds Lei and Suo with a capital within a sentence, which Italian may
// write out of reverence. The terminal does so nowhere.
var reverent = regexp.MustCompile(`[^.!?…\s]\s+(Lei|Loro|Suo|Sua|Suoi|Sue|La|Le|Ella)([^\pL]|$)|[a-z](La|Le)([^\pL]|$)`)

// office has what offices write and people do not say.
var office = map[string]*regexp.Regexp{
	"it": regexp.MustCompile(`(?i)la presente|si comunica|si informa|si prega|istanza|inoltr|pervenut|suddett|sopra ?indicat|ai sensi|qualora|altresì|nonché|usufrui|erogazion|provved|effettua|fruizion|summenzionat|codest|all'uopo|di cui sopra|espletament|adempi|utent[ei]\b|credenziali|autentica|visualizz|selezion`),
	"de": regexp.MustCompile(`(?i)hiermit|gemäß|bezüglich|diesbezüglich|obengenannt|mittels|zwecks|seitens|selektier|authentifizier`),
	"fr": regexp.MustCompile(`(?i)veuillez|susmentionn|ci-joint|conformément|dans le cadre de|au titre de|effectu|procéd|sélectionn|authentifi|visualis`),
	"sl": regexp.MustCompile(`(?i)v skladu z|zadevn|predmetn|zgoraj naveden|predhodno|avtentic|avtentif|selekcion`),
	"en": regexp.MustCompile(`(?i)hereby|pursuant|aforementioned|in accordance|in order to|prior to|utili[sz]e|commence|authenticat|\bselect\b`),
}

// longest is how many words an Italian sentence may have.
const longest = 15

var (
	sentenceEnd = regexp.MustCompile(`[.!?]+(\s|$)`)
	clauseEnd   = regexp.MustCompile(`[.!?;:]+(\s|$)`)
)

// Objections says what is not plain in a text of a language, if anything. What
// it leaves open counts as one short word.
func Objections(tag, sentence string) []string {
	f, err := parseForm(sentence)
	if err != nil {
		return []string{err.Error()}
	}
	s := f.fill(func(string) string { return "dato" })
	var all []string
	object := func(what, found string) {
		if found = strings.TrimSpace(found); found != "" {
			all = append(all, fmt.Sprintf("%s: %q", what, found))
		}
	}
	if m := markup.FindString(s); m != "" || strings.ContainsFunc(s, unicode.IsControl) || strings.TrimSpace(s) != s || strings.Contains(s, "  ") {
		object("not plain text", s)
	}
	if words := familiar[tag]; words != nil {
		object("a familiar word", words.FindString(s))
	}
	if words := office[tag]; words != nil {
		object("a word of offices", words.FindString(s))
	}
	if tag == Italian {
		object("a capital of reverence", reverent.FindString(s))
		object(fmt.Sprintf("more than %d words in a sentence", longest), tooLong(s))
	}
	return all
}

// tooLong is the first sentence with too many words.
func tooLong(text string) string {
	for _, s := range clauseEnd.Split(text, -1) {
		if len(words(s)) > longest {
			return s
		}
	}
	return ""
}

// Gulpease measures how easy Italian texts are to read, and counts their words:
// 89 + (300 sentences − 10 letters) / words (GULP, 1988). Above 80, who finished
// primary school reads with ease. A text without a full stop at its end is one
// sentence too.
func Gulpease(texts []string) (n, index int) {
	sentences, letters := 0, 0
	for _, text := range texts {
		for _, s := range sentenceEnd.Split(text, -1) {
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
