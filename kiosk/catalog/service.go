// Package catalog is what a citizen can do at the terminal, as data: services,
// their questions one to a page, the rules the answers must pass, and the texts
// of it all in each language. A new service is a YAML file, not new code.
//
// Answers stay in memory; this package neither stores nor logs them.
package catalog

import "time"

// Class says what a service does to the world.
type Class string

const (
	Query       Class = "query"       // shows what INPS knows; needs the line
	Certificate Class = "certificate" // as a query, and a paper of INPS belongs to it
	Application Class = "application" // asks for something; may wait for the line
	Booking     Class = "booking"     // asks for an appointment; may wait for the line
	Info        Class = "info"        // pages to read; needs nothing
)

// Filed reports whether answers of this class are sealed, kept and sent.
func (c Class) Filed() bool { return c == Application || c == Booking }

// Asked reports whether this class shows what the other side answers now.
func (c Class) Asked() bool { return c == Query || c == Certificate }

// Offline is what is left of a service without a line.
type Offline string

const (
	Never   Offline = "never"   // nothing
	Capture Offline = "capture" // it is taken down, and sent later
	Full    Offline = "full"    // everything
)

// Auth is what a citizen must show to use a service.
type Auth string

const (
	ByCard Auth = "card"
	NoAuth Auth = "none" // open to whoever stands there, with or without a card
)

// The authorities that services go to.
const (
	INPS   = "inps"
	Comune = "comune"
)

// Service is one tile on the home screen. What people read of it are messages
// under "service.<ID>.".
type Service struct {
	ID          string  `yaml:"id"`
	Version     int     `yaml:"version"`
	Class       Class   `yaml:"class"`
	Offline     Offline `yaml:"offline"`
	Auth        Auth    `yaml:"auth"`
	Destination string  `yaml:"destination"` // INPS or Comune
	// Official is the name the authority itself gives the service, always Italian.
	Official string `yaml:"official"`
	// Icon names a symbol of the page's own drawing.
	Icon string `yaml:"icon"`
	// Article9: it is about health (GDPR, art. 9), and nothing of it may stand in
	// previews, lists and receipts.
	Article9  bool           `yaml:"article9"`
	Next      string         `yaml:"next"` // of class info: the service that goes on from it
	Deadline  *Deadline      `yaml:"deadline"`
	Laws      map[string]Law `yaml:"laws"`
	Bring     []string       `yaml:"bring"` // what to have at hand; each has a text bring.<id>
	Steps     []Step         `yaml:"steps"`
	Documents []Document     `yaml:"documents"`
	Answer    *Answer        `yaml:"answer"`
	// Texts are the words by language and key, without "service.<ID>.".
	Texts map[string]map[string]string `yaml:"texts"`
}

// Deadline is a legal term that runs from a date the citizen gives, in days or
// in months.
type Deadline struct {
	From   string `yaml:"from"` // the field that holds the date
	Days   int    `yaml:"days"`
	Months int    `yaml:"months"`
	Warn   int    `yaml:"warn"` // so many days before its end the term is near
	Law    string `yaml:"law"`  // which of the service's laws says so
}

// Law is where a figure that people read stands, and who compared the two. Its
// text is law.<id>.
type Law struct {
	Source     string `yaml:"source"`
	VerifiedBy string `yaml:"verified_by"`
	VerifiedOn string `yaml:"verified_on"` // ISO 8601 calendar date
}

// Verified reports whether somebody stands for the figure. Who reads one that
// nobody stands for is told to ask.
func (l Law) Verified() bool { return l.VerifiedBy != "" && l.VerifiedOn != "" }

// Step is one page with one question, of one or a few fields that belong
// together (an address).
type Step struct {
	ID string `yaml:"id"`
	// When, if set, is "field=value" or "field=value|value": the step is asked
	// only then. Of a field that is asked several times, one answer is enough.
	When string `yaml:"when"`
	// Repeat, if set, is how often the step may be answered, once for each child.
	// See [Service.Applicable].
	Repeat int     `yaml:"repeat"`
	Fields []Field `yaml:"fields"`
}

// Field is one answer.
type Field struct {
	Name     string `yaml:"name"`
	Kind     Kind   `yaml:"kind"`
	Optional bool   `yaml:"optional"`
	// Max is the longest text in characters, or the greatest number; 0 is the
	// kind's own. Min is the least number.
	Max     int      `yaml:"max"`
	Min     int      `yaml:"min"`
	Choices []string `yaml:"choices"` // of kind choice and multi
	// Must, of kind yesno, is the only answer with which the service goes on.
	Must string `yaml:"must"`
	// After, NotFuture and NotPast are cross rules of the kinds date, month and
	// year.
	After     string `yaml:"after"` // the field whose date comes before
	NotFuture bool   `yaml:"notFuture"`
	NotPast   bool   `yaml:"notPast"`
	// Unique: of the answers to a repeated step no two are alike.
	Unique bool `yaml:"unique"`
	// Under, of the kinds taxcode and date, is the age that a child does not reach
	// this year. Who does is warned, not refused.
	Under int `yaml:"under"`
	// Born, of the kind taxcode, is the field with the day on which its holder was
	// born. A code that says another day is warned of.
	Born string `yaml:"born"`
	// BornWhen, if set, is when that day is one of a birth: as of a step.
	BornWhen string `yaml:"bornWhen"`

	service  *Service
	repeated bool // asked once for each child, and so with no one answer
}

// Document is a paper that is photographed or scanned. Its texts are
// document.<id>.title and .hint.
type Document struct {
	ID       string `yaml:"id"`
	When     string `yaml:"when"` // as of a step
	Required bool   `yaml:"required"`
	Pages    int    `yaml:"pages"`    // at most so many
	Article9 bool   `yaml:"article9"` // about health
}

// Answer is the shape of what comes back for a query or a certificate.
type Answer struct {
	// View names a page of its own; there is one, [Statement].
	View     string `yaml:"view"`
	Facts    []Fact `yaml:"facts"` // single values
	Rows     []Fact `yaml:"rows"`  // the columns of a table
	Document bool   `yaml:"document"`
}

// Statement is the view of contributions by year.
const Statement = "statement"

// Fact is one value of an answer. Its text is answer.<name>, and of kind choice
// answer.<name>.is.<value>.
type Fact struct {
	Name    string   `yaml:"name"`
	Kind    Kind     `yaml:"kind"`
	Choices []string `yaml:"choices"`

	service *Service
}

// Kind is how a field is asked and checked. Canonical forms stand beside.
type Kind string

const (
	Text       Kind = "text"
	Choice     Kind = "choice"
	Multi      Kind = "multi"    // several choices in their order, "01,02"
	YesNo      Kind = "yesno"    // "yes" or "no"
	Tick       Kind = "tick"     // a declaration: "yes", or "" where it is optional
	Date       Kind = "date"     // ISO 8601 calendar date, 2026-11-22
	Month      Kind = "month"    // 2026-03
	Year       Kind = "year"     // 2026
	Money      Kind = "money"    // "1234.56", euro
	Number     Kind = "number"   // a small whole number
	Province   Kind = "province" // two letters
	PostalCode Kind = "cap"
	Place      Kind = "comune" // the Belfiore code of a Comune or foreign state, H501
	IBAN       Kind = "iban"
	Phone      Kind = "phone"
	Email      Kind = "email"
	TaxCode    Kind = "taxcode"  // codice fiscale of a person, also a temporary one
	VAT        Kind = "vat"      // partita IVA
	TaxID      Kind = "taxid"    // either of the two
	Protocol   Kind = "protocol" // a number that an authority gave, taken as it is
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
	if s.Deadline.Months > 0 {
		return sameDay(from, s.Deadline.Months)
	}
	return from.AddDate(0, 0, s.Deadline.Days)
}

// sameDay is the day of the same number so many months later, or the last of
// that month where it has no such day (codice civile, art. 2963).
func sameDay(from time.Time, months int) time.Time {
	y, m, d := from.Date()
	end := time.Date(y, m+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC)
	return time.Date(end.Year(), end.Month(), min(d, end.Day()), 0, 0, 0, 0, time.UTC)
}
