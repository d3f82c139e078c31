package session

import (
	"maps"
	"slices"

	"pue/devices/smartcard"
	"pue/kiosk/audit"
)

// touch sorts presses: first what is the same on every screen, then what the
// screen itself offers.
func (t *turn) touch(e Touch) {
	if e.Screen != t.s.visible() {
		return // its button is no longer there: a double tap, or a late one
	}
	t.keepTyped(e)
	t.alive()
	switch e.Act {
	case Stay:
		return
	case CallHelp:
		t.s.HelpCalled, t.s.Over = true, Help
		t.do(note(audit.Event{Name: audit.HelpCalled}))
		return
	case EndHelp:
		t.s.HelpCalled, t.s.Over = false, ""
		return
	case Adjust:
		t.s.Over = Settings
		return
	case Language, Size, Contrast:
		t.look(e)
		return
	case EndAssistance:
		t.endPresence()
		return
	case Exit:
		t.leave()
		return
	}
	if t.s.Over != "" {
		if e.Act == GoBack {
			t.s.Over = ""
		}
		return
	}
	switch t.s.Screen {
	case Welcome, Notice, NoticeFull, InsertCard, CardProblem, NoCard, PINBlocked, Removed:
		t.touchEntrance(e)
	case PIN, SignPIN, OfficerPIN:
		t.touchKeypad(e)
	case Home, Unavailable, Statement, StatementTable, Requests, Result:
		t.touchServices(e)
	case Form, Review:
		t.touchForm(e)
	case Printing, PrintTrouble, Printed:
		t.touchPrint(e)
	case Board:
		t.touchBoard(e)
	}
}

// look changes language, size or contrast; what is typed stays.
func (t *turn) look(e Touch) {
	switch v := &t.s.View; {
	case e.Act == Language && (e.Value == "it" || e.Value == "de"):
		v.Language = e.Value
	case e.Act == Size && (e.Value == "m" || e.Value == "l" || e.Value == "xl"):
		v.Size = e.Value
	case e.Act == Contrast && (e.Value == "normal" || e.Value == "dark"):
		v.Contrast = e.Value
	}
}

// keepTyped remembers what stands in the fields of a form when another button
// than its own is pressed, so that help or a larger text costs nobody a line.
func (t *turn) keepTyped(e Touch) {
	if t.s.Screen != Form || t.s.Over != "" || len(e.Fields) == 0 {
		return
	}
	f := t.s.Citizen.Form.clone()
	f.Typed = maps.Clone(e.Fields)
	t.s.Citizen.Form = f
}

// touchEntrance leads from the door to the card.
func (t *turn) touchEntrance(e Touch) {
	c := &t.s.Citizen
	switch {
	case t.s.Screen == Welcome && e.Act == Start:
		t.show(Notice)
	case t.s.Screen == Removed && e.Act == Start:
		t.rest() // somebody else: what was paused is gone
	case t.s.Screen == Notice && e.Act == ReadAll:
		t.show(NoticeFull)
	case t.s.Screen == NoticeFull && e.Act == GoBack:
		t.show(Notice)
	case t.s.Screen == NoticeFull && e.Act == PrintIt:
		t.print(Order{Kind: PaperNotice}, NoticeFull)
	case (t.s.Screen == Notice || t.s.Screen == NoticeFull) && e.Act == Continue:
		c.NoticeSeen = true
		t.towardsPIN()
	case t.s.Screen == CardProblem && e.Act == Continue:
		t.afterCardProblem()
	case e.Act == HaveNoCard && t.s.Screen != PINBlocked:
		t.noCard()
	case t.s.Screen == NoCard && e.Act == GoBack, t.s.Screen == InsertCard && e.Act == GoBack:
		t.show(Notice)
	}
}

// towardsPIN asks for the card, or for the PIN of the card that is in.
func (t *turn) towardsPIN() {
	c := &t.s.Citizen
	if c.Identity.Certificate != nil {
		t.show(PIN)
		return
	}
	for _, reader := range slices.Sorted(maps.Keys(t.s.Slots)) {
		slot := t.s.Slots[reader]
		if slot == smartcard.CardIn || slot == smartcard.MuteCard {
			t.read(reader, slot)
			return
		}
	}
	t.show(InsertCard)
}

// afterCardProblem waits for the next card. One that is still in must come out
// first; the way out of it is cardOut.
func (t *turn) afterCardProblem() {
	if t.s.Citizen.Reader != "" {
		return
	}
	if t.s.Citizen.NoticeSeen {
		t.show(InsertCard)
		return
	}
	t.show(Notice)
}

// noCard informs whoever has no card or no PIN. A card that is in is let go.
func (t *turn) noCard() {
	seen, reader := t.s.Citizen.NoticeSeen, t.s.Citizen.Reader
	t.endVisit()
	t.s.Citizen.NoticeSeen, t.s.Citizen.Reader = seen, reader
	t.show(NoCard)
}

func (t *turn) touchKeypad(e Touch) {
	switch {
	case e.Act == HaveNoCard && t.s.Screen == PIN:
		t.noCard()
	case e.Act == GoBack && t.s.Screen == SignPIN && !t.s.Citizen.Keypad.Busy:
		t.do(WipePIN{})
		t.s.Citizen.Keypad = newKeypad(t.s.Citizen.Keypad.Left)
		t.show(Review)
	default:
		t.press(e)
	}
}
