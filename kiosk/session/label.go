package session

import (
	"strings"
	"time"
)

// label is what the terminal may know of a submission only while the citizen's
// card is in: which service it is, the last day of its legal term, from which the
// service could be guessed, and that it is for another.
type label struct {
	service string
	term    time.Time // zero when there is none
	behalf  bool
}

// forAnother begins the label of what is for another: no id of a service does.
const forAnother = "*"

// String is the text on the label. It has few letters: the date first, so that a
// long id of a service loses its end and not the term.
func (l label) String() string {
	text := l.service
	if !l.term.IsZero() {
		text = l.term.Format(time.DateOnly) + " " + text
	}
	if l.behalf {
		text = forAnother + text
	}
	return text
}

// readLabel reads what String wrote.
func readLabel(text string) label {
	text, behalf := strings.CutPrefix(text, forAnother)
	day, service, found := strings.Cut(text, " ")
	if term, err := time.Parse(time.DateOnly, day); found && err == nil {
		return label{service, term, behalf}
	}
	return label{service: text, behalf: behalf}
}
