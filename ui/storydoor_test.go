package ui

import (
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

// door tells of the way in: welcome, the notice, the card, and what keeps people out.
func (t *teller) door() {
	notice := &session.NoticeView{
		Controller: "INPS", Processor: "Comune di Borgo Esempio", Contact: "privacy@esempio.it", Version: "2026-11",
	}
	t.add("welcome", on(session.Welcome))
	t.add("welcome-look", with(on(session.Welcome), func(s *session.Snapshot) { s.Attention = true }))
	t.add("welcome-look-no-line", with(on(session.Welcome), func(s *session.Snapshot) { s.Line, s.Attention, s.HelpCalled = false, true, true }))
	booking, reading := service(t.tb, "appuntamento"), service(t.tb, "adi-richiesta-info")
	t.add("cardless", with(on(session.Cardless), func(s *session.Snapshot) {
		s.Cardless = &session.CardlessView{Services: []session.Tile{{Service: booking}, {Service: reading}}}
	}))
	t.add("cardless-full", with(on(session.Cardless), func(s *session.Snapshot) {
		s.Cardless = &session.CardlessView{Services: []session.Tile{{Service: booking, Why: "why.K-06", Told: true}, {Service: reading}}}
	}))
	for name, v := range map[string]session.CodeView{
		"own-code": {}, "own-code-none": {Typed: "PUE-0421-7K3F", Notice: "own-code.none"},
		"own-code-wait": {Typed: "PUE-0421-7K3F", Notice: "own-code.wait", Until: morning}, "own-code-busy": {Typed: "PUE-0421-7K3F-9M2X-4QPAT", Busy: true},
	} {
		t.add(name, with(on(session.OwnCode), func(s *session.Snapshot) { s.Code = &v }))
	}
	for state, at := range map[outbox.State]time.Time{outbox.Waiting: {}, outbox.Filed: morning, outbox.Stuck: {}} {
		t.add("code-state-"+string(state), with(on(session.CodeState), func(s *session.Snapshot) {
			s.Code = &session.CodeView{Status: outbox.ClaimStatus{State: state, CapturedAt: morning, FiledAt: at}}
		}))
	}
	t.add("out-of-order-look", with(on(session.OutOfOrder), func(s *session.Snapshot) { s.Fault, s.Attention = fault(session.FaultClosed), true }))
	t.add("welcome-no-line", with(on(session.Welcome), func(s *session.Snapshot) { s.Line = false; s.Helper = "Olga R." }))
	for _, f := range []session.Fault{session.FaultNoReader, session.FaultPaperOut, session.FaultNoPrinter} {
		t.add("welcome-"+f.Code, with(on(session.Welcome), func(s *session.Snapshot) { s.Fault, s.Line = fault(f), false }))
	}
	t.add("notice", with(on(session.Notice), func(s *session.Snapshot) { s.Notice = notice }))
	t.add("notice-full", with(on(session.NoticeFull), func(s *session.Snapshot) { s.Notice = notice }))
	t.add("insert-card", on(session.InsertCard))
	plate := func(s session.Snapshot) session.Snapshot { s.Place = here; s.Place.CardPlate = "left"; return s }
	for _, screen := range []session.Screen{session.Welcome, session.InsertCard, session.Reading, session.NoCard} {
		t.add(string(screen)+"-plate", plate(on(screen)))
	}
	t.add("welcome-plate-K-10", with(plate(on(session.Welcome)), func(s *session.Snapshot) {
		s.Fault, s.Line, s.Helper = fault(session.FaultClockWrong), false, "Olga R."
	}))
	for _, f := range []session.Fault{session.FaultCardMute, session.FaultCardForeign, session.FaultCardPulled, session.FaultCardPayment, session.FaultCardBusy, session.FaultCardOld} {
		t.add("card-problem-"+f.Code+"-plate", with(plate(on(session.CardProblem)), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(f), f != session.FaultCardPulled }))
	}
	t.add("goodbye-plate", with(plate(on(session.Goodbye)), func(s *session.Snapshot) {
		s.Farewell, s.Card = &session.FarewellView{CardIn: true, Claim: "PUE-0421-7K3F-9M2X-4QPAT"}, smartcard.CIE
	}))
	t.add("removed-plate", with(plate(on(session.Removed)), func(s *session.Snapshot) {
		s.Farewell, s.Card = &session.FarewellView{Resume: time.Now().Add(time.Minute)}, smartcard.CIE
	}))
	t.add("insert-card-P-01", with(on(session.InsertCard), func(s *session.Snapshot) { s.Fault = fault(session.FaultPaperOut) }))
	t.add("welcome-P-06", with(on(session.Welcome), func(s *session.Snapshot) { s.Fault = fault(session.FaultPaperWaits) }))
	for _, carded := range []bool{false, true} {
		name := map[bool]string{false: "take-paper", true: "take-paper-card"}[carded]
		t.add(name, with(on(session.TakePaper), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(session.FaultPaperWaits), carded }))
	}
	for _, screen := range []session.Screen{session.Goodbye, session.Removed} {
		t.add(string(screen)+"-paper", with(on(screen), func(s *session.Snapshot) {
			s.PaperWaits, s.Farewell = true, &session.FarewellView{CardIn: screen == session.Goodbye, Claim: "PUE-0421-7K3F-9M2X-4QPAT"}
		}))
	}
	t.add("reading", on(session.Reading))
	slip := service(t.tb, "cedolino-pensione")
	for _, f := range session.Faults {
		switch f.Code[0] {
		case 'C':
			if f != session.FaultPINBlocked && f != session.FaultNoReader {
				t.add("card-problem-"+f.Code, with(on(session.CardProblem), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(f), f != session.FaultCardPulled }))
			}
		case 'P':
			kind, sheets := "local", 0
			if f.Code >= session.FaultNoSheets.Code {
				kind, sheets = "sheets", 2
				t.add("on-screen-only-"+f.Code, with(inside(session.OnScreenOnly), func(s *session.Snapshot) {
					s.Fault, s.Sheet = fault(f), &session.SheetView{Service: slip}
				}))
			}
			t.add("print-trouble-"+f.Code, with(inside(session.PrintTrouble), func(s *session.Snapshot) {
				s.Fault = fault(f)
				s.Print = &session.PrintView{
					Kind: kind, Sheets: sheets, Uncertain: f == session.FaultLineErrors || f == session.FaultSheetsAway, CanRetry: f != session.FaultPaperOut,
					Device: devices.Status{State: devices.Attention, Reason: "paper-out"},
					GoesOn: f == session.FaultPaperOut || f == session.FaultCoverOpen || f == session.FaultPaperJam || f == session.FaultPaused,
				}
			}))
		case 'N', 'S':
			t.add("unavailable-"+f.Code, with(inside(session.Unavailable), func(s *session.Snapshot) { s.Fault = fault(f) }))
		}
	}
	for _, f := range []session.Fault{session.FaultNoRoom, session.FaultNoKey, session.FaultDisk} {
		t.add("unavailable-"+f.Code, with(inside(session.Unavailable), func(s *session.Snapshot) { s.Fault = fault(f) }))
	}
	t.add("no-card", on(session.NoCard))
	for _, f := range []session.Fault{session.FaultNoReader, session.FaultClosed, session.FaultNeedsOfficer, session.FaultLent} {
		t.add("out-of-order-"+f.Code, with(on(session.OutOfOrder), func(s *session.Snapshot) { s.Fault = fault(f) }))
	}
}

// pins tells of the PIN, and of the last try.
func (t *teller) pins() {
	t.add("pin", pad(session.PIN, session.Keypad{Typed: 3, Min: 5, Max: 8, Left: 3}))
	t.add("pin-wrong", pad(session.PIN, session.Keypad{Min: 5, Max: 8, Left: 1, Wrong: true}))
	t.add("pin-busy", pad(session.PIN, session.Keypad{Min: 5, Max: 8, Left: -1, Busy: true}))
	t.add("pin-full", pad(session.PIN, session.Keypad{Typed: 8, Min: 5, Max: 8, Left: -1}))
	t.add("pin-cie", ofCIE(pad(session.PIN, session.Keypad{Typed: 3, Min: 8, Max: 8, Left: 1, Wrong: true})))
	t.add("pin-again", pad(session.PIN, session.Keypad{Min: 5, Max: 8, Left: -1, Again: true}))
	for name, left := range map[string]int{"last-try": 1, "last-try-maybe": -1} {
		t.add(name, pad(session.LastTry, session.Keypad{Min: 5, Max: 8, Left: left, Wrong: true}))
	}
	t.add("last-try-cie", ofCIE(pad(session.LastTry, session.Keypad{Min: 8, Max: 8, Left: 1, Wrong: true})))
	t.add("officer-pin-cie", ofCIE(with(pad(session.OfficerPIN, session.Keypad{Typed: 2, Min: 8, Max: 8, Left: 1, Wrong: true}), func(s *session.Snapshot) { s.Staff = true })))
	t.add("last-try-sign", with(inside(session.LastTry), func(s *session.Snapshot) {
		s.Keypad, s.Card = &session.Keypad{Min: 8, Max: 8, Left: 1, Wrong: true}, smartcard.CIE
	}))
	t.add("checking", on(session.Checking))
	t.add("checking-asking", with(on(session.Checking), func(s *session.Snapshot) { s.Asking = true }))
	t.add("pin-blocked", with(on(session.PINBlocked), func(s *session.Snapshot) { s.Fault = fault(session.FaultPINBlocked) }))
	t.add("pin-blocked-cie", ofCIE(with(on(session.PINBlocked), func(s *session.Snapshot) { s.Fault = fault(session.FaultPINBlocked) })))
	for _, f := range []session.Fault{session.FaultCardExpired, session.FaultCardRevoked, session.FaultCardBroken} {
		t.add("card-problem-"+f.Code+"-cie", ofCIE(with(on(session.CardProblem), func(s *session.Snapshot) { s.Fault, s.CardIn = fault(f), true })))
	}
}
