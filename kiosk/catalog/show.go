package catalog

import (
	"strings"

	"pue/kiosk/messages"
)

// Show is a canonical answer as a person reads it in a language: dates in
// figures, an IBAN in groups of four, a choice in words. An empty answer is
// shown as what it means.
func (f Field) Show(l messages.Language, answer string) string {
	if answer == "" {
		return l.T("choice.none")
	}
	switch f.Kind {
	case Choice, YesNo, Tick:
		return l.T(f.ChoiceKey(answer))
	case Multi:
		var words []string
		for _, v := range strings.Split(answer, ",") {
			words = append(words, l.T(f.ChoiceKey(v)))
		}
		return strings.Join(words, ", ")
	case Date:
		return l.Day(answer)
	case Month:
		return showMonth(answer)
	case Place:
		return showPlace(answer)
	case IBAN:
		return showIBAN(answer)
	case Phone:
		return showPhone(answer)
	case Money:
		return l.Money(answer)
	}
	return answer
}

// ChoiceKey is the message of one of a field's answers,
// "service.naspi.causale.is.altro". Yes and no have words of their own only
// where the service gives them some: else "choice.yes".
func (f Field) ChoiceKey(value string) string {
	if yesNo := f.Kind == YesNo || f.Kind == Tick; yesNo && !f.service.says(f.Base()+".is."+value) {
		return "choice." + value
	}
	return f.service.Key(f.Name, "is", value)
}

// Options lists what can be answered, of the kinds with choices.
func (f Field) Options() []string {
	switch f.Kind {
	case YesNo:
		return []string{"yes", "no"}
	case Tick:
		return []string{"yes"}
	}
	return f.Choices
}

// Show is a value of an answer as a person reads it in a language.
func (f Fact) Show(l messages.Language, value string) string {
	if f.Kind == Choice && value != "" {
		return l.T(f.service.Key("answer", f.Name, "is", value))
	}
	return Field{Kind: f.Kind, service: f.service}.Show(l, value)
}

// Key is the message that names the value.
func (f Fact) Key() string { return f.service.Key("answer", f.Name) }

// Valid reports whether a value is in the canonical form of its kind. Empty is:
// the other side may not know.
func (f Fact) Valid(value string) bool {
	if value == "" {
		return true
	}
	canonical, problem := checks[f.Kind](Field{Kind: f.Kind, Choices: f.Choices, service: f.service}, value)
	return problem == "" && canonical == value
}

// Key is a message of the service: Key("title"), Key(step.ID, "title"),
// Key(field.Name, "label"). The rounds of a repeated step share theirs.
func (s *Service) Key(parts ...string) string {
	key := "service." + s.ID
	for _, p := range parts {
		base, _ := round(p)
		key += "." + base
	}
	return key
}

// says reports whether the service has an Italian text of its own under key.
func (s *Service) says(key string) bool {
	_, ok := s.Texts[messages.Italian][key]
	return ok
}
