package paper

import (
	"time"

	"pue/devices/printer"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
)

// Case is what is known of a submission only while its citizen stands there. The
// outbox does not keep it: it would tell which service it is. The zero Case is that
// of whoever finds a submission by its code.
type Case struct {
	// Warn is for how many days before its end the legal term of the entry is near.
	Warn int
	// Unverified: nobody stands for the figure that the term was computed with.
	Unverified bool
	// Booking: INPS has still to say yes, even when it has received it.
	Booking bool
	// Behalf: it is for somebody else than the holder of the card.
	Behalf bool
	// Down: who is to receive it cannot be reached now.
	Down bool
	// Unasked: nobody could say whether the citizen's card was taken back.
	Unasked bool
}

// confirmed is the message key of when the citizen did. Of a booking it is another,
// since confirmed is what INPS does with it.
func (k Case) confirmed() string {
	if k.Booking {
		return "receipt.patronato.saved"
	}
	return "receipt.local.confirmed"
}

// urgent reports whether nobody should wait for this terminal alone: the term is
// near or over, or may be, since nobody vouches for the clock or nothing gets out.
func (s *sheet) urgent(e outbox.Entry, k Case, printed time.Time) bool {
	return !e.Term.IsZero() && (k.Down || !s.trusted || messages.DaysLeft(e.Term, printed) <= k.Warn)
}

// over reports whether a day is over by a clock that can be believed.
func (s *sheet) over(day, printed time.Time) bool { return s.trusted && messages.Over(day, printed) }

// about says what is special of a submission, and nothing of what it is.
func (s *sheet) about(l messages.Language, k Case) {
	s.behalf(l, k.Behalf)
	if k.Booking {
		s.add(printer.Text{Text: s.T(l, "receipt.unconfirmed"), Bold: true})
	}
}

// captured is when the citizen confirmed, by a clock that somebody vouched for or
// not.
func (s *sheet) captured(l messages.Language, label string, e outbox.Entry) {
	s.add(printer.Row{Label: l.T(label), Value: at(l, e.CapturedAt)})
	if !e.ClockTrusted {
		s.add(printer.Text{Text: l.T("receipt.own-clock")})
	}
}

// term is the last day of the legal term; of a figure that nobody stands for it
// says to ask.
func (s *sheet) term(l messages.Language, e outbox.Entry, k Case, printed time.Time) {
	label := "receipt.local.deadline"
	if s.over(e.Term, printed) {
		label = "receipt.patronato.over"
	}
	s.add(printer.Row{Label: l.T(label), Value: l.DateLong(e.Term), Bold: true})
	if k.Unverified {
		s.add(printer.Text{Text: l.T("receipt.term-unsure")})
	}
}

// otherWays are those to the office without this terminal, and whether it goes on
// all the same.
func (s *sheet) otherWays(l messages.Language, e outbox.Entry) {
	s.add(printer.Text{Text: s.T(l, "receipt.ways"), Bold: true})
	if goesOn(e) {
		s.add(printer.Text{Text: s.T(l, "receipt.patronato.goes-on")})
	}
}
