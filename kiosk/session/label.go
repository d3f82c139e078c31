package session

import (
	"strings"
	"time"
)

// label is what the terminal may know of a submission only while the citizen's
// card is in: which service it is, and the last day of its legal term, from which
// the service could be guessed.
type label struct {
	service string
	term    time.Time // zero when there is none
}

// String is the text on the label. It has few letters: the date first, so that a
// long id of a service loses its end and not the term.
func (l label) String() string {
	if l.term.IsZero() {
		return l.service
	}
	return l.term.Format(time.DateOnly) + " " + l.service
}

// readLabel reads what String wrote.
func readLabel(text string) label {
	day, service, found := strings.Cut(text, " ")
	if term, err := time.Parse(time.DateOnly, day); found && err == nil {
		return label{service, term}
	}
	return label{service: text}
}
