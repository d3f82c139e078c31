// Package catalog is what a citizen can do at the terminal, as data: services,
// their questions one to a page, and the rules the answers must pass. A new
// service is a YAML file and its messages, not new code.
//
// Answers stay in memory; this package neither stores nor logs them.
package catalog

import "time"

// Class says what a service does to the world.
type Class string

const (
	Query       Class = "query"       // shows what INPS knows; needs the line
	Application Class = "application" // asks INPS for something; may wait for the line
)

// Service is one tile on the home screen. Its texts are messages under
// "service.<ID>.": title, hint, and for each step and field their own.
type Service struct {
	ID      string `yaml:"id"`
	Version int    `yaml:"version"`
	Class   Class  `yaml:"class"`
	// Destination is the authority that a submission goes to, "inps" unless said
	// otherwise.
	Destination string `yaml:"destination"`
	// Official is the name INPS itself gives the service, always Italian.
	Official string `yaml:"official"`
	// Icon names a symbol of the page's own drawing.
	Icon     string    `yaml:"icon"`
	Deadline *Deadline `yaml:"deadline"`
	Steps    []Step    `yaml:"steps"`
}

// Deadline is a legal term that runs from a date the citizen gives.
type Deadline struct {
	From string `yaml:"from"` // the field that holds the date
	Days int    `yaml:"days"`
}

// Step is one page with one question, of one or a few fields that belong
// together (an address).
type Step struct {
	ID string `yaml:"id"`
	// When, if set, is "field=value": the step is asked only then.
	When   string  `yaml:"when"`
	Fields []Field `yaml:"fields"`
}

// Field is one answer.
type Field struct {
	Name     string   `yaml:"name"`
	Kind     Kind     `yaml:"kind"`
	Optional bool     `yaml:"optional"`
	Max      int      `yaml:"max"`     // longest text, in characters; 0 is the kind's own
	Choices  []string `yaml:"choices"` // of kind choice
	// Must, of kind yesno, is the only answer with which the service goes on.
	Must string `yaml:"must"`
	// After and NotFuture are cross rules of kind date.
	After     string `yaml:"after"` // the field whose date comes before
	NotFuture bool   `yaml:"notFuture"`
}

// Kind is how a field is asked and checked.
type Kind string

const (
	Text       Kind = "text"
	Choice     Kind = "choice"
	YesNo      Kind = "yesno" // "yes" or "no"
	Date       Kind = "date"  // ISO 8601 calendar date, 2026-11-22
	IBAN       Kind = "iban"
	Phone      Kind = "phone"
	Email      Kind = "email"
	PostalCode Kind = "cap"
	Province   Kind = "province" // two letters
	Money      Kind = "money"    // "1234.56", euro
	TaxID      Kind = "taxid"    // codice fiscale or partita IVA of an employer
)

// Answers maps a field's name to what was given, in canonical form ("2026-11-22",
// "IT60X0542811101000000123456"), never as typed.
type Answers map[string]string

// Problems maps a field's name to the message key that says what is wrong with
// it, such as "problem.iban-check".
type Problems map[string]string

// Due is the last day of the term, or the zero time when there is none.
func (s *Service) Due(a Answers) time.Time {
	if s.Deadline == nil {
		return time.Time{}
	}
	from, err := time.Parse(time.DateOnly, a[s.Deadline.From])
	if err != nil {
		return time.Time{}
	}
	return from.AddDate(0, 0, s.Deadline.Days)
}
