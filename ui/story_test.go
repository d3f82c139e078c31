package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
)

// story is one page worth looking at.
type story struct {
	name string
	session.Snapshot
}

var (
	morning = time.Date(2026, 11, 20, 10, 42, 0, 0, time.UTC)
	here    = session.Place{
		Municipality: "Borgo Esempio", Terminal: "PUE-0421", CardSlot: "below",
		Opening: "lunedì–venerdì 8:30–12:30", PhoneFixed: "803 164", PhoneMobile: "06 164 164",
	}
)

// service finds one of the built-in services.
func service(tb testing.TB, id string) *catalog.Service {
	tb.Helper()
	all, err := catalog.Load()
	if err != nil {
		tb.Fatal(err)
	}
	for _, s := range all.Services() {
		if s.ID == id {
			return s
		}
	}
	tb.Fatalf("no service %q", id)
	return nil
}

// answers fills the whole application of an invented citizen.
var answers = catalog.Answers{
	"telefono": "+393331234567", "email": "anna.prova@esempio.it",
	"indirizzo": "Via dei Castagni 112/B", "comune": "Borgo Esempio", "cap": "39100", "provincia": "BZ",
	"datore_denominazione": "Falegnameria Inventata & Figli", "datore_codice": "01234567897",
	"tipo_rapporto": "tempo_determinato", "data_inizio": "2021-03-01", "data_cessazione": "2026-10-31",
	"causale": "dimissioni_giusta_causa", "altra_attivita": "yes", "reddito_presunto": "2500.00",
	"iban": "IT60X0542811101000000123456", "did": "yes", "pensione_o_invalidita": "no",
	"dichiara_vero": "yes", "intestatario_conferma": "yes", "dichiara_avviso": "yes",
}

// paperKinds are the papers of which the journal tells.
var paperKinds = map[string]bool{
	string(session.PaperPersonal): true, string(session.PaperInfo): true, string(session.PaperLocal): true, string(session.PaperFinal): true,
	string(session.PaperNotice): true, string(session.PaperSheets): true, string(session.PaperPatronato): true, string(session.PaperGoodbye): true,
	string(session.PaperReadiness): true, string(session.PaperDay): true,
}

// career is a statement of 38 years with a gap.
func career() upstream.Statement {
	st := upstream.Statement{AsOf: morning}
	for y := 1988; y <= 2026; y++ {
		p := upstream.Period{Year: y, Employer: "Falegnameria Inventata & Figli S.n.c.", Kind: "employee", Weeks: 52}
		switch {
		case y == 2013 || y == 2014:
			continue
		case y == 1988 || y == 2026:
			p.Weeks = 23
		case y == 2015:
			p.Kind, p.Employer, p.Weeks = "unemployment", "INPS", 31
		case y > 2015:
			p.Employer = "Cooperativa Esempio"
		}
		st.Periods = append(st.Periods, p)
	}
	return st
}

// stories are all screens, and of each the states that look different.
func stories(tb testing.TB) []story {
	tb.Helper()
	naspi, contributions := service(tb, "naspi"), service(tb, "estratto-contributivo")
	var all []story
	add := func(name string, s session.Snapshot) {
		s.Rev = 7
		if s.Place == (session.Place{}) {
			s.Place = here
		}
		all = append(all, story{name, s})
	}
	on := func(s session.Screen) session.Snapshot { return session.Snapshot{Screen: s, Line: true} }
	inside := func(s session.Screen) session.Snapshot {
		return session.Snapshot{Screen: s, Line: true, InSession: true}
	}
	with := func(s session.Snapshot, change func(*session.Snapshot)) session.Snapshot {
		change(&s)
		return s
	}
	fault := func(f session.Fault) *session.Fault { return &f }
	notice := &session.NoticeView{
		Controller: "INPS", Processor: "Comune di Borgo Esempio", Contact: "privacy@esempio.it", Version: "2026-11",
	}

	add("welcome", on(session.Welcome))
	add("welcome-look", with(on(session.Welcome), func(s *session.Snapshot) { s.Attention = true }))
	add("welcome-look-no-line", with(on(session.Welcome), func(s *session.Snapshot) { s.Line, s.Attention, s.HelpCalled = false, true, true }))
	booking, reading := service(tb, "appuntamento"), service(tb, "adi-richiesta-info")
	add("cardless", with(on(session.Cardless), func(s *session.Snapshot) {
		s.Cardless = &session.CardlessView{Services: []session.Tile{{Service: booking}, {Service: reading}}}
	}))
	add("cardless-full", with(on(session.Cardless), func(s *session.Snapshot) {
		s.Cardless = &session.CardlessView{Services: []session.Tile{{Service: booking, Why: "why.K-06", Told: true}, {Service: reading}}}
	}))
	for name, v := range map[string]session.CodeView{
		"own-code": {}, "own-code-none": {Typed: "PUE-0421-7K3F", Notice: "own-code.none"},
		"own-code-wait": {Typed: "PUE-0421-7K3F", Notice: "own-code.wait", Until: morning}, "own-code-busy": {Typed: "PUE-0421-7K3F-9M2X-4QPAT", Busy: true},
	} {
		add(name, with(on(session.OwnCode), func(s *session.Snapshot) { s.Code = &v }))
	}
	for state, at := range map[outbox.State]time.Time{outbox.Waiting: {}, outbox.Filed: morning, outbox.Stuck: {}} {
		add("code-state-"+string(state), with(on(session.CodeState), func(s *session.Snapshot) {
			s.Code = &session.CodeView{Status: outbox.ClaimStatus{State: state, CapturedAt: morning, FiledAt: at}}
		}))
	}
	add("out-of-order-look", with(on(session.OutOfOrder), func(s *session.Snapshot) { s.Fault, s.Attention = fault(session.FaultClosed), true }))
	add("welcome-no-line", with(on(session.Welcome), func(s *session.Snapshot) { s.Line = false; s.Helper = "Olga R." }))
	for _, f := range []session.Fault{session.FaultNoReader, session.FaultPaperOut, session.FaultNoPrinter} {
		add("welcome-"+f.Code, with(on(session.Welcome), func(s *session.Snapshot) { s.Fault, s.Line = fault(f), false }))
	}
	add("notice", with(on(session.Notice), func(s *session.Snapshot) { s.Notice = notice }))
	add("notice-full", with(on(session.NoticeFull), func(s *session.Snapshot) { s.Notice = notice }))
	add("insert-card", on(session.InsertCard))
	plate := func(s session.Snapshot) session.Snapshot { s.Place = here; s.Place.CardPlate = "left"; return s }
	for _, screen := range []session.Screen{session.Welcome, session.InsertCard, session.Reading, session.NoCard} {
		add(string(screen)+"-plate", plate(on(screen)))
	}
	add("welcome-plate-K-10", with(plate(on(session.Welcome)), func(s *session.Snapshot) {
		s.Fault, s.Line, s.Helper = fault(session.FaultClockWrong), false, "Olga R."
	}))
	for _, f := range []session.Fault{session.FaultCardMute, session.FaultCardForeign, session.FaultCardPulled, session.FaultCardPayment, session.FaultCardBusy, session.FaultCardOld} {
		add("card-problem-"+f.Code+"-plate", with(plate(on(session.CardProblem)), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(f), f != session.FaultCardPulled }))
	}
	add("goodbye-plate", with(plate(on(session.Goodbye)), func(s *session.Snapshot) {
		s.Farewell, s.Card = &session.FarewellView{CardIn: true, Claim: "PUE-0421-7K3F-9M2X-4QPAT"}, smartcard.CIE
	}))
	add("removed-plate", with(plate(on(session.Removed)), func(s *session.Snapshot) {
		s.Farewell, s.Card = &session.FarewellView{Resume: time.Now().Add(time.Minute)}, smartcard.CIE
	}))
	add("insert-card-P-01", with(on(session.InsertCard), func(s *session.Snapshot) { s.Fault = fault(session.FaultPaperOut) }))
	add("welcome-P-06", with(on(session.Welcome), func(s *session.Snapshot) { s.Fault = fault(session.FaultPaperWaits) }))
	for _, carded := range []bool{false, true} {
		name := map[bool]string{false: "take-paper", true: "take-paper-card"}[carded]
		add(name, with(on(session.TakePaper), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(session.FaultPaperWaits), carded }))
	}
	for _, screen := range []session.Screen{session.Goodbye, session.Removed} {
		add(string(screen)+"-paper", with(on(screen), func(s *session.Snapshot) {
			s.PaperWaits, s.Farewell = true, &session.FarewellView{CardIn: screen == session.Goodbye, Claim: "PUE-0421-7K3F-9M2X-4QPAT"}
		}))
	}
	add("reading", on(session.Reading))
	slip := service(tb, "cedolino-pensione")
	for _, f := range session.Faults {
		switch f.Code[0] {
		case 'C':
			if f != session.FaultPINBlocked && f != session.FaultNoReader {
				add("card-problem-"+f.Code, with(on(session.CardProblem), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(f), f != session.FaultCardPulled }))
			}
		case 'P':
			kind, sheets := "local", 0
			if f.Code >= session.FaultNoSheets.Code {
				kind, sheets = "sheets", 2
				add("on-screen-only-"+f.Code, with(inside(session.OnScreenOnly), func(s *session.Snapshot) {
					s.Fault, s.Sheet = fault(f), &session.SheetView{Service: slip}
				}))
			}
			add("print-trouble-"+f.Code, with(inside(session.PrintTrouble), func(s *session.Snapshot) {
				s.Fault = fault(f)
				s.Print = &session.PrintView{
					Kind: kind, Sheets: sheets, Uncertain: f == session.FaultLineErrors || f == session.FaultSheetsAway, CanRetry: f != session.FaultPaperOut,
					Device: devices.Status{State: devices.Attention, Reason: "paper-out"},
					GoesOn: f == session.FaultPaperOut || f == session.FaultCoverOpen || f == session.FaultPaperJam || f == session.FaultPaused,
				}
			}))
		case 'N', 'S':
			add("unavailable-"+f.Code, with(inside(session.Unavailable), func(s *session.Snapshot) { s.Fault = fault(f) }))
		}
	}
	for _, f := range []session.Fault{session.FaultNoRoom, session.FaultNoKey, session.FaultDisk} {
		add("unavailable-"+f.Code, with(inside(session.Unavailable), func(s *session.Snapshot) { s.Fault = fault(f) }))
	}
	add("no-card", on(session.NoCard))
	for _, f := range []session.Fault{session.FaultNoReader, session.FaultClosed, session.FaultNeedsOfficer, session.FaultLent} {
		add("out-of-order-"+f.Code, with(on(session.OutOfOrder), func(s *session.Snapshot) { s.Fault = fault(f) }))
	}
	pad := func(screen session.Screen, k session.Keypad) session.Snapshot {
		return with(on(screen), func(s *session.Snapshot) { s.Keypad = &k })
	}
	add("pin", pad(session.PIN, session.Keypad{Typed: 3, Min: 5, Max: 8, Left: 3}))
	add("pin-wrong", pad(session.PIN, session.Keypad{Min: 5, Max: 8, Left: 1, Wrong: true}))
	add("pin-busy", pad(session.PIN, session.Keypad{Min: 5, Max: 8, Left: -1, Busy: true}))
	add("pin-full", pad(session.PIN, session.Keypad{Typed: 8, Min: 5, Max: 8, Left: -1}))
	ofCIE := func(s session.Snapshot) session.Snapshot { s.Card = smartcard.CIE; return s }
	add("pin-cie", ofCIE(pad(session.PIN, session.Keypad{Typed: 3, Min: 8, Max: 8, Left: 1, Wrong: true})))
	add("pin-again", pad(session.PIN, session.Keypad{Min: 5, Max: 8, Left: -1, Again: true}))
	for name, left := range map[string]int{"last-try": 1, "last-try-maybe": -1} {
		add(name, pad(session.LastTry, session.Keypad{Min: 5, Max: 8, Left: left, Wrong: true}))
	}
	add("last-try-cie", ofCIE(pad(session.LastTry, session.Keypad{Min: 8, Max: 8, Left: 1, Wrong: true})))
	add("officer-pin-cie", ofCIE(with(pad(session.OfficerPIN, session.Keypad{Typed: 2, Min: 8, Max: 8, Left: 1, Wrong: true}), func(s *session.Snapshot) { s.Staff = true })))
	add("last-try-sign", with(inside(session.LastTry), func(s *session.Snapshot) {
		s.Keypad, s.Card = &session.Keypad{Min: 8, Max: 8, Left: 1, Wrong: true}, smartcard.CIE
	}))
	add("checking", on(session.Checking))
	add("checking-asking", with(on(session.Checking), func(s *session.Snapshot) { s.Asking = true }))
	add("pin-blocked", with(on(session.PINBlocked), func(s *session.Snapshot) { s.Fault = fault(session.FaultPINBlocked) }))
	add("pin-blocked-cie", ofCIE(with(on(session.PINBlocked), func(s *session.Snapshot) { s.Fault = fault(session.FaultPINBlocked) })))
	for _, f := range []session.Fault{session.FaultCardExpired, session.FaultCardRevoked, session.FaultCardBroken} {
		add("card-problem-"+f.Code+"-cie", ofCIE(with(on(session.CardProblem), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(f), true })))
	}

	home := func(why string) *session.HomeView {
		return &session.HomeView{
			GivenName: smartcard.NewPrivate("Anna Maria"), Requests: 2, ToCollect: 1,
			Services: []session.Tile{{Service: contributions, Why: why}, {Service: naspi}},
		}
	}
	add("home", with(inside(session.Home), func(s *session.Snapshot) { s.Tiles = home("") }))
	add("home-no-line", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles, s.Line, s.Helper, s.HelpCalled = home("why.no-line"), false, "Olga R.", true
	}))
	add("home-full", with(inside(session.Home), func(s *session.Snapshot) {
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
	add("home-groups", with(inside(session.Home), func(s *session.Snapshot) { s.Tiles = many(session.GroupSee) }))
	add("home-groups-no-line", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles, s.Line, s.Helper = many(session.GroupSee), false, "Olga R."
		s.Tiles.Groups[0].Some = false
		for i := range s.Tiles.Services {
			s.Tiles.Services[i].Why = "why.no-line"
		}
	}))
	add("home-groups-trouble", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles = many(session.GroupAsk)
		s.Tiles.Trouble, s.Tiles.Page = 1, 2
	}))
	sheet := func(s *catalog.Service) *session.SheetView {
		lines := s.Reading()
		return &session.SheetView{Service: s, Lines: lines[:min(len(lines), 4)], Page: 1, Pages: 2}
	}
	add("notice-other", with(inside(session.NoticeOther), func(s *session.Snapshot) {
		s.Notice = &session.NoticeView{Controller: "Comune di Borgo Esempio, Piazza del Municipio 1", Contact: "protocollo@comune.borgo-esempio.example", Version: "2026-1"}
	}))
	add("bring", with(inside(session.Bring), func(s *session.Snapshot) { s.Sheet = sheet(naspi) }))
	add("info", with(inside(session.Info), func(s *session.Snapshot) { s.Sheet = sheet(naspi); s.Sheet.Next = naspi }))
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
	add("answer", with(inside(session.AnswerPage), func(s *session.Snapshot) { s.Answer = answer(1) }))
	add("answer-rows", with(inside(session.AnswerPage), func(s *session.Snapshot) { s.Answer = answer(2) }))
	add("answer-document", with(inside(session.AnswerPage), func(s *session.Snapshot) {
		s.Answer = answer(1)
		s.Answer.Answer.Document = &upstream.Document{Pages: 2}
	}))
	add("answer-sheets", with(inside(session.AnswerPage), func(s *session.Snapshot) {
		s.Answer = answer(1)
		s.Answer.Answer.Document, s.Answer.Sheets = &upstream.Document{Pages: 2}, true
	}))
	add("answer-slip", with(inside(session.AnswerPage), func(s *session.Snapshot) {
		s.Answer = answer(1)
		s.Answer.Slip = true
	}))
	add("answer-none", with(inside(session.AnswerPage), func(s *session.Snapshot) {
		s.Answer = &session.AnswerView{Service: slip, None: true, Page: 1, Pages: 1, Asked: true}
	}))
	other := smartcard.NewPrivate("Dina Inventata")
	add("for-whom", with(inside(session.ForWhom), func(s *session.Snapshot) {
		s.Whom = &session.WhomView{Self: smartcard.NewPrivate("Anna Maria"), Page: 1, Pages: 2}
		for i, kind := range []string{"delegate", "guardian", "parent"} {
			s.Whom.Others = append(s.Whom.Others, session.WhomRow{Index: i, Delegation: upstream.Delegation{Name: other, Kind: kind, Until: morning.AddDate(1, 0, 0)}})
		}
	}))
	add("for-whom-ended", with(inside(session.ForWhom), func(s *session.Snapshot) {
		s.Whom = &session.WhomView{Self: smartcard.NewPrivate("Anna Maria"), Page: 1, Pages: 2, Ended: true}
		for i, kind := range []string{"delegate", "guardian", "parent"} {
			s.Whom.Others = append(s.Whom.Others, session.WhomRow{Index: i, Delegation: upstream.Delegation{Name: other, Kind: kind, Until: morning.AddDate(1, 0, 0)}})
		}
	}))
	add("home-behalf", with(inside(session.Home), func(s *session.Snapshot) {
		s.Tiles, s.Behalf, s.Helper, s.Line = many(session.GroupSee), other, "Olga R.", false
		s.Tiles.Others = true
		s.Tiles.Services = s.Tiles.Services[:4]
	}))
	add("home-ended", with(inside(session.Home), func(s *session.Snapshot) { s.Tiles = many(session.GroupSee); s.Tiles.Ended = true }))
	add("home-unasked", with(inside(session.Home), func(s *session.Snapshot) { s.Tiles = many(session.GroupSee); s.Tiles.Unasked = true }))
	add("loading", inside(session.Loading))

	st := career()
	view := func(page int) *session.StatementView {
		from := (page - 1) * 8
		return &session.StatementView{
			Statement: st, Page: page, Pages: 5, Rows: st.Periods[from:min(from+8, len(st.Periods))],
		}
	}
	add("statement", with(inside(session.Statement), func(s *session.Snapshot) { s.Statement = view(1) }))
	add("statement-none", with(inside(session.Statement), func(s *session.Snapshot) {
		s.Statement = &session.StatementView{Statement: upstream.Statement{AsOf: morning}, Page: 1, Pages: 1}
	}))
	add("statement-table", with(inside(session.StatementTable), func(s *session.Snapshot) { s.Statement = view(4) }))

	add("ask-drop", inside(session.AskDrop))
	add("preparing", inside(session.Preparing))
	for i, step := range naspi.Steps {
		add("form-"+step.ID, with(inside(session.Form), func(s *session.Snapshot) {
			s.Form = &session.FormView{
				Service: naspi, Step: step, Number: i + 1, Of: len(naspi.Steps), Answers: catalog.Answers{},
				Resumed: i == 0,
			}
		}))
	}
	add("form-filled", with(inside(session.Form), func(s *session.Snapshot) {
		s.Form = &session.FormView{Service: naspi, Step: naspi.Steps[9], Number: 10, Of: 13, Answers: answers}
	}))
	add("form-problems", with(inside(session.Form), func(s *session.Snapshot) {
		s.Helper = "Olga R."
		s.Form = &session.FormView{
			Service: naspi, Step: naspi.Steps[2], Number: 3, Of: 13,
			Answers:  catalog.Answers{"indirizzo": "Via dei Castagni 112/B", "cap": "391"},
			Problems: catalog.Problems{"comune": "problem.required", "cap": "problem.cap", "provincia": "problem.province"},
		}
	}))
	for _, id := range []string{"auu", "bonus-nido", "assegno-maternita", "ap70"} {
		one := service(tb, id)
		for _, step := range one.Steps {
			if !boxed(step) && step.Repeat == 0 {
				continue
			}
			if step.Repeat > 0 {
				step, _ = one.Step(step.ID + ".2")
			}
			add("form-"+id+"-"+step.ID, with(inside(session.Form), func(s *session.Snapshot) {
				s.Form = &session.FormView{Service: one, Step: step, Number: 4, Of: 19, Answers: catalog.Answers{}}
				for _, f := range step.Fields {
					if f.Kind == catalog.Multi {
						s.Form.Answers[f.Name] = strings.Join(f.Choices[:2], ",")
					}
				}
			}))
		}
	}
	nursery := service(tb, "bonus-nido")
	where, _ := nursery.Field("nido_comune")
	add("form-comune", with(inside(session.Form), func(s *session.Snapshot) {
		i := slices.IndexFunc(nursery.Steps, func(step catalog.Step) bool {
			return slices.ContainsFunc(step.Fields, func(f catalog.Field) bool { return f.Name == where.Name })
		})
		s.Form = &session.FormView{
			Service: nursery, Step: nursery.Steps[i], Number: 4, Of: 14,
			Answers: catalog.Answers{where.Name: "San"}, Problems: catalog.Problems{where.Name: "problem.comune"},
		}
	}))
	children := catalog.Answers{
		"figlio_cf.1": "BNCMRA22A41X999A", "figlio_convivente.1": "yes", "figlio_altro.1": "yes",
		"figlio_cf.2": "BNCMRA22A41X999A", "figlio_convivente.2": "no", "figlio_altro.2": "no",
	}
	auu := service(tb, "auu")
	for page := 1; page <= 2; page++ {
		add(fmt.Sprintf("review-auu-%d", page), with(inside(session.Review), func(s *session.Snapshot) {
			s.Review = &session.ReviewView{Service: auu, Steps: auu.Applicable(children), Answers: children, Page: page, Unasked: true}
		}))
	}
	term := &session.TermView{Last: naspi.Due(answers), Warn: 14}
	review := &session.ReviewView{
		Service: naspi, Steps: naspi.Steps, Answers: answers, Term: term, Unasked: true,
	}
	all = append(all, paperStories(tb)...)
	add("review", with(inside(session.Review), func(s *session.Snapshot) { s.Review = review }))
	add("review-not-stored", with(inside(session.Review), func(s *session.Snapshot) {
		s.Review, s.Fault, s.Line = review, fault(session.FaultStorage), false
	}))
	add("review-helped", with(inside(session.Review), func(s *session.Snapshot) {
		s.Review, s.Helper, s.Line = review, "Olga R.", false
	}))
	add("review-unknown", with(inside(session.Review), func(s *session.Snapshot) {
		s.Review, s.Fault, s.Line = review, fault(session.FaultUnknown), false
	}))
	for _, outlook := range []session.Outlook{session.LowPaper, session.NoPaper} {
		doubted := *review
		doubted.Paper = outlook
		add("review-paper-"+string(outlook), with(inside(session.Review), func(s *session.Snapshot) { s.Review = &doubted }))
		add("review-paper-"+string(outlook)+"-helped", with(inside(session.Review), func(s *session.Snapshot) { s.Review, s.Line, s.Helper = &doubted, false, "Olga R." }))
		add("review-paper-"+string(outlook)+"-no-line", with(inside(session.Review), func(s *session.Snapshot) { s.Review, s.Line = &doubted, false }))
	}
	replacing := *review
	replacing.Replaces = "PUE-0421-7K3F-9M2X-4QPAT"
	add("review-replaces", with(inside(session.Review), func(s *session.Snapshot) { s.Review = &replacing }))
	over := *review
	over.Term = &session.TermView{Last: morning.AddDate(-1, 0, 0), Warn: 14}
	add("review-over", with(inside(session.Review), func(s *session.Snapshot) { s.Review = &over }))
	add("form-term", with(inside(session.Form), func(s *session.Snapshot) {
		step, _ := naspi.Step("periodo")
		s.Form = &session.FormView{Service: naspi, Step: step, Number: 6, Of: 11, Answers: answers, Term: over.Term}
	}))
	add("sign-pin", with(pad(session.SignPIN, session.Keypad{Typed: 5, Min: 5, Max: 8, Left: -1}), func(s *session.Snapshot) {
		s.InSession, s.Line = true, false
	}))
	add("saving", inside(session.Saving))

	saved := outbox.Entry{
		ID: "0", Claim: "PUE-0421-7K3F-9M2X-4QPAT", Class: outbox.Application, State: outbox.Waiting, CapturedAt: morning,
		By: naspi.Due(answers), Term: naspi.Due(answers),
	}
	filed := saved
	filed.State, filed.Protocol, filed.FiledAt = outbox.Filed, "INPS.2100.20/11/2026.0001234", morning.Add(time.Minute)
	refused, asked := saved, saved
	refused.State, asked.State = outbox.Refused, outbox.Unknown
	refused.Reason = outbox.RefusedSealingKey
	for _, e := range []outbox.Entry{saved, filed, refused} {
		add("result-"+string(e.State), with(inside(session.Result), func(s *session.Snapshot) {
			s.Result = &session.ResultView{Request: session.Request{Entry: e, Alarm: e.Alarm(morning)}, Term: term}
		}))
	}
	add("result-said", with(inside(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: saved}, Said: "Ricevuta locale.\nCodice della domanda: P U E, 0 4 2 1."}
	}))
	add("result-booking", with(on(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: saved, Service: booking}}
	}))
	add("result-near", with(inside(session.Result), func(s *session.Snapshot) {
		near := &session.TermView{Last: time.Now().AddDate(0, 0, 3), Warn: 14}
		s.Result = &session.ResultView{Request: session.Request{Entry: saved}, Term: near, Down: true, Leave: true}
	}))
	stuck, withdrawn, closed := saved, saved, saved
	stuck.State, stuck.Reason, stuck.Attempts, stuck.Phone = outbox.Stuck, "unknown-outcome", 40, true
	withdrawn.State, closed.State = outbox.Withdrawn, outbox.Closed
	add("result-stuck", with(inside(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: stuck, Alarm: outbox.AlarmStuck}}
	}))
	add("result-waiting-phone", with(inside(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: saved}, Leave: true}
	}))
	for _, a := range []outbox.Alarm{outbox.AlarmDeadline, outbox.AlarmDamaged} {
		add("result-"+string(a), with(inside(session.Result), func(s *session.Snapshot) {
			s.Result = &session.ResultView{Request: session.Request{Entry: saved, Alarm: a}, Leave: true}
		}))
		add("request-"+string(a), with(inside(session.OneRequest), func(s *session.Snapshot) {
			s.Request = &session.RequestView{Request: session.Request{Entry: saved, Service: naspi, Alarm: a}, Print: true, Redo: true, Leave: true}
		}))
	}
	left := saved
	left.Phone = true
	add("result-phone-stays", with(inside(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: left}, Notice: "result.phone-stays"}
	}))
	add("request-phone-stays", with(inside(session.OneRequest), func(s *session.Snapshot) {
		s.Request = &session.RequestView{Request: session.Request{Entry: left, Service: naspi}, Print: true, Redo: true, Notice: "result.phone-stays"}
	}))
	named := func(e outbox.Entry) session.Request {
		return session.Request{Entry: e, Service: naspi, Alarm: e.Alarm(morning)}
	}
	forOther := func(r session.Request) session.Request { r.Behalf = true; return r }
	for name, v := range map[string]session.RequestsView{
		"requests":       {Rows: []session.Request{forOther(named(asked)), forOther(named(refused)), {Entry: filed}}, Page: 1, Pages: 3},
		"requests-last":  {Rows: []session.Request{named(stuck), named(withdrawn), named(closed)}, Page: 3, Pages: 3},
		"requests-three": {Rows: []session.Request{named(saved), named(filed), named(asked)}, Page: 1, Pages: 1},
		"requests-none":  {Page: 1, Pages: 1},
	} {
		add(name, with(inside(session.Requests), func(s *session.Snapshot) { s.Requests = &v }))
	}
	add("request-behalf", with(inside(session.OneRequest), func(s *session.Snapshot) {
		s.Request = &session.RequestView{Request: forOther(named(saved)), Print: true}
	}))
	for _, e := range []outbox.Entry{saved, asked, filed, refused, stuck, withdrawn, closed} {
		add("request-"+string(e.State), with(inside(session.OneRequest), func(s *session.Snapshot) {
			s.Request = &session.RequestView{
				Request: named(e), Print: e.State != outbox.Withdrawn && e.State != outbox.Closed,
				Redo: e.Withdrawable(), Leave: e.State == outbox.Waiting || e.State == outbox.Refused,
			}
		}))
	}
	for _, busy := range []bool{false, true} {
		name := map[bool]string{false: "ask-withdraw", true: "ask-withdraw-busy"}[busy]
		add(name, with(inside(session.AskWithdraw), func(s *session.Snapshot) {
			s.Request = &session.RequestView{Request: named(saved), Busy: busy}
		}))
	}
	for _, outcome := range []string{"done", "too-late", "not-replaced", "failed", "filed", "ended", "not-replaced-filed", "not-replaced-ended"} {
		add("withdrawn-"+outcome, with(inside(session.Withdrawn), func(s *session.Snapshot) {
			s.Request = &session.RequestView{Request: named(saved), Outcome: outcome}
			if strings.HasSuffix(outcome, "filed") {
				s.Request.Request = named(filed)
			}
		}))
	}
	for name, v := range map[string]session.PhoneView{
		"leave-phone":       {},
		"leave-phone-typed": {Number: smartcard.NewPrivate("0043512345678")},
		"leave-phone-wrong": {Number: smartcard.NewPrivate("00435123456789012"), Problem: "leave-phone.wrong"},
		"leave-phone-busy":  {Number: smartcard.NewPrivate("3331234567"), Busy: true},
	} {
		add(name, with(inside(session.LeavePhone), func(s *session.Snapshot) { s.Phone = &v }))
	}
	for _, kind := range []string{"personal", "info", "local", "final", "notice", "patronato", "goodbye"} {
		add("printing-"+kind, with(inside(session.Printing), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: kind} }))
		add("printed-"+kind, with(inside(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: kind} }))
	}
	for _, p := range []session.Progress{session.SendingPaper, session.PrintingPaper} {
		add("printing-local-"+string(p), with(inside(session.Printing), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "local", Progress: p} }))
	}
	for kind, claim := range map[string]string{"local": saved.Claim, "final": saved.Claim, "personal": "", "notice": ""} {
		add("print-trouble-uncertain-"+kind, with(inside(session.PrintTrouble), func(s *session.Snapshot) {
			s.Fault = fault(session.FaultNoAnswer)
			s.Print = &session.PrintView{Kind: kind, Claim: claim, Uncertain: true, CanRetry: true}
		}))
	}
	add("printing-sheets", with(inside(session.Printing), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "sheets", Sheets: 2} }))
	add("printed-sheets", with(inside(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "sheets", Sheets: 2} }))
	add("printed-sheets-slip", with(inside(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "sheets", Sheets: 2, Slip: true} }))
	add("goodbye", with(on(session.Goodbye), func(s *session.Snapshot) { s.Farewell = &session.FarewellView{CardIn: true} }))
	add("goodbye-claim", with(on(session.Goodbye), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{CardIn: true, Claim: saved.Claim}
	}))
	add("goodbye-slip", with(on(session.Goodbye), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{CardIn: true, Claim: saved.Claim, Slip: true}
	}))
	add("removed", with(on(session.Removed), func(s *session.Snapshot) { s.Farewell = &session.FarewellView{} }))
	add("removed-resume", with(on(session.Removed), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{Resume: time.Now().Add(47 * time.Second)}
	}))
	add("removed-resume-nothing-stored", with(on(session.Removed), func(s *session.Snapshot) {
		s.Farewell, s.Fault = &session.FarewellView{Resume: time.Now().Add(47 * time.Second)}, fault(session.FaultNothingStored)
	}))
	add("goodbye-unknown", with(on(session.Goodbye), func(s *session.Snapshot) {
		s.Farewell, s.Fault = &session.FarewellView{CardIn: true}, fault(session.FaultUnknown)
	}))
	add("removed-claim", with(on(session.Removed), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{Claim: saved.Claim}
	}))
	add("removed-nothing-stored", with(on(session.Removed), func(s *session.Snapshot) {
		s.Farewell, s.Fault = &session.FarewellView{}, fault(session.FaultNothingStored)
	}))
	add("still-there", with(inside(session.StillThere), func(s *session.Snapshot) { s.EndsAt = time.Now().Add(time.Minute) }))
	add("settings", inside(session.Settings))
	add("help", with(on(session.Help), func(s *session.Snapshot) { s.HelpCalled = true }))
	staff := func(s session.Screen) session.Snapshot { return session.Snapshot{Screen: s, Line: true, Staff: true} }
	add("officer-pin", with(pad(session.OfficerPIN, session.Keypad{Typed: 2, Min: 5, Max: 8, Left: 3}), func(s *session.Snapshot) { s.Staff = true }))
	devicesNow := []session.DeviceView{
		{Name: "reader", Status: devices.Status{State: devices.Ready}},
		{Name: "printer", Status: devices.Status{State: devices.Attention, Reason: "paper-out"}},
		{Name: "documents", Status: devices.Status{State: devices.Attention, Reason: "toner-empty"}},
		{Name: "line", Status: devices.Status{State: devices.Failed, Reason: "no-line"}},
	}
	quiet := outbox.Counts{Waiting: 3, Unknown: 1, Filed: 1204, ToDeliver: 2, Oldest: morning}
	loud := outbox.Counts{Waiting: 48, Unknown: 1, Filed: 1204, Refused: 1, Stuck: 1, ToDeliver: 12, Alarms: 3, Oldest: morning}
	broken := store.Recovery{At: morning, How: store.Salvaged, Records: 1873, Lost: 2, Aside: "pue.db.damaged-20261120T104200Z"}
	for name, b := range map[string]session.BoardView{
		"board":            {Open: true, Queue: quiet},
		"board-closed":     {Queue: quiet},
		"board-alarms":     {Open: true, Queue: loud},
		"board-full":       {Open: true, Queue: loud, Upkeep: session.Upkeep{Full: true}},
		"board-sick":       {Open: true, Queue: loud, Upkeep: session.Upkeep{Sick: true}},
		"board-no-phones":  {Open: true, Queue: loud, NoPhones: true},
		"board-catalogue":  {Open: true, Queue: quiet, Upkeep: session.Upkeep{Catalogue: true}},
		"board-clock":      {Open: true, Queue: loud, Upkeep: session.Upkeep{Clock: session.ClockWrong}},
		"board-unsure":     {Open: true, Queue: loud, Upkeep: session.Upkeep{Clock: session.ClockUnsure}},
		"board-no-key":     {Open: true, Queue: quiet, Upkeep: session.Upkeep{Keys: []session.KeyTrouble{{Destination: "inps", Missing: true}}}},
		"board-key-ends":   {Open: true, Queue: loud, Upkeep: session.Upkeep{Keys: []session.KeyTrouble{{Destination: "inps", Ends: morning.AddDate(0, 0, 9)}}}},
		"board-two-lines":  {Open: true, Queue: quiet, Upkeep: session.Upkeep{Keys: []session.KeyTrouble{{Destination: "comune", Missing: true}, {Destination: "inps", Ends: morning.AddDate(0, 0, 9)}}}},
		"board-recovery":   {Open: true, Queue: loud, Upkeep: session.Upkeep{Recovery: &broken}},
		"board-papers":     {Open: true, Queue: quiet, Doubts: 3},
		"board-one-paper":  {Open: true, Queue: quiet, Doubts: 1},
		"board-taken-back": {Open: true, Queue: loud, TakenBack: 1, Doubts: 2},
		"board-mouth":      {Open: true, Queue: loud, MouthFull: true},
		"board-low":        {Open: true, Queue: quiet},
		"board-empty":      {Open: true, Upkeep: session.Upkeep{Recovery: &store.Recovery{At: morning, How: store.Empty, Aside: broken.Aside}}},
	} {
		b.Officer, b.Devices = "Olga R.", devicesNow
		if name == "board-two-lines" {
			b.Devices = append(slices.Clone(devicesNow), session.DeviceView{Name: "line-comune", Status: devices.Status{State: devices.Failed, Reason: "no-line"}})
		}
		switch name {
		case "board-low":
			b.Devices = slices.Clone(devicesNow)
			b.Devices[1].Status = devices.Status{State: devices.Ready, Low: true}
		case "board-mouth":
			b.Devices = slices.Clone(devicesNow)
			b.Devices[1].Status = devices.Status{State: devices.Attention, Reason: "paper-in-mouth"}
		}
		add(name, with(staff(session.Board), func(s *session.Snapshot) { s.Board = &b }))
	}
	item := func(e outbox.Entry, a outbox.Alarm) session.Item { return session.Item{Entry: e, Alarm: a} }
	late := asked
	late.Attempts, late.Reason, late.By = 3, "no-line", time.Now().AddDate(0, 0, 3)
	overdue := late
	overdue.By = morning.AddDate(-1, 0, 0)
	called := stuck
	called.Phone = false
	refusedAndLeft := refused
	refusedAndLeft.Attempts, refusedAndLeft.Phone = 1, true
	rows := []session.Item{item(refused, outbox.AlarmRefused), item(stuck, outbox.AlarmStuck), item(late, outbox.AlarmDeadline), item(overdue, outbox.AlarmDeadline)}
	for name, d := range map[string]session.DeskView{
		"queue":      {Rows: rows, Page: 1, Pages: 3},
		"queue-last": {Rows: rows, Page: 50, Pages: 50, More: 99_800},
		"queue-one":  {Rows: []session.Item{item(refused, outbox.AlarmRefused), item(saved, "")}, Page: 50, Pages: 50, More: 1},
		"queue-none": {Page: 1, Pages: 1},
	} {
		add(name, with(staff(session.Queue), func(s *session.Snapshot) { s.Desk = &d }))
	}
	gone := item(filed, "")
	add("collect", with(staff(session.Collect), func(s *session.Snapshot) {
		s.Desk = &session.DeskView{Rows: []session.Item{gone, gone, gone, gone}, Page: 1, Pages: 3}
	}))
	add("collect-none", with(staff(session.Collect), func(s *session.Snapshot) { s.Desk = &session.DeskView{Page: 1, Pages: 1} }))
	code := "PUE-0421-7K3F-9M2X-4QPAT"
	doubt := paper.Job{ID: 12, Kind: "local", Claim: code, State: paper.JobUncertain, Reason: "no-answer", Began: morning}
	cut := doubt
	cut.ID, cut.Kind, cut.Copy, cut.Reason = 13, "final", 1, "restart"
	own := paper.Job{ID: 14, Kind: "personal", State: paper.JobUncertain, Reason: "unplugged", Began: morning}
	back := paper.Job{ID: 15, Kind: "patronato", Claim: code, State: paper.JobPrinted, Retracted: true, RetractedAt: morning, Began: morning}
	backOwn := own
	backOwn.Retracted = true
	backFinal := back
	backFinal.ID, backFinal.Kind = 16, "final"
	today := paper.PaperCounts{Printed: 24, Uncertain: 2, Reprinted: 1}
	for name, v := range map[string]session.PapersView{
		"papers":       {Rows: []paper.Job{back, own, cut}, Page: 1, Pages: 2, Today: today},
		"papers-mouth": {Rows: []paper.Job{back, own, cut}, Page: 1, Pages: 2, Today: today, MouthFull: true},
		"papers-none":  {Page: 1, Pages: 1, Today: today},
	} {
		add(name, with(staff(session.PaperList), func(s *session.Snapshot) { s.Papers = &v }))
	}
	for name, v := range map[string]session.JobView{
		"paper": {Job: doubt}, "paper-restart": {Job: cut}, "paper-own": {Job: own}, "paper-taken-back": {Job: back}, "paper-taken-back-own": {Job: backOwn}, "paper-taken-back-final": {Job: backFinal}, "paper-trouble-final": {Job: backFinal, Notice: "paper.trouble"},
		"paper-busy": {Job: own, Busy: true}, "paper-trouble": {Job: doubt, Notice: "paper.trouble"},
	} {
		add(name, with(staff(session.OnePaper), func(s *session.Snapshot) { s.Paper = &v }))
	}
	for kind := range paperKinds {
		job := doubt
		job.Kind = kind
		add("paper-kind-"+kind, with(staff(session.OnePaper), func(s *session.Snapshot) { s.Paper = &session.JobView{Job: job} }))
	}
	for name, busy := range map[string]bool{"ask-paper": false, "ask-paper-busy": true} {
		add(name, with(staff(session.AskPaper), func(s *session.Snapshot) { s.Paper = &session.JobView{Job: doubt, Busy: busy} }))
	}
	add("ask-paper-handed", with(staff(session.AskPaper), func(s *session.Snapshot) { s.Paper = &session.JobView{Job: backFinal} }))
	add("roll", staff(session.Roll))
	add("report-busy", with(staff(session.Report), func(s *session.Snapshot) {
		s.Report = &session.ReportView{Kind: session.PaperDay, Page: 1, Pages: 1}
	}))
	add("report", with(staff(session.Report), func(s *session.Snapshot) {
		s.Report = &session.ReportView{Kind: session.PaperReadiness, Page: 2, Pages: 4, Lines: []session.ReportLine{
			{Heading: true, Text: "STATO DEL TERMINALE"},
			{Label: "Acceso dal", Text: "20.11.2026, 07:58"},
			{Label: "Elenco dei servizi", Text: "14"},
			{Heading: true, Text: "Apparecchi"},
			{Label: "Stampante", Text: "funziona"},
			{Text: "- la carta sta per finire"},
			{Label: "Rete verso il Comune", Text: "guasto"},
			{Text: "- Il Comune non risponde"},
		}}
	}))
	add("find-claim", with(staff(session.FindClaim), func(s *session.Snapshot) { s.Desk = &session.DeskView{} }))
	add("find-claim-none", with(staff(session.FindClaim), func(s *session.Snapshot) { s.Desk = &session.DeskView{Notice: "find-claim.none", Typed: "7K3F-9M2Y"} }))
	for name, i := range map[string]session.ItemView{
		"queue-item-waiting":  {Item: item(saved, ""), Notice: "queue-item.trying"},
		"queue-item-wait":     {Item: item(late, ""), Notice: "queue-item.wait", Until: morning.Add(3 * time.Hour)},
		"queue-item-deadline": {Item: item(late, outbox.AlarmDeadline)},
		"queue-item-stuck":    {Item: item(stuck, outbox.AlarmStuck)},
		"queue-item-overdue":  {Item: item(overdue, outbox.AlarmDeadline)},
		"queue-item-refused":  {Item: item(refusedAndLeft, outbox.AlarmRefused)},
		"queue-item-phone":    {Item: item(called, outbox.AlarmStuck), Phone: smartcard.NewPrivate("+393331234567")},
		"queue-item-filed":    {Item: gone},
		"queue-item-closed":   {Item: item(closed, "")},
	} {
		add(name, with(staff(session.QueueItem), func(s *session.Snapshot) { s.Item = &i }))
	}
	add("ask-close", with(staff(session.AskClose), func(s *session.Snapshot) { s.Item = &session.ItemView{Item: item(stuck, outbox.AlarmStuck)} }))
	add("ask-phone", with(staff(session.AskPhone), func(s *session.Snapshot) { s.Item = &session.ItemView{Item: item(stuck, outbox.AlarmStuck)} }))
	add("ask-close-busy", with(staff(session.AskClose), func(s *session.Snapshot) {
		s.Item = &session.ItemView{Item: item(stuck, outbox.AlarmStuck), Busy: true}
	}))
	add("ask-phone-busy", with(staff(session.AskPhone), func(s *session.Snapshot) {
		s.Item = &session.ItemView{Item: item(stuck, outbox.AlarmStuck), Busy: true}
	}))
	add("print-trouble-staff", with(staff(session.PrintTrouble), func(s *session.Snapshot) {
		s.Fault = fault(session.FaultPaperOut)
		s.Print = &session.PrintView{Kind: "day", GoesOn: true, Device: devices.Status{State: devices.Attention, Reason: "paper-out"}}
	}))
	add("printed-staff", with(staff(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "patronato"} }))
	return all
}

// seen is a story as one person wants to see it.
func (s story) seen(language, size, contrast string) session.Snapshot {
	s.View = session.View{Language: language, Size: size, Contrast: contrast}
	return s.Snapshot
}

// sample is a long value of its kind.
func sample(f catalog.Fact) string {
	switch f.Kind {
	case catalog.Choice:
		return f.Choices[0]
	case catalog.Date:
		return "2026-10-31"
	case catalog.Month:
		return "2026-10"
	case catalog.Year:
		return "2026"
	case catalog.Money:
		return "12345.67"
	case catalog.Number:
		return "52"
	case catalog.Protocol:
		return "INPS.2100.20/11/2026.0001234"
	}
	return "Assegno di Esempio"
}

// boxed: the step has something to tick.
func boxed(s catalog.Step) bool {
	return slices.ContainsFunc(s.Fields, func(f catalog.Field) bool { return f.Kind == catalog.Multi || f.Kind == catalog.Tick })
}

// fake is a session that shows what it is told and remembers what was touched.
type fake struct {
	now         session.Snapshot
	touched     []session.Touch
	photographs [][]byte
	revs        chan uint64
}

func (f *fake) Snapshot() session.Snapshot { return f.now }

func (f *fake) Touch(t session.Touch) {
	f.touched = append(f.touched, t)
	f.now.Rev++
}

func (f *fake) Photograph(visit uint64, data []byte) { f.photographs = append(f.photographs, data) }

// Picture knows one page, whose small picture is another.
func (f *fake) Picture(id string, small bool) (data []byte, mediaType string, ok bool) {
	if id != "known" {
		return nil, "", false
	}
	if small {
		return []byte("small"), "image/jpeg", true
	}
	return []byte("large"), "image/jpeg", true
}

func (f *fake) Watch(context.Context) <-chan uint64 { return f.revs }

// drawn makes pages for a screen of 17 inches, 1280 by 1024.
func drawn(tb testing.TB, f *fake, change ...func(*Options)) *UI {
	tb.Helper()
	m, err := messages.Load()
	if err != nil {
		tb.Fatal(err)
	}
	services, err := catalog.Load()
	if err != nil {
		tb.Fatal(err)
	}
	if err := m.SetServices(services.Texts()); err != nil {
		tb.Fatal(err)
	}
	o := Options{DiagonalInches: 17, Width: 1280, Height: 1024}
	for _, c := range change {
		c(&o)
	}
	u, err := New(f, m, o)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}
