package session

import (
	"errors"
	"maps"

	"pue/devices/smartcard"
	"pue/kiosk/audit"
)

// cardChange is the road by which every card comes and goes.
func (t *turn) cardChange(reader string, slot smartcard.Slot) {
	was := t.s.Slots[reader]
	t.s.Slots = maps.Clone(t.s.Slots)
	t.s.Slots[reader] = slot
	if slot == smartcard.NoReader {
		delete(t.s.Slots, reader)
	}
	if was == slot && slot != smartcard.CardIn {
		return
	}
	if reader == t.s.Citizen.Reader || reader == t.s.Officer.Reader {
		t.cardOut() // gone, or exchanged faster than the reader could tell
	}
	if slot == smartcard.CardIn || slot == smartcard.MuteCard {
		t.cardIn(reader, slot)
	}
}

// cardIn starts a visit, or continues one that waits for its card.
func (t *turn) cardIn(reader string, slot smartcard.Slot) {
	switch t.s.Screen {
	case Welcome, OutOfOrder, Notice, NoticeFull, InsertCard, CardProblem, NoCard:
	case Removed:
		if t.s.Finish != 0 {
			return // let what was signed be stored first
		}
	default:
		return // another reader, while somebody is served
	}
	if t.s.Citizen.Reader != "" {
		return
	}
	t.alive()
	t.read(reader, slot)
}

// read looks at the card in reader, wherever the visitor is on the way in.
func (t *turn) read(reader string, slot smartcard.Slot) {
	seen, paused, view := t.s.Citizen.NoticeSeen, t.s.Paused, t.s.View
	t.endVisit()
	t.s.View = view
	t.s.Citizen = citizen{Reader: reader, NoticeSeen: seen}
	if slot == smartcard.MuteCard {
		t.showFault(CardProblem, FaultCardMute)
		return
	}
	if paused != nil && t.now.Before(paused.Until) {
		t.s.Paused = paused
	}
	t.show(Reading)
	t.do(ReadCard{Visit: t.s.Visit, Reader: reader})
}

// cardRead decides where a card leads: an officer's to the unlocking, a
// citizen's to the notice or the PIN.
func (t *turn) cardRead(e CardRead) {
	paused := t.s.Paused
	t.s.Paused = nil
	if e.Err != nil {
		t.refuseCard(cardFault(e.Err))
		return
	}
	if f := chainFault(e.Identity.Chain); f != (Fault{}) {
		t.refuseCard(f)
		return
	}
	if e.Officer != nil {
		t.askOfficer(*e.Officer)
		return
	}
	if t.s.Closed {
		t.refuseCard(FaultClosed)
		return
	}
	if t.presenceRequired && !t.s.Officer.present() {
		t.refuseCard(FaultNeedsOfficer)
		return
	}
	t.s.Citizen.Identity = e.Identity
	t.s.Citizen.Keypad = newKeypad(-1)
	if paused != nil && paused.Card == fingerprint(e.Identity) {
		paused = paused.clone()
		paused.Resumed = true
		t.s.Citizen.Form = paused
		t.s.Citizen.NoticeSeen = true
	}
	if t.s.Citizen.NoticeSeen {
		t.show(PIN)
		return
	}
	t.show(Notice)
}

// refuseCard shows what is wrong with the card in the reader and lets go of it.
func (t *turn) refuseCard(f Fault) {
	reader, seen := t.s.Citizen.Reader, t.s.Citizen.NoticeSeen
	t.endVisit()
	t.s.Citizen.Reader, t.s.Citizen.NoticeSeen = reader, seen
	t.showFault(CardProblem, f)
}

// cardOut is the same from every screen: what is personal is gone before this
// turn ends. What differs is only which calm screen comes next.
func (t *turn) cardOut() {
	t.alive()
	c := t.s.Citizen
	switch t.s.Screen {
	case Reading:
		paused := t.s.Paused
		t.endVisit()
		if paused != nil {
			t.pause(paused)
			return
		}
		t.s.Citizen.NoticeSeen = c.NoticeSeen
		t.showFault(CardProblem, FaultCardPulled)
	case Notice, NoticeFull, NoCard:
		t.endVisit()
		t.s.Citizen.NoticeSeen = c.NoticeSeen
		t.show(t.s.Screen)
	case CardProblem, PIN:
		t.endVisit()
		if !c.NoticeSeen {
			t.rest()
			return
		}
		t.s.Citizen.NoticeSeen = true
		t.show(InsertCard)
	case Printing, PrintTrouble, Printed:
		if !c.LoggedIn { // only the notice can be printed before the PIN
			t.endVisit()
			t.show(NoticeFull)
			return
		}
		t.farewell()
	case OfficerPIN, Board:
		t.lock()
	default:
		t.farewell()
	}
}

// farewell blanks the screen of a citizen whose card is gone. A form that was
// being filled waits for the same card; a submission that was being signed is
// finished or given up by whoever holds the card's signature.
func (t *turn) farewell() {
	c, screen := t.s.Citizen, t.s.Screen
	view := t.s.View
	var paused *draft
	var claim string
	switch screen {
	case Form, Review, SignPIN, Checking, Home, Loading, Unavailable, Statement, StatementTable, Requests:
		if c.Form != nil && t.resume > 0 {
			paused = c.Form
		}
	case Saving:
		t.s.Finish = t.s.Visit
	case Goodbye:
		claim = t.s.Farewell.Claim
	}
	if c.Entry != nil {
		claim = c.Entry.Claim
		t.printLeftReceipt()
	}
	if c.LoggedIn {
		t.do(note(audit.Event{Name: audit.SessionEnded}))
	}
	t.endVisit()
	t.s.View = view
	t.s.Farewell = FarewellView{Claim: claim}
	if paused != nil {
		paused = paused.clone()
		paused.Until = t.now.Add(t.resume)
		t.pause(paused)
		return
	}
	t.show(Removed)
}

// pause keeps a form for the card that was pulled, for nobody else.
func (t *turn) pause(d *draft) {
	t.s.Paused, t.s.Farewell.Resume = d, d.Until
	t.show(Removed)
}

// pinChecked continues what the PIN was for.
func (t *turn) pinChecked(err error) {
	var refused *smartcard.PINError
	switch {
	case errors.As(err, &refused):
		t.pinRefused(refused)
	case err != nil:
		t.refuseCard(cardFault(err))
	case t.s.Screen == PIN:
		t.s.Citizen.LoggedIn = true
		t.s.Citizen.Keypad = newKeypad(-1)
		t.show(Checking)
		t.do(note(audit.Event{Name: audit.SessionStarted}), LogIn{Visit: t.s.Visit, Actor: t.actor()})
	case t.s.Screen == SignPIN:
		t.s.Citizen.Keypad = newKeypad(-1)
		t.submit()
	case t.s.Screen == OfficerPIN:
		t.unlock()
	}
}

func (t *turn) pinRefused(e *smartcard.PINError) {
	if e.Blocked() {
		reader := t.s.Citizen.Reader + t.s.Officer.Reader // one of them is empty
		t.endVisit()
		t.s.Citizen.Reader = reader
		t.showFault(PINBlocked, FaultPINBlocked)
		return
	}
	k := newKeypad(e.Left)
	k.Wrong = true
	*t.keypad() = k
	t.show(t.s.Screen)
}
