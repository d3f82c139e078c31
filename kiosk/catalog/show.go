package catalog

import "pue/kiosk/messages"

// Show is a canonical answer as a person reads it in a language: dates in
// figures, an IBAN in groups of four, a choice in words. An empty answer is
// shown as what it means.
func (f Field) Show(l messages.Language, answer string) string {
	if answer == "" {
		return l.T("choice.none")
	}
	switch f.Kind {
	case Choice, YesNo:
		return l.T(f.ChoiceKey(answer))
	case Date:
		return l.Day(answer)
	case IBAN:
		return showIBAN(answer)
	case Phone:
		return showPhone(answer)
	case Money:
		return l.Money(answer)
	}
	return answer
}

// ChoiceKey is the message of one of a field's answers: "choice.causale.altro",
// "choice.did.yes".
func (f Field) ChoiceKey(value string) string { return "choice." + f.Name + "." + value }

// Options lists what can be answered, of the kinds choice and yesno.
func (f Field) Options() []string {
	if f.Kind == YesNo {
		return []string{"yes", "no"}
	}
	return f.Choices
}

// Key is a message of the service: Key("title"), Key(step.ID, "title"),
// Key(field.Name, "label").
func (s *Service) Key(parts ...string) string {
	key := "service." + s.ID
	for _, p := range parts {
		key += "." + p
	}
	return key
}
