package session

import (
	"errors"
	"maps"
	"slices"

	"pue/devices/smartcard"
)

// cardChange is the road by which every card comes and goes.
func (t *turn) cardChange(e CardChange) {
	reader, slot := e.Reader, e.Slot
	was := t.s.Slots[reader]
	t.setSlot(e)
	if was == slot && slot != smartcard.CardIn {
		return
	}
	if reader == t.s.Left {
		t.s.Left = ""
	}
	if reader == t.s.Waiting {
		t.s.Waiting = ""
	}
	if reader == t.s.Citizen.Reader || reader == t.s.Officer.Reader {
		t.cardOut() // gone, or exchanged faster than the reader could tell
	}
	if slot == smartcard.CardIn || slot == smartcard.MuteCard {
		t.cardIn(reader, slot)
	}
}

func (t *turn) setSlot(e CardChange) {
	t.s.Slots, t.s.Roles = maps.Clone(t.s.Slots), maps.Clone(t.s.Roles)
	if t.s.Roles == nil {
		t.s.Roles = map[string]ReaderRole{}
	}
	t.s.Slots[e.Reader], t.s.Roles[e.Reader] = e.Slot, e.Role
	if e.Slot == smartcard.NoReader {
		delete(t.s.Slots, e.Reader)
		delete(t.s.Roles, e.Reader)
	}
}

// cardIn starts a visit, or continues one that waits for its card.
func (t *turn) cardIn(reader string, slot smartcard.Slot) {
	officers := t.s.Roles[reader] == OfficerReader
	if t.s.lent() || t.s.Citizen.Reader != "" && !(officers && t.waitsForOfficer()) {
		return
	}
	switch t.s.Screen {
	case Welcome, OutOfOrder:
	case Notice, NoticeFull, InsertCard, TakePaper, CardProblem, NoCard, Cardless, OwnCode, CodeState:
		if officers && !t.waitsForOfficer() {
			return // a citizen stands here
		}
	case Removed:
		if t.s.Finish != 0 {
			t.s.Waiting = reader // let what was signed be stored first: nextInLine
			return
		}
	default:
		return // another reader, while somebody is served
	}
	t.alive()
	t.read(reader, slot)
}

// waitsForOfficer: a citizen is told that nothing goes on without an officer, or
// until somebody has looked into the printer.
func (t *turn) waitsForOfficer() bool {
	return t.s.Screen == TakePaper || t.s.Screen == CardProblem && (t.s.Fault == FaultNeedsOfficer || t.s.Fault == FaultClosed)
}

// nextInLine reads the card that was put in while a submission was finished,
// once its outcome was shown.
func (t *turn) nextInLine() bool {
	reader := t.s.Waiting
	if t.s.Screen != Removed || reader == "" {
		return false
	}
	t.s.Waiting = ""
	t.read(reader, t.s.Slots[reader])
	return true
}

// filledReader is the first reader that holds a card nobody forgot, and that a
// citizen may have put there.
func (s *State) filledReader() (string, smartcard.Slot) {
	for _, reader := range slices.Sorted(maps.Keys(s.Slots)) {
		if slot := s.Slots[reader]; reader != s.Left && s.Roles[reader] != OfficerReader && (slot == smartcard.CardIn || slot == smartcard.MuteCard) {
			return reader, slot
		}
	}
	return "", smartcard.NoReader
}

// read looks at the card in reader, wherever the visitor is on the way in.
func (t *turn) read(reader string, slot smartcard.Slot) {
	if t.s.Screen == Removed && t.s.Paused == nil {
		t.s.View = plain // somebody else, who chooses anew
		t.adoptCatalogue()
	}
	t.again()
	t.s.Citizen.Reader = reader
	if slot == smartcard.MuteCard {
		t.showFault(CardProblem, FaultCardMute)
		return
	}
	t.show(Reading)
	t.do(ReadCard{Visit: t.s.Visit, Reader: reader})
}

// again ends the visit of a card but not of the visitor: the notice that was
// read stays, and so does a form that still waits for its card.
func (t *turn) again() {
	notice, paused := t.s.Citizen.Notice, t.s.Paused
	t.endVisit()
	t.s.Citizen.Notice = notice
	if paused != nil && t.now.Before(paused.Until) {
		t.s.Paused = paused
	}
}

// cardRead decides where a card leads: an officer's to the unlocking, a
// citizen's to the notice or the PIN.
func (t *turn) cardRead(e CardRead) {
	if e.Err != nil {
		t.cardFailed(e.Err)
		return
	}
	role := t.s.Roles[t.s.Citizen.Reader]
	if role == CitizenReader {
		e.Officer = nil // who puts a card there is a citizen
	}
	card := e.Identity.Fingerprint
	if p := t.s.Paused; p != nil && e.Officer == nil && p.Card != card {
		t.s.Paused, t.s.View = nil, plain // another citizen
	}
	switch f := t.refusal(e, role); {
	case f != (Fault{}):
		t.s.Citizen.Identity = e.Identity // which says where to go with the card
		t.refuseCard(f)
	case e.Officer != nil:
		t.askOfficer(*e.Officer, e.Identity)
	case t.waitsForPaper(e.Identity):
	default:
		t.admit(e.Identity)
	}
}

// refusal is why this card is not served here now.
func (t *turn) refusal(e CardRead, role ReaderRole) Fault {
	switch f := chainFault(e.Identity.Chain); {
	case f != (Fault{}), e.Officer != nil:
		return f
	case role == OfficerReader:
		return FaultOfficersReader
	case t.s.Closed:
		return FaultClosed
	case t.presenceRequired && !t.s.Officer.present():
		return FaultNeedsOfficer
	}
	return Fault{}
}

// admit leads a citizen's card to the notice, or to the PIN when its holder has
// read the notice.
func (t *turn) admit(id smartcard.Identity) {
	c, paused := &t.s.Citizen, t.s.Paused
	t.s.Paused = nil
	c.Identity = id
	if c.Notice.By != ([32]byte{}) && c.Notice.By != id.Fingerprint {
		c.Notice = noticed{} // another person's eyes
	}
	if paused != nil {
		c.Form = paused.clone()
		c.Form.Resumed = true
		c.Notice.Seen = true
	}
	if !c.Notice.Seen {
		t.show(Notice)
		return
	}
	c.Notice.By = id.Fingerprint
	t.askPIN(PIN)
}

// cardFailed ends the use of a card that did not do what it was asked. One that is
// gone before its reader says so was taken out, or has slipped off its plate.
func (t *turn) cardFailed(err error) {
	if errors.Is(err, smartcard.ErrRemoved) {
		t.slipped()
		return
	}
	t.refuseCard(cardFault(err))
}

// slipped is cardOut for a card that is gone before its reader says so.
func (t *turn) slipped() {
	reader := t.s.Citizen.Reader + t.s.Officer.Reader // one of them is empty
	t.setSlot(CardChange{smartcard.Change{Reader: reader, Slot: smartcard.EmptySlot}, t.s.Roles[reader]})
	t.cardOut()
}

// refuseCard shows what is wrong with the card in the reader and lets go of it.
// The form of a card that failed waits for it like that of a card that was
// pulled.
func (t *turn) refuseCard(f Fault) {
	reader, kind := t.s.Citizen.Reader+t.s.Officer.Reader, t.card().Kind // one reader is empty
	if form := t.s.Citizen.Form; form != nil && t.resume > 0 {
		t.s.Paused = form.clone()
		t.s.Paused.Kind = kind
		t.s.Paused.Until = t.now.Add(t.resume)
	}
	if t.s.Officer.Reader != "" {
		t.s.Officer = officer{}
	}
	t.again()
	t.s.Citizen.Reader = reader
	t.showFault(CardProblem, f)
	t.s.FaultOf = kind
}

// cardOut is the same from every screen: what is personal is gone before this
// turn ends. What differs is only which calm screen comes next.
func (t *turn) cardOut() {
	t.alive()
	switch screen, paused := t.s.Screen, t.s.Paused; {
	case t.s.Officer.Reader != "":
		t.lock()
	case t.s.Citizen.LoggedIn, t.s.Citizen.Form != nil, t.s.Citizen.Cardless, screen == Goodbye, t.s.Print.Return == Goodbye, screen == PINBlocked:
		t.farewell()
	case t.s.Citizen.LetGo && (t.s.Citizen.WantsForm.Service != nil || screen != Notice && screen != NoticeFull && screen != NoCard):
		t.again()
		t.show(Cardless) // no card was needed for what was read
	case paused != nil && (screen == Reading || screen == CardProblem || screen == TakePaper):
		t.again()
		t.pause(paused)
	case screen == TakePaper:
		t.rest()
	case screen == Reading:
		t.again()
		t.showFault(CardProblem, FaultCardPulled)
	case screen == Printing || screen == PrintTrouble || screen == Printed:
		t.again() // only the notice can be printed before the PIN
		t.show(NoticeFull)
	case screen == Notice || screen == NoticeFull || screen == NoCard:
		t.again()
		t.show(screen)
	case t.s.Citizen.Notice.Seen:
		t.again()
		t.show(InsertCard)
		if reader, slot := t.s.filledReader(); reader != "" {
			t.read(reader, slot) // the better card was put into another reader
		}
	default:
		t.rest()
	}
}

// farewell blanks the screen of a citizen whose card is gone. A form that was
// being filled waits for the same card; one that was being signed is stored or
// given up by whoever holds the card's signature.
func (t *turn) farewell() {
	c, claim := t.s.Citizen, t.s.Farewell.Claim
	signing := t.s.Screen == Saving && c.Entry == nil
	if signing {
		t.s.Finish = t.s.Visit
	}
	if c.Entry != nil {
		claim = c.Entry.Claim
		t.printLeftReceipt()
	}
	t.again() // a form may wait through an officer's visit
	t.s.Citizen, t.s.HelpCalled = citizen{}, false
	t.s.Farewell = FarewellView{Claim: claim}
	t.show(Removed)
	if t.s.Paused != nil {
		t.pause(t.s.Paused)
	}
	if c.Form == nil || c.Cardless || t.resume == 0 {
		return // what was asked for without a card waits for none
	}
	waits := c.Form.clone()
	waits.Kind = c.Identity.Kind
	waits.Until = t.now.Add(t.resume)
	if signing {
		t.s.Unsigned = waits
		return
	}
	t.pause(waits)
}

// pause keeps a form for the card that was pulled, for nobody else.
func (t *turn) pause(d *draft) {
	t.show(Removed)
	t.s.Paused, t.s.Farewell.Resume, t.s.Farewell.Card = d, d.Until, d.Kind
}
