package ui

import (
	"regexp"
	"slices"
	"strings"

	"pue/kiosk/catalog"
)

// field is one question on the page, ready to be drawn.
type field struct {
	catalog.Field
	Label, Hint string
	Value       string // as people write it
	Problem     string // in words, empty when there is none
	Board       string // which keyboard: text, mail, pad
	Case        string // how letters are typed: title, upper, lower
	Extra       string // a key that the number pad needs besides digits
	Max         int
	Options     []option
	Box         string // how options are chosen: radio, or checkbox for several
	Ticks       bool   // the label stands on the box itself
	Suggested   []catalog.Commune
}

// option is one answer of a choice.
type option struct {
	Value, Label string
	Chosen       bool
}

// Fields are the questions of a form page.
func (p page) Fields() []field {
	var all []field
	for _, f := range p.Form.Step.Fields {
		label, hint := p.Form.Service.Key(f.Name, "label"), p.Form.Service.Key(f.Name, "hint")
		one := field{
			Field: f,
			Label: p.T(label),
			Value: p.shown(f, p.Form.Answers[f.Name]),
			Board: "text", Case: "upper", Max: maxValue,
		}
		if p.L.Has(hint) {
			one.Hint = p.T(hint)
		}
		if key, ok := p.Form.Problems[f.Name]; ok {
			one.Problem = p.T(key)
		}
		if f.Max > 0 {
			one.Max = f.Max
		}
		switch f.Kind {
		case catalog.Text:
			one.Case = "title"
		case catalog.Email:
			one.Board, one.Case = "mail", "lower"
		case catalog.Phone:
			one.Board, one.Extra = "pad", "+"
		case catalog.Money:
			one.Board, one.Extra = "pad", ","
		case catalog.Date:
			one.Board, one.Max = "pad", len("2026-11-22")
		case catalog.Month:
			one.Board, one.Extra, one.Max = "pad", "/", len("2026-11")
		case catalog.Year:
			one.Board, one.Max = "pad", 4
		case catalog.Number:
			one.Board, one.Max = "pad", 4
		case catalog.PostalCode:
			one.Board, one.Max = "pad", 5
		case catalog.VAT:
			one.Board, one.Max = "pad", 13
		case catalog.Province:
			one.Max = 2
		case catalog.Place:
			one.Case, one.Max = "title", 60
			if one.Problem != "" {
				one.Suggested = catalog.SuggestCommunes(one.Value, p.mostSuggested())
			}
		case catalog.Choice, catalog.YesNo, catalog.Multi, catalog.Tick:
			one.choose(p)
		}
		all = append(all, one)
	}
	return all
}

// mostSuggested is how many names fit in a row below what was typed.
func (p page) mostSuggested() int {
	if p.Size() == "m" {
		return 3
	}
	return 2
}

// choose makes the options of a field that is not typed.
func (f *field) choose(p page) {
	f.Board, f.Box, f.Ticks = "", "radio", f.Kind == catalog.Tick
	if f.Kind == catalog.Multi || f.Ticks {
		f.Box = "checkbox"
	}
	chosen := strings.Split(p.Form.Answers[f.Name], ",")
	for _, v := range f.Field.Options() {
		label := p.T(f.ChoiceKey(v))
		if f.Ticks {
			label = f.Label
		}
		f.Options = append(f.Options, option{v, label, slices.Contains(chosen, v)})
	}
}

// Boards are the keyboards that the fields of the page need; none when nothing
// is typed.
func (p page) Boards() map[string]board {
	needed := map[string]board{}
	for _, f := range p.Fields() {
		if f.Board != "" {
			needed[f.Board] = boards()[p.L.Tag()][f.Board]
		}
	}
	return needed
}

// AllBoards are the keyboards of the page's language.
func (p page) AllBoards() map[string]board { return boards()[p.L.Tag()] }

// Question is the title of a form page.
func (p page) Question() string { return p.stepText("title") }

// StepHint is the step's explanation, if it has one.
func (p page) StepHint() string { return p.stepText("hint") }

func (p page) stepText(part string) string {
	key := p.Form.Service.Key(p.Form.Step.ID, part)
	if !p.L.Has(key) {
		return ""
	}
	return p.T(key, "n", p.Form.Step.Round())
}

// canonicalMoney is how an amount is kept, in contrast to how it is typed.
var canonicalMoney = regexp.MustCompile(`^\d+\.\d\d$`)

// canonicalMonth is how a month is kept, in contrast to how it is typed.
var canonicalMonth = regexp.MustCompile(`^\d{4}-\d\d$`)

// shown turns a canonical answer into what people write: a day as 22/11/2026 or
// 22.11.2026, an amount with a comma, an IBAN in groups of four. What was typed and is not
// canonical yet stays as it was typed.
func (p page) shown(f catalog.Field, v string) string {
	switch f.Kind {
	case catalog.Date:
		return p.L.Day(v)
	case catalog.Money:
		if canonicalMoney.MatchString(v) {
			return strings.Replace(v, ".", ",", 1)
		}
	case catalog.Month:
		if canonicalMonth.MatchString(v) {
			return v[5:] + "/" + v[:4]
		}
	case catalog.IBAN:
		return inFours(v)
	case catalog.Place:
		if v != "" {
			return f.Show(p.L, v)
		}
	}
	return v
}

// inFours groups an IBAN as it is printed (ISO 13616-1).
func inFours(s string) string {
	var b strings.Builder
	for i, r := range []rune(strings.ReplaceAll(s, " ", "")) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
