package ui

import (
	"strings"
	"testing"

	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

// What goes to the municipality is not said to be with INPS, on any page that is
// about one submission, in any language.
func TestAPageAboutTheMunicipalityDoesNotNameINPS(t *testing.T) {
	u := drawn(t, &fake{})
	for _, s := range stories(t) {
		one := s.Snapshot
		switch s.Screen {
		case session.Result:
			r := *one.Result
			r.Destination, r.Protocol = catalog.Comune, "Prot. 2026/0000042"
			if r.Class == "booking" {
				continue
			}
			r.Service = nil
			one.Result = &r
		case session.OneRequest, session.Withdrawn:
			r := *one.Request
			r.Destination, r.Protocol, r.Service = catalog.Comune, "Prot. 2026/0000042", nil
			one.Request = &r
		case session.Saving:
		default:
			continue
		}
		one.About, one.Place.PhoneComune = catalog.Comune, "099 999 9999"
		for _, language := range messages.Languages() {
			html := render(t, u, story{s.name, one}.seen(language, "m", "normal"))
			main := html[strings.Index(html, "<main"):strings.Index(html, "</main>")]
			if at := strings.Index(main, "INPS"); at >= 0 {
				t.Errorf("%s in %q: …%s…", s.name, language, main[max(0, at-60):min(len(main), at+60)])
			}
		}
	}
}

func TestTheBoardNamesWhoHasNotReceived(t *testing.T) {
	u := drawn(t, &fake{})
	e := outbox.Entry{Claim: "PUE-0421-7K3F-9M2X-4QPAT", State: outbox.Waiting, Reason: outbox.ReasonNoLine, CapturedAt: morning, Destination: catalog.Comune}
	s := session.Snapshot{Screen: session.Queue, Staff: true, Desk: &session.DeskView{Rows: []session.Item{{Entry: e}}, Page: 1, Pages: 1}}
	html := render(t, u, story{"queue", s}.seen("it", "m", "normal"))
	if !strings.Contains(html, "il Comune non è raggiungibile") || strings.Contains(html, "INPS non è raggiungibile") {
		t.Error("the officer reads that INPS cannot be reached")
	}
}
