package ui

import (
	"context"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
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
	"iban": "IT60X0542811101000000123456", "did": "yes",
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
		s.Rev, s.Place = 7, here
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
	add("welcome-no-line", with(on(session.Welcome), func(s *session.Snapshot) { s.Line = false; s.Helper = "Olga R." }))
	for _, f := range []session.Fault{session.FaultNoReader, session.FaultPaperOut, session.FaultNoPrinter} {
		add("welcome-"+f.Code, with(on(session.Welcome), func(s *session.Snapshot) { s.Fault, s.Line = fault(f), false }))
	}
	add("notice", with(on(session.Notice), func(s *session.Snapshot) { s.Notice = notice }))
	add("notice-full", with(on(session.NoticeFull), func(s *session.Snapshot) { s.Notice = notice }))
	add("insert-card", on(session.InsertCard))
	add("insert-card-P-01", with(on(session.InsertCard), func(s *session.Snapshot) { s.Fault = fault(session.FaultPaperOut) }))
	add("reading", on(session.Reading))
	for _, f := range session.Faults {
		switch f.Code[0] {
		case 'C':
			if f != session.FaultPINBlocked && f != session.FaultNoReader {
				add("card-problem-"+f.Code, with(on(session.CardProblem), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(f), f != session.FaultCardPulled }))
			}
		case 'P':
			add("print-trouble-"+f.Code, with(inside(session.PrintTrouble), func(s *session.Snapshot) {
				s.Fault = fault(f)
				s.Print = &session.PrintView{
					Kind: "local", Uncertain: f == session.FaultNoAnswer, CanRetry: f != session.FaultPaperOut,
					Device: devices.Status{State: devices.Attention, Reason: "paper-out"},
				}
			}))
		case 'N', 'S':
			add("unavailable-"+f.Code, with(inside(session.Unavailable), func(s *session.Snapshot) { s.Fault = fault(f) }))
		}
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
	add("checking", on(session.Checking))
	add("pin-blocked", with(on(session.PINBlocked), func(s *session.Snapshot) { s.Fault = fault(session.FaultPINBlocked) }))

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

	for i, step := range naspi.Steps {
		add("form-"+step.ID, with(inside(session.Form), func(s *session.Snapshot) {
			s.Form = &session.FormView{
				Service: naspi, Step: step, Number: i + 1, Of: len(naspi.Steps), Answers: catalog.Answers{},
				Resumed: i == 0,
			}
		}))
	}
	add("form-filled", with(inside(session.Form), func(s *session.Snapshot) {
		s.Form = &session.FormView{Service: naspi, Step: naspi.Steps[9], Number: 10, Of: 11, Answers: answers}
	}))
	add("form-problems", with(inside(session.Form), func(s *session.Snapshot) {
		s.Helper = "Olga R."
		s.Form = &session.FormView{
			Service: naspi, Step: naspi.Steps[2], Number: 3, Of: 11,
			Answers:  catalog.Answers{"indirizzo": "Via dei Castagni 112/B", "cap": "391"},
			Problems: catalog.Problems{"comune": "problem.required", "cap": "problem.cap", "provincia": "problem.province"},
		}
	}))
	review := &session.ReviewView{
		Service: naspi, Steps: naspi.Steps, Answers: answers, Deadline: naspi.Due(answers),
	}
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
	add("sign-pin", with(pad(session.SignPIN, session.Keypad{Typed: 5, Min: 5, Max: 8, Left: -1}), func(s *session.Snapshot) {
		s.InSession, s.Line = true, false
	}))
	add("saving", inside(session.Saving))

	saved := outbox.Entry{
		ID: "0", Claim: "PUE-0421-7K3F-9M2X", Class: outbox.Application, State: outbox.Waiting, CapturedAt: morning,
		Deadline: naspi.Due(answers),
	}
	filed := saved
	filed.State, filed.Protocol, filed.FiledAt = outbox.Filed, "INPS.2100.20/11/2026.0001234", morning.Add(time.Minute)
	refused, asked := saved, saved
	refused.State, asked.State = outbox.Refused, outbox.Unknown
	for _, e := range []outbox.Entry{saved, filed, refused} {
		add("result-"+string(e.State), with(inside(session.Result), func(s *session.Snapshot) {
			s.Result = &session.ResultView{Entry: e}
		}))
	}
	add("requests", with(inside(session.Requests), func(s *session.Snapshot) {
		s.Requests = []outbox.Entry{saved, filed, refused, asked, saved, saved, saved}
	}))
	add("requests-none", inside(session.Requests))
	for _, kind := range []string{"statement", "local", "final", "notice"} {
		add("printing-"+kind, with(inside(session.Printing), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: kind} }))
		add("printed-"+kind, with(inside(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: kind} }))
	}
	add("goodbye", with(on(session.Goodbye), func(s *session.Snapshot) { s.Farewell = &session.FarewellView{CardIn: true} }))
	add("goodbye-claim", with(on(session.Goodbye), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{CardIn: true, Claim: saved.Claim}
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
	add("officer-pin", pad(session.OfficerPIN, session.Keypad{Typed: 2, Min: 5, Max: 8, Left: 3}))
	for _, open := range []bool{true, false} {
		name := map[bool]string{true: "board", false: "board-closed"}[open]
		add(name, with(on(session.Board), func(s *session.Snapshot) {
			s.Board = &session.BoardView{
				Officer: "Olga R.", Open: open,
				Queue: session.QueueView{Waiting: 3, Unknown: 1, Filed: 1204, Oldest: morning},
				Devices: []session.DeviceView{
					{Name: "reader", Status: devices.Status{State: devices.Ready}},
					{Name: "printer", Status: devices.Status{State: devices.Attention, Reason: "paper-out"}},
					{Name: "line", Status: devices.Status{State: devices.Failed, Reason: "no-line"}},
				},
			}
		}))
	}
	return all
}

// seen is a story as one person wants to see it.
func (s story) seen(language, size, contrast string) session.Snapshot {
	s.View = session.View{Language: language, Size: size, Contrast: contrast}
	return s.Snapshot
}

// fake is a session that shows what it is told and remembers what was touched.
type fake struct {
	now     session.Snapshot
	touched []session.Touch
	revs    chan uint64
}

func (f *fake) Snapshot() session.Snapshot { return f.now }

func (f *fake) Touch(t session.Touch) {
	f.touched = append(f.touched, t)
	f.now.Rev++
}

func (f *fake) Watch(context.Context) <-chan uint64 { return f.revs }

// drawn makes pages for a screen of 17 inches, 1280 by 1024.
func drawn(tb testing.TB, f *fake, change ...func(*Options)) *UI {
	tb.Helper()
	m, err := messages.Load()
	if err != nil {
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
