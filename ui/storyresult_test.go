package ui

import (
	"strings"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

// states are one submission in all its states.
type states struct{ saved, filed, refused, asked, stuck, withdrawn, closed outbox.Entry }

func submissions(naspi *catalog.Service) states {
	saved := outbox.Entry{
		ID: "0", Claim: "PUE-0421-7K3F-9M2X-4QPAT", Class: outbox.Application, State: outbox.Waiting, CapturedAt: morning,
		By: naspi.Due(answers), Term: naspi.Due(answers),
	}
	filed := saved
	filed.State, filed.Protocol, filed.FiledAt = outbox.Filed, "INPS.2100.20/11/2026.0001234", morning.Add(time.Minute)
	refused, asked := saved, saved
	refused.State, asked.State = outbox.Refused, outbox.Unknown
	refused.Reason = outbox.RefusedSealingKey
	stuck, withdrawn, closed := saved, saved, saved
	stuck.State, stuck.Reason, stuck.Attempts, stuck.Phone = outbox.Stuck, "unknown-outcome", 40, true
	withdrawn.State, closed.State = outbox.Withdrawn, outbox.Closed
	return states{saved, filed, refused, asked, stuck, withdrawn, closed}
}

// result tells of what became of a submission.
func (t *teller) result() {
	naspi := service(t.tb, "naspi")
	one := submissions(naspi)
	saved, filed, refused, stuck := one.saved, one.filed, one.refused, one.stuck
	term := &session.TermView{Last: naspi.Due(answers), Warn: 14}
	booking := service(t.tb, "appuntamento")
	for _, e := range []outbox.Entry{saved, filed, refused} {
		t.add("result-"+string(e.State), with(inside(session.Result), func(s *session.Snapshot) {
			s.Result = &session.ResultView{Request: session.Request{Entry: e, Alarm: e.Alarm(morning)}, Term: term}
		}))
	}
	t.add("result-said", with(inside(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: saved}, Said: "Ricevuta locale.\nCodice della domanda: P U E, 0 4 2 1."}
	}))
	t.add("result-booking", with(on(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: saved, Service: booking}}
	}))
	t.add("result-near", with(inside(session.Result), func(s *session.Snapshot) {
		near := &session.TermView{Last: time.Now().AddDate(0, 0, 3), Warn: 14}
		s.Result = &session.ResultView{Request: session.Request{Entry: saved}, Term: near, Down: true, Leave: true}
	}))
	t.add("result-stuck", with(inside(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: stuck, Alarm: outbox.AlarmStuck}}
	}))
	t.add("result-waiting-phone", with(inside(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: saved}, Leave: true}
	}))
	for _, a := range []outbox.Alarm{outbox.AlarmDeadline, outbox.AlarmDamaged} {
		t.add("result-"+string(a), with(inside(session.Result), func(s *session.Snapshot) {
			s.Result = &session.ResultView{Request: session.Request{Entry: saved, Alarm: a}, Leave: true}
		}))
		t.add("request-"+string(a), with(inside(session.OneRequest), func(s *session.Snapshot) {
			s.Request = &session.RequestView{Request: session.Request{Entry: saved, Service: naspi, Alarm: a}, Print: true, Redo: true, Leave: true}
		}))
	}
	left := saved
	left.Phone = true
	t.add("result-phone-stays", with(inside(session.Result), func(s *session.Snapshot) {
		s.Result = &session.ResultView{Request: session.Request{Entry: left}, Notice: "result.phone-stays"}
	}))
	t.add("request-phone-stays", with(inside(session.OneRequest), func(s *session.Snapshot) {
		s.Request = &session.RequestView{Request: session.Request{Entry: left, Service: naspi}, Print: true, Redo: true, Notice: "result.phone-stays"}
	}))
}

// requests tells of a citizen's own submissions.
func (t *teller) requests() {
	naspi := service(t.tb, "naspi")
	one := submissions(naspi)
	saved, filed, refused, asked, stuck, withdrawn, closed := one.saved, one.filed, one.refused, one.asked, one.stuck, one.withdrawn, one.closed
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
		t.add(name, with(inside(session.Requests), func(s *session.Snapshot) { s.Requests = &v }))
	}
	t.add("request-behalf", with(inside(session.OneRequest), func(s *session.Snapshot) {
		s.Request = &session.RequestView{Request: forOther(named(saved)), Print: true}
	}))
	for _, e := range []outbox.Entry{saved, asked, filed, refused, stuck, withdrawn, closed} {
		t.add("request-"+string(e.State), with(inside(session.OneRequest), func(s *session.Snapshot) {
			s.Request = &session.RequestView{
				Request: named(e), Print: e.State != outbox.Withdrawn && e.State != outbox.Closed,
				Redo: e.Withdrawable(), Leave: e.State == outbox.Waiting || e.State == outbox.Refused,
			}
		}))
	}
	for _, busy := range []bool{false, true} {
		name := map[bool]string{false: "ask-withdraw", true: "ask-withdraw-busy"}[busy]
		t.add(name, with(inside(session.AskWithdraw), func(s *session.Snapshot) {
			s.Request = &session.RequestView{Request: named(saved), Busy: busy}
		}))
	}
	for _, outcome := range []string{"done", "too-late", "not-replaced", "failed", "filed", "ended", "not-replaced-filed", "not-replaced-ended"} {
		t.add("withdrawn-"+outcome, with(inside(session.Withdrawn), func(s *session.Snapshot) {
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
		t.add(name, with(inside(session.LeavePhone), func(s *session.Snapshot) { s.Phone = &v }))
	}
}

// printing tells of papers on their way, of goodbyes, and of the pages beside the way.
func (t *teller) printing() {
	naspi := service(t.tb, "naspi")
	saved := submissions(naspi).saved
	for _, kind := range []string{"personal", "info", "local", "final", "notice", "patronato", "goodbye"} {
		t.add("printing-"+kind, with(inside(session.Printing), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: kind} }))
		t.add("printed-"+kind, with(inside(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: kind} }))
	}
	for _, p := range []session.Progress{session.SendingPaper, session.PrintingPaper} {
		t.add("printing-local-"+string(p), with(inside(session.Printing), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "local", Progress: p} }))
	}
	for kind, claim := range map[string]string{"local": saved.Claim, "final": saved.Claim, "personal": "", "notice": ""} {
		t.add("print-trouble-uncertain-"+kind, with(inside(session.PrintTrouble), func(s *session.Snapshot) {
			s.Fault = fault(session.FaultNoAnswer)
			s.Print = &session.PrintView{Kind: kind, Claim: claim, Uncertain: true, CanRetry: true}
		}))
	}
	t.add("printing-sheets", with(inside(session.Printing), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "sheets", Sheets: 2} }))
	t.add("printed-sheets", with(inside(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "sheets", Sheets: 2} }))
	t.add("printed-sheets-slip", with(inside(session.Printed), func(s *session.Snapshot) { s.Print = &session.PrintView{Kind: "sheets", Sheets: 2, Slip: true} }))
	t.add("goodbye", with(on(session.Goodbye), func(s *session.Snapshot) { s.Farewell = &session.FarewellView{CardIn: true} }))
	t.add("goodbye-claim", with(on(session.Goodbye), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{CardIn: true, Claim: saved.Claim, Papers: 1}
	}))
	t.add("goodbye-papers", with(on(session.Goodbye), func(s *session.Snapshot) { s.Farewell = &session.FarewellView{CardIn: true, Papers: 3} }))
	t.add("goodbye-slip", with(on(session.Goodbye), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{CardIn: true, Claim: saved.Claim, Slip: true}
	}))
	t.add("removed", with(on(session.Removed), func(s *session.Snapshot) { s.Farewell = &session.FarewellView{} }))
	t.add("removed-resume", with(on(session.Removed), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{Resume: time.Now().Add(47 * time.Second)}
	}))
	t.add("removed-resume-nothing-stored", with(on(session.Removed), func(s *session.Snapshot) {
		s.Farewell, s.Fault = &session.FarewellView{Resume: time.Now().Add(47 * time.Second)}, fault(session.FaultNothingStored)
	}))
	t.add("goodbye-unknown", with(on(session.Goodbye), func(s *session.Snapshot) {
		s.Farewell, s.Fault = &session.FarewellView{CardIn: true}, fault(session.FaultUnknown)
	}))
	t.add("removed-claim", with(on(session.Removed), func(s *session.Snapshot) {
		s.Farewell = &session.FarewellView{Claim: saved.Claim}
	}))
	t.add("removed-nothing-stored", with(on(session.Removed), func(s *session.Snapshot) {
		s.Farewell, s.Fault = &session.FarewellView{}, fault(session.FaultNothingStored)
	}))
	t.add("still-there", with(inside(session.StillThere), func(s *session.Snapshot) { s.EndsAt = time.Now().Add(time.Minute) }))
	t.add("settings", inside(session.Settings))
	t.add("help", with(on(session.Help), func(s *session.Snapshot) { s.HelpCalled = true }))
}
