package paper

import (
	"time"

	"pue/devices/printer"
	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// digestShown is how much of a submission's digest is printed, in hex digits:
// enough to compare by eye, 64 bits.
const digestShown = 16

// Place is the terminal as receipts name it.
type Place struct {
	Municipality string
	Terminal     string
	PhoneFixed   string // INPS contact centre from a landline
	PhoneMobile  string
	PhoneComune  string // of the municipality's own office; empty where nothing goes there
}

// Composer writes receipts. Each is in the citizen's language and then, where
// that is another, in Italian. The number called reprint is 0 for the first
// print; any other is printed as RISTAMPA n, so that two papers are never taken
// for two submissions.
type Composer struct {
	messages *messages.Catalogue
	services func() *catalog.Catalog
	place    Place
	trusted  func() bool
	large    bool
	alone    bool
}

// NewComposer returns a composer of receipts for the terminal at p. It asks for
// the catalogue each time, since a newer one may have come, and whether somebody
// vouches for the terminal's clock.
func NewComposer(m *messages.Catalogue, c func() *catalog.Catalog, p Place, trusted func() bool) *Composer {
	return &Composer{messages: m, services: c, place: p, trusted: trusted}
}

// Large returns a composer like c whose letters are twice as high, for whoever has
// the screen in large text. Lines break where they do otherwise.
func (c *Composer) Large() *Composer {
	large := *c
	large.large = true
	return &large
}

// Alone returns a composer like c that leaves out the Italian below another
// language: for reports that stay in the house, and for papers that are spoken.
func (c *Composer) Alone() *Composer {
	alone := *c
	alone.alone = true
	return &alone
}

// Local is the receipt of a submission that is safe here and not yet where it is to
// go. It says where it stands now, and never bears a protocol number, not even one
// that there is. The QR code holds the claim code and nothing else. Where time is
// short it begins with the term, and names the other ways. What is only saved in words,
// because it was refused or is stuck, gets the way without this terminal instead.
func (c *Composer) Local(lang string, e outbox.Entry, k Case, printed time.Time, reprint int) printer.Document {
	if e.State == outbox.Refused || e.State == outbox.Stuck {
		return c.Patronato(lang, e, k, printed, reprint)
	}
	s := c.sheet(lang).submission(e)
	s.head(reprint)
	filed := e.State == outbox.Filed
	urgent := !filed && s.urgent(e, k, printed)
	for i, l := range s.languages {
		s.between(i)
		s.add(
			printer.Heading{Text: s.T(l, "receipt.local.title")},
			printer.Text{Text: s.T(l, "receipt.local.not-inps"), Bold: true},
		)
		if urgent {
			s.term(l, e, k, printed)
		}
		s.add(printer.Text{Text: s.T(l, standing(e.State))})
		if urgent {
			s.otherWays(l, e)
		}
		s.about(l, k)
		s.captured(l, k.confirmed(), e)
		if k.Unasked && !filed {
			s.add(printer.Text{Text: s.T(l, "receipt.unasked")})
		}
		if !filed && !urgent {
			s.expect(l, e, k, printed)
		}
	}
	s.claim(e.Claim)
	s.phones()
	return s.done()
}

// standing is the message key of where a submission stands that has no receipt of
// INPS.
func standing(s outbox.State) string {
	switch s {
	case outbox.Unknown:
		return "receipt.local.unknown"
	case outbox.Filed:
		return "receipt.local.filed"
	}
	return "receipt.local.waiting"
}

// expect says what comes next, while there is time.
func (s *sheet) expect(l messages.Language, e outbox.Entry, k Case, printed time.Time) {
	if !e.Term.IsZero() {
		s.term(l, e, k, printed)
		s.add(printer.Text{Text: s.T(l, "receipt.local.deadline-text")})
	}
	s.add(
		printer.Text{Text: s.T(l, "receipt.local.next-title"), Bold: true},
		printer.Text{Text: s.T(l, "receipt.local.next")},
	)
}

// Final is the receipt of a submission that its receiver has confirmed: the protocol
// number as it came, and the receiver's time as a clock in Italy shows it. What is
// not confirmed gets the local receipt, whoever asks.
func (c *Composer) Final(lang string, e outbox.Entry, k Case, printed time.Time, reprint int) printer.Document {
	if e.State != outbox.Filed || e.Protocol == "" {
		return c.Local(lang, e, k, printed, reprint)
	}
	s := c.sheet(lang).submission(e)
	s.head(reprint)
	for i, l := range s.languages {
		s.between(i)
		s.add(
			printer.Heading{Text: s.T(l, "receipt.final.title")},
			printer.Text{Text: s.T(l, "receipt.final.filed"), Bold: true},
		)
		s.about(l, k)
		s.add(
			printer.Row{Label: s.T(l, "receipt.final.protocol"), Value: e.Protocol, Bold: true},
			printer.Row{Label: s.T(l, "receipt.final.received"), Value: at(l, e.FiledAt)},
			printer.Row{Label: s.T(l, "receipt.final.digest"), Value: e.Digest[:min(digestShown, len(e.Digest))]},
			printer.Text{Text: s.T(l, "receipt.final.keep")},
		)
	}
	s.claim(e.Claim)
	s.phones()
	return s.done()
}

// Patronato is the way to the office without this terminal, for the citizen of a
// submission that it does not have: where to go, until when, and with what, and
// whether the terminal goes on sending it, so that nobody files it twice. It names
// nobody and no service.
func (c *Composer) Patronato(lang string, e outbox.Entry, k Case, printed time.Time, reprint int) printer.Document {
	s := c.sheet(lang).submission(e)
	s.head(reprint)
	why := "receipt.patronato.why"
	if e.State == outbox.Refused {
		why = "receipt.patronato.refused"
	}
	for i, l := range s.languages {
		s.between(i)
		s.add(printer.Heading{Text: s.T(l, "receipt.patronato.title")}, printer.Text{Text: s.T(l, why), Bold: true})
		s.until(l, e, k, printed)
		s.captured(l, "receipt.patronato.saved", e)
		s.about(l, k)
		for _, part := range []string{"where", "bring", "say"} {
			s.add(
				printer.Text{Text: s.T(l, "receipt.patronato."+part+"-title"), Bold: true},
				printer.Text{Text: s.T(l, "receipt.patronato."+part)},
			)
		}
		if goesOn(e) {
			s.add(printer.Text{Text: s.T(l, "receipt.patronato.goes-on"), Bold: true})
		}
	}
	s.claim(e.Claim)
	s.phones()
	return s.done()
}

// until is the day by which the citizen has to have gone: that of the term, or the
// one from which nobody should wait for the terminal any more.
func (s *sheet) until(l messages.Language, e outbox.Entry, k Case, printed time.Time) {
	last := earlier(e.Term, e.By)
	if last.IsZero() {
		return
	}
	label := "receipt.patronato.term"
	if s.over(last, printed) {
		label = "receipt.patronato.over"
	}
	s.add(printer.Row{Label: l.T(label), Value: l.DateLong(last), Bold: true})
	if k.Unverified && last.Equal(e.Term) {
		s.add(printer.Text{Text: l.T("receipt.term-unsure")})
	}
}

// goesOn: the terminal goes on bringing it to INPS.
func goesOn(e outbox.Entry) bool {
	return (e.State == outbox.Waiting || e.State == outbox.Unknown) && e.Reason != outbox.ReasonDamaged
}

// Statement is the contribution statement in words and figures, year by year.
// It names nobody, neither the citizen, nor whom the citizen asks for, nor an
// employer.
func (c *Composer) Statement(lang string, st upstream.Statement, behalf bool, printed time.Time, reprint int) printer.Document {
	s := c.sheet(lang).personal()
	s.head(reprint)
	s.printed(printed)
	years := runs(st.Years())
	service := c.service("estratto-contributivo")
	for i, l := range s.languages {
		s.between(i)
		s.named(l, service)
		s.add(printer.Row{Label: l.T("receipt.statement.as-of"), Value: at(l, st.AsOf)})
		s.behalf(l, behalf)
		if len(years) == 0 {
			s.add(printer.Text{Text: l.T("receipt.statement.none")})
		} else {
			s.add(
				printer.Row{Label: l.T("receipt.statement.total"), Value: l.Weeks(st.Total())},
				printer.Row{Label: l.T("receipt.statement.about"), Value: l.Years(st.Total())},
				printer.Text{Text: l.T("receipt.statement.by-year")},
			)
		}
		for _, r := range years {
			s.add(printer.Row{Label: r.label(), Value: r.value(l)})
		}
		s.add(printer.Text{Text: l.T("receipt.statement.not-certificate"), Bold: true})
	}
	s.phones()
	return s.done()
}

// PrivacyNotice is the variable part of a privacy notice.
type PrivacyNotice struct {
	Destination                             string // whose it is; empty for INPS
	Controller, Processor, Contact, Version string
}

// Notice is the privacy notice on paper (GDPR art. 13): it is handed out before a
// submission is made, and names nobody.
func (c *Composer) Notice(lang string, n PrivacyNotice) printer.Document {
	s := c.sheet(lang)
	s.head(0)
	s.to(n.Destination)
	for i, l := range s.languages {
		s.between(i)
		s.add(
			printer.Heading{Text: l.T("receipt.notice.title")},
			printer.Text{Text: l.T("receipt.notice.law")},
			printer.Text{Text: l.T("receipt.notice.controller"), Bold: true},
			printer.Text{Text: n.Controller},
			printer.Text{Text: l.T("receipt.notice.processor"), Bold: true},
			printer.Text{Text: n.Processor},
			printer.Text{Text: s.T(l, "receipt.notice.why")},
			printer.Text{Text: l.T("receipt.notice.which")},
			printer.Text{Text: s.T(l, "receipt.notice.keep")},
			printer.Text{Text: l.T("receipt.notice.helper")},
			printer.Text{Text: l.T("receipt.notice.rights")},
			printer.Text{Text: l.T("receipt.notice.contact"), Bold: true},
			printer.Text{Text: n.Contact},
			printer.Row{Label: l.T("receipt.notice.version"), Value: n.Version},
		)
	}
	return s.done()
}

// service is one of the catalogue's. A paper may outlive the catalogue that it was
// asked for with; then the id of the service has to do for its name.
func (c *Composer) service(id string) *catalog.Service {
	if s, ok := c.services().Service(id); ok {
		return s
	}
	return &catalog.Service{ID: id, Official: id}
}

// earlier is the first of two days, of which either may be unknown.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// at is a moment on the clock of Italy.
func at(l messages.Language, t time.Time) string {
	return l.T("receipt.at", "date", l.Date(t), "time", l.Time(t))
}
