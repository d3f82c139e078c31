package ui

import (
	"time"

	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

// TermText says how a term stands today.
func (p page) TermText(t *session.TermView) string {
	n := messages.DaysLeft(t.Last, time.Now())
	date := p.L.DateLong(t.Last)
	text := p.T("term.left", "date", date, "n", n)
	switch {
	case n < 0:
		text = p.T("term.past", "date", date)
	case n == 0:
		text = p.T("term.today", "date", date)
	}
	if !t.Verified {
		text += " " + p.T("term.confirm")
	}
	return text
}

// TermNear reports whether a term is over, or ends so soon that nobody should wait.
func (p page) TermNear(t *session.TermView) bool {
	return messages.DaysLeft(t.Last, time.Now()) <= t.Warn
}

// OtherWays reports whether the result names ways to file without this terminal: not
// of what was filed, and not while there is time and a line.
func (p page) OtherWays() bool {
	r := p.Result
	return r.State != outbox.Filed && r.Term != nil && (r.Down || p.TermNear(r.Term))
}
