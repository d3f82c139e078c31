package ui

import (
	"regexp"
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
		case catalog.PostalCode:
			one.Board, one.Max = "pad", 5
		case catalog.Province:
			one.Max = 2
		case catalog.Choice, catalog.YesNo:
			one.Board = ""
			for _, v := range f.Options() {
				one.Options = append(one.Options, option{v, p.T(f.ChoiceKey(v)), v == p.Form.Answers[f.Name]})
			}
		}
		all = append(all, one)
	}
	return all
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
	return p.T(key)
}

// canonicalMoney is how an amount is kept, in contrast to how it is typed.
var canonicalMoney = regexp.MustCompile(`^\d+\.\d\d$`)

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
	case catalog.IBAN:
		return inFours(v)
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

// line is one row of the review: what was asked, the answers, and the step where
// they are changed. A step of several fields is named by its question.
type line struct{ Step, Title, Answer string }

// Lines are what will be sent, a step to a line.
func (p page) Lines() []line {
	var all []line
	for _, s := range p.Review.Steps {
		var parts []string
		for _, f := range s.Fields {
			parts = append(parts, f.Show(p.L, p.Review.Answers[f.Name]))
		}
		title := p.T(p.Review.Service.Key(s.Fields[0].Name, "label"))
		if len(s.Fields) > 1 {
			title = p.T(p.Review.Service.Key(s.ID, "title"))
		}
		all = append(all, line{s.ID, title, strings.Join(parts, comma(s))})
	}
	return all
}

// comma stands between the answers of a step: two days are a time from one to
// the other.
func comma(s catalog.Step) string {
	if len(s.Fields) == 2 && s.Fields[0].Kind == catalog.Date && s.Fields[1].Kind == catalog.Date {
		return " – "
	}
	return ", "
}

// halfReview is how many answers fit on the page at large text.
const halfReview = 6

// FirstLines and RestLines are the two halves of the review at large text; at the
// usual size all lines are first.
func (p page) FirstLines() []line {
	all := p.Lines()
	if p.Size() == "m" {
		return all
	}
	return all[:min(len(all), halfReview)]
}

// RestLines are the lines that FirstLines leaves out.
func (p page) RestLines() []line { return p.Lines()[len(p.FirstLines()):] }
