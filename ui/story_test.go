package ui

import (
	"slices"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
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

// teller collects the stories, in their order.
type teller struct {
	tb  testing.TB
	all []story
}

func (t *teller) add(name string, s session.Snapshot) {
	s.Rev = 7
	if s.Place == (session.Place{}) {
		s.Place = here
	}
	t.all = append(t.all, story{name, s})
}

// stories are all screens, and of each the states that look different.
func stories(tb testing.TB) []story {
	tb.Helper()
	t := &teller{tb: tb}
	t.door()
	t.pins()
	t.home()
	t.sheets()
	t.statement()
	t.form()
	t.review()
	t.result()
	t.requests()
	t.printing()
	t.board()
	t.queue()
	t.papers()
	return t.all
}

func on(s session.Screen) session.Snapshot { return session.Snapshot{Screen: s, Line: true} }

func inside(s session.Screen) session.Snapshot {
	return session.Snapshot{Screen: s, Line: true, InSession: true}
}

func staff(s session.Screen) session.Snapshot {
	return session.Snapshot{Screen: s, Line: true, Staff: true}
}

func pad(screen session.Screen, k session.Keypad) session.Snapshot {
	return with(on(screen), func(s *session.Snapshot) { s.Keypad = &k })
}

func ofCIE(s session.Snapshot) session.Snapshot { s.Card = smartcard.CIE; return s }

func with(s session.Snapshot, change func(*session.Snapshot)) session.Snapshot {
	change(&s)
	return s
}

func fault(f session.Fault) *session.Fault { return &f }

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
