package ui

import (
	"time"

	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

// daysLeft counts the days until a day, as people do: none on the day itself.
func daysLeft(last, now time.Time) int {
	y, m, d := now.In(messages.Italy).Date()
	ly, lm, ld := last.Date()
	today, end := time.Date(y, m, d, 0, 0, 0, 0, time.UTC), time.Date(ly, lm, ld, 0, 0, 0, 0, time.UTC)
	return int(end.Sub(today) / (24 * time.Hour))
}

// TermText says how a term stands today.
func (p page) TermText(t *session.TermView) string {
	n := daysLeft(t.Last, time.Now())
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
func (p page) TermNear(t *session.TermView) bool { return daysLeft(t.Last, time.Now()) <= t.Warn }

// OtherWays reports whether the result names ways to file without this terminal: not
// of what was filed, and not while there is time and a line.
func (p page) OtherWays() bool {
	r := p.Result
	return r.State != outbox.Filed && r.Term != nil && (r.Down || p.TermNear(r.Term))
}
