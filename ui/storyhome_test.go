package ui

import (
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/session"
	"pue/kiosk/upstream"
)

// home tells of the services, for oneself and for somebody else.
func (t *teller) home() {
	naspi := service(t.tb, "naspi")
	contributions := service(t.tb, "estratto-contributivo")
	home := func(why string) *session.HomeView {
		return &session.HomeView{
			GivenName: smartcard.NewPrivate("Anna Maria"), Requests: 2, ToCollect: 1,
			Services: []session.Tile{{Service: contributions, Why: why}, {Service: naspi}},
		}
	}
	t.add("home", with(inside(session.Home), func(s *session.Snapshot) { s.Tiles = home("") }))
	t.add("home-no-line", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles, s.Line, s.Helper, s.HelpCalled = home("why.no-line"), false, "Olga R.", true
	}))
	t.add("home-full", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles = home("")
		s.Tiles.Services[1].Why, s.Tiles.Services[1].Told, s.Tiles.Trouble = "why.K-06", true, 1
	}))
	many := func(group session.Group) *session.HomeView {
		h := home("")
		for len(h.Services) < 6 {
			h.Services = append(h.Services, h.Services[len(h.Services)-2])
		}
		h.Group, h.Page, h.Pages = group, 1, 2
		for _, g := range session.Groups {
			h.Groups = append(h.Groups, session.GroupView{Group: g, Some: true})
		}
		return h
	}
	t.add("home-groups", with(inside(session.Home), func(s *session.Snapshot) { s.Tiles = many(session.GroupSee) }))
	t.add("home-groups-no-line", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles, s.Line, s.Helper = many(session.GroupSee), false, "Olga R."
		s.Tiles.Groups[0].Some = false
		for i := range s.Tiles.Services {
			s.Tiles.Services[i].Why = "why.no-line"
		}
	}))
	t.add("home-groups-trouble", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles = many(session.GroupAsk)
		s.Tiles.Trouble, s.Tiles.Page = 1, 2
	}))
	other := smartcard.NewPrivate("Dina Inventata")
	t.add("for-whom", with(inside(session.ForWhom), func(s *session.Snapshot) {
		s.Whom = &session.WhomView{Self: smartcard.NewPrivate("Anna Maria"), Page: 1, Pages: 2}
		for i, kind := range []string{"delegate", "guardian", "parent"} {
			s.Whom.Others = append(s.Whom.Others, session.WhomRow{Index: i, Delegation: upstream.Delegation{Name: other, Kind: kind, Until: morning.AddDate(1, 0, 0)}})
		}
	}))
	t.add("for-whom-ended", with(inside(session.ForWhom), func(s *session.Snapshot) {
		s.Whom = &session.WhomView{Self: smartcard.NewPrivate("Anna Maria"), Page: 1, Pages: 2, Ended: true}
		for i, kind := range []string{"delegate", "guardian", "parent"} {
			s.Whom.Others = append(s.Whom.Others, session.WhomRow{Index: i, Delegation: upstream.Delegation{Name: other, Kind: kind, Until: morning.AddDate(1, 0, 0)}})
		}
	}))
	t.add("home-behalf", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles, s.Behalf, s.Helper, s.Line = many(session.GroupSee), other, "Olga R.", false
		s.Tiles.Others = true
		s.Tiles.Services = s.Tiles.Services[:4]
	}))
	t.add("home-ended", with(inside(session.Home), func(s *session.Snapshot) { s.Tiles = many(session.GroupSee); s.Tiles.Ended = true }))
	t.add("home-unasked", with(inside(session.Home), func(s *session.Snapshot) { s.Tiles = many(session.GroupSee); s.Tiles.Unasked = true }))
	t.add("loading", inside(session.Loading))
}

// sheets tells of what a service says before and after its questions.
func (t *teller) sheets() {
	naspi := service(t.tb, "naspi")
	slip := service(t.tb, "cedolino-pensione")
	sheet := func(s *catalog.Service) *session.SheetView {
		lines := s.Reading()
		return &session.SheetView{Service: s, Lines: lines[:min(len(lines), 4)], Page: 1, Pages: 2}
	}
	t.add("notice-other", with(inside(session.NoticeOther), func(s *session.Snapshot) {
		s.Notice = &session.NoticeView{Controller: "Comune di Borgo Esempio, Piazza del Municipio 1", Contact: "protocollo@comune.borgo-esempio.example", Version: "2026-1"}
	}))
	t.add("bring", with(inside(session.Bring), func(s *session.Snapshot) { s.Sheet = sheet(naspi) }))
	t.add("info", with(inside(session.Info), func(s *session.Snapshot) { s.Sheet = sheet(naspi); s.Sheet.Next = naspi }))
	answer := func(page int) *session.AnswerView {
		said := upstream.Answer{AsOf: morning, Facts: map[string]string{}, Document: &upstream.Document{Pages: 2}}
		for _, f := range slip.Answer.Facts {
			said.Facts[f.Name] = sample(f)
		}
		for range 6 {
			row := map[string]string{}
			for _, f := range slip.Answer.Rows {
				row[f.Name] = sample(f)
			}
			said.Rows = append(said.Rows, row)
		}
		v := &session.AnswerView{Service: slip, Answer: said, Page: page, Pages: 3, Asked: true, Print: true}
		if page == 1 {
			v.Facts = slip.Answer.Facts[:min(len(slip.Answer.Facts), 6)]
		} else {
			v.Rows = said.Rows
		}
		return v
	}
	t.add("answer", with(inside(session.AnswerPage), func(s *session.Snapshot) { s.Answer = answer(1) }))
	t.add("answer-rows", with(inside(session.AnswerPage), func(s *session.Snapshot) { s.Answer = answer(2) }))
	t.add("answer-document", with(inside(session.AnswerPage), func(s *session.Snapshot) {
		s.Answer = answer(1)
		s.Answer.Answer.Document = &upstream.Document{Pages: 2}
	}))
	t.add("answer-sheets", with(inside(session.AnswerPage), func(s *session.Snapshot) {
		s.Answer = answer(1)
		s.Answer.Answer.Document, s.Answer.Sheets = &upstream.Document{Pages: 2}, true
	}))
	t.add("answer-slip", with(inside(session.AnswerPage), func(s *session.Snapshot) {
		s.Answer = answer(1)
		s.Answer.Slip = true
	}))
	t.add("answer-none", with(inside(session.AnswerPage), func(s *session.Snapshot) {
		s.Answer = &session.AnswerView{Service: slip, None: true, Page: 1, Pages: 1, Asked: true}
	}))
}

// statement tells of contributions, as a chart and as a table.
func (t *teller) statement() {
	st := career()
	view := func(page int) *session.StatementView {
		from := (page - 1) * 8
		return &session.StatementView{
			Statement: st, Page: page, Pages: 5, Rows: st.Periods[from:min(from+8, len(st.Periods))],
		}
	}
	t.add("statement", with(inside(session.Statement), func(s *session.Snapshot) { s.Statement = view(1) }))
	t.add("statement-none", with(inside(session.Statement), func(s *session.Snapshot) {
		s.Statement = &session.StatementView{Statement: upstream.Statement{AsOf: morning}, Page: 1, Pages: 1}
	}))
	t.add("statement-table", with(inside(session.StatementTable), func(s *session.Snapshot) { s.Statement = view(4) }))
}
