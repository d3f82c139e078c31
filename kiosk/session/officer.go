package session

import (
	"pue/devices/smartcard"
	"pue/kiosk/audit"
)

// askOfficer leads an enrolled card to the unlocking. Nothing of a citizen can
// be on the screen here: cards are read only when nobody is served.
func (t *turn) askOfficer(who Enrolled, id smartcard.Identity) {
	reader := t.s.Citizen.Reader
	t.endPresence() // whoever was beside the citizens is replaced
	t.s.Citizen = citizen{}
	t.s.Officer = officer{Pseudonym: who.Pseudonym, Name: who.Name, Reader: reader, Card: faceOf(id)}
	t.askPIN(OfficerPIN)
}

// unlock shows the board.
func (t *turn) unlock() {
	t.s.Officer.Unlocked, t.s.Officer.Keypad = true, Keypad{}
	t.s.HelpCalled = false
	t.do(note(audit.Event{Name: audit.OfficerUnlocked, Officer: t.s.Officer.Pseudonym}))
	t.noteUnasked(t.s.Officer.Revocation, t.s.Officer.Pseudonym)
	t.do(EnrolOfficer{Visit: t.s.Visit, Officer: t.s.Officer.Pseudonym})
	t.readDesk()
	t.show(Board)
}

// lock ends the unlocking or the board.
func (t *turn) lock() {
	if t.s.Officer.Unlocked {
		t.do(note(audit.Event{Name: audit.OfficerLocked, Officer: t.s.Officer.Pseudonym}))
	}
	t.leaveBoard(false)
	t.s.Officer = officer{}
}

// leaveBoard asks for the officer's card, if it is still in. Who goes on to help a
// citizen may leave it in a reader that no citizen uses.
func (t *turn) leaveBoard(helps bool) {
	reader, card := t.s.Officer.Reader, t.s.Officer.Card.Kind
	stays := helps && t.s.Roles[reader] == OfficerReader
	t.again()
	switch {
	case t.s.Slots[reader] == smartcard.CardIn && !stays:
		t.s.Citizen.Reader = reader
		t.s.Farewell = FarewellView{CardIn: true, Card: card}
		t.show(Goodbye)
	case t.s.Paused != nil:
		t.pause(t.s.Paused)
	default:
		t.rest()
	}
}

// endPresence sends the officer away from the citizen's side.
func (t *turn) endPresence() {
	if !t.s.Officer.present() {
		return
	}
	t.do(note(audit.Event{Name: audit.OfficerLeft, Officer: t.s.Officer.Pseudonym}))
	t.s.Officer = officer{}
}

// actor is the officer recorded on what a citizen does; never a subject.
func (t *turn) actor() string {
	if t.s.Officer.present() {
		return t.s.Officer.Pseudonym
	}
	return ""
}
