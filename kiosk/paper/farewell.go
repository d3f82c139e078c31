package paper

import (
	"time"

	"pue/devices/printer"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
)

// Certificate is a document of the authority that came out on A4, or was shown.
type Certificate struct {
	Service *catalog.Service // whose document it is
	AsOf    time.Time        // when the authority made it
	Pages   int
	OnPaper bool // the A4 printer took it
}

// Certificate is the slip that goes with a document on A4: what it is, how many
// sheets belong to it, and where to get it again. The document itself is never on
// it, nor is anybody's name.
func (c *Composer) Certificate(lang string, d Certificate, printed time.Time, reprint int) printer.Document {
	s := c.sheet(lang).to(d.Service.Destination).personal()
	s.head(reprint)
	s.printed(printed)
	for i, l := range s.languages {
		s.between(i)
		s.add(printer.Heading{Text: l.T("receipt.certificate.title")})
		s.named(l, d.Service)
		s.add(
			printer.Row{Label: l.T("receipt.statement.as-of"), Value: at(l, d.AsOf)},
			printer.Row{Label: l.T("receipt.certificate.pages"), Value: l.Number(d.Pages)},
		)
		if d.OnPaper {
			s.add(printer.Text{Text: l.T("receipt.certificate.check", "n", d.Pages)})
		}
		s.add(
			printer.Text{Text: l.T("receipt.certificate.again-title"), Bold: true},
			printer.Text{Text: s.T(l, "receipt.certificate.again")},
			printer.Text{Text: l.T("receipt.certificate.slip"), Bold: true},
		)
	}
	s.phones()
	return s.done()
}

// Goodbye is the slip for the way home: the codes of what was confirmed today and
// where each stands, thanks, and whom to call. It asks nothing and names nobody.
func (c *Composer) Goodbye(lang string, today []outbox.Entry, printed time.Time, reprint int) printer.Document {
	s := c.sheet(lang)
	s.head(reprint)
	s.printed(printed)
	for i, l := range s.languages {
		s.between(i)
		s.add(
			printer.Heading{Text: l.T("receipt.goodbye.title")},
			printer.Text{Text: l.T("receipt.goodbye.thanks")},
		)
		if len(today) == 0 {
			s.add(printer.Text{Text: l.T("receipt.goodbye.none")})
			continue
		}
		s.add(
			printer.Text{Text: l.T("receipt.goodbye.keep")},
			printer.Text{Text: l.T("receipt.goodbye.codes", "n", len(today)), Bold: true},
		)
	}
	for _, e := range today {
		s.farewell(e)
	}
	s.phones()
	return s.done()
}

// farewell is one code, once for both languages, and where it stands, in the words
// for who receives it.
func (s *sheet) farewell(e outbox.Entry) {
	key := "receipt.goodbye.waiting"
	switch {
	case e.State == outbox.Filed:
		key = "receipt.goodbye.filed"
	case e.State == outbox.Refused, e.State == outbox.Stuck:
		key = "receipt.goodbye.patronato"
	}
	s.add(printer.Rule{}, printer.Heading{Text: e.Claim})
	for _, l := range s.languages {
		one := sheet{destination: e.Destination}
		s.add(printer.Text{Text: one.T(l, key)})
	}
}
