package paper

import (
	"time"

	"pue/devices/printer"
	"pue/kiosk/catalog"
	"pue/kiosk/messages"
)

// Leaflet is what there is to read of a service: what it is, what to bring, and
// the legal figures with where they stand. Nobody has filed anything by taking it,
// and it says so. It is the same for everybody.
func (c *Composer) Leaflet(lang string, service *catalog.Service, printed time.Time, reprint int) printer.Document {
	s := c.sheet(lang).to(service.Destination)
	s.head(reprint)
	s.printed(printed)
	for i, l := range s.languages {
		s.between(i)
		s.named(l, service)
		if service.Class == catalog.Info {
			s.own(l, service) // that of a reading is about what was read
		}
		said := s.reading(l, service)
		s.add(printer.Text{Text: l.T("receipt.leaflet.nothing-filed"), Bold: true})
		if said && l.Tag() != messages.Italian {
			s.add(printer.Text{Text: l.T("receipt.leaflet.courtesy")})
		}
	}
	s.phones()
	return s.done()
}

// reading leaves out what a language does not say: the Italian below does. It
// reports whether anything was said.
func (s *sheet) reading(l messages.Language, service *catalog.Service) (said bool) {
	bring := false
	for _, line := range service.Reading() {
		if l.InItalian(line.Key) {
			continue
		}
		said = true
		switch text := l.T(line.Key); {
		case line.Bring:
			if !bring {
				s.add(printer.Text{Text: l.T("bring.title"), Bold: true})
				bring = true
			}
			s.add(printer.Text{Text: "- " + text})
		case line.Law != nil:
			s.add(printer.Text{Text: text})
			s.law(l, line.Law)
		default:
			s.add(printer.Text{Text: text})
		}
	}
	return said
}

// law says where a figure stands, and that nobody stands for it where that is so.
func (s *sheet) law(l messages.Language, law *catalog.Law) {
	source := l.T("law.source", "source", law.Source)
	if !law.Verified() {
		source += " " + l.T("law.unverified")
	}
	s.add(printer.Text{Text: source})
}
