package session

import (
	"errors"

	"pue/devices/smartcard"
)

// pinMax is how many digits the longest PIN of any card has: it is padded to 8 bytes.
const pinMax = 8

// keypad is the one that the person at the screen types on.
func (s *State) keypad() *Keypad {
	if s.Officer.Reader != "" {
		return &s.Officer.Keypad
	}
	return &s.Citizen.Keypad
}

// card is whose PIN is typed.
func (t *turn) card() face {
	if t.s.Officer.Reader != "" {
		return t.s.Officer.Card
	}
	return faceOf(t.s.Citizen.Identity)
}

// askPIN asks for the PIN on one of the screens with a keypad: by way of a page of
// its own when the next wrong one may block the card.
func (t *turn) askPIN(on Screen) {
	card := t.card()
	k := t.s.keypad()
	*k = Keypad{Min: card.PIN.Least, Max: min(card.PIN.Most, pinMax), Left: -1}
	left, last := t.s.LastTries.find(card.Fingerprint)
	if !last {
		t.show(on)
		return
	}
	k.Left = left
	t.s.Citizen.Tries = on
	t.show(LastTry)
}

// askPINAfterReset asks again for a PIN that was right, and that another program has
// made the card forget.
func (t *turn) askPINAfterReset(on Screen) {
	t.askPIN(on)
	t.s.keypad().Again = true
}

// touchLastTry takes the wish to try once more, or not to.
func (t *turn) touchLastTry(e Touch) {
	c := &t.s.Citizen
	switch on := c.Tries; {
	case e.Act == Confirm:
		c.Tries = ""
		t.show(on)
	case e.Act != GoBack:
	case on == SignPIN:
		t.show(Review)
	case c.LoggedIn:
		t.goHome()
	default:
		t.leave()
	}
}

// press handles the keys of a PIN. The digits go to the buffer, the count stays.
func (t *turn) press(e Touch) {
	k := t.s.keypad()
	if k.Busy {
		return
	}
	switch {
	case e.Act == Digit && len(e.Value) == 1 && '0' <= e.Value[0] && e.Value[0] <= '9' && k.Typed < k.Max:
		k.Typed++
		k.Wrong, k.Again = false, false
		t.do(KeepDigit{Digit: e.Value[0]})
	case e.Act == Erase && k.Typed > 0:
		k.Typed--
		t.do(DropDigit{})
	case e.Act == EraseAll:
		k.Typed = 0
		t.do(WipePIN{})
	case e.Act == OK && k.Typed >= k.Min:
		k.Typed, k.Busy, k.Wrong = 0, true, false
		t.do(CheckPIN{Visit: t.s.Visit, Keep: t.s.Screen != OfficerPIN, Secret: t.s.Screen == OfficerPIN})
	}
}

// pinChecked continues what the PIN was for.
func (t *turn) pinChecked(e PINChecked) {
	var refused *smartcard.PINError
	switch {
	case errors.As(e.Err, &refused):
		t.pinRefused(refused)
	case wasReset(e.Err):
		t.askPINAfterReset(t.s.Screen)
	case e.Err != nil:
		t.cardFailed(e.Err)
	case e.Identity.Fingerprint != t.card().Fingerprint:
		t.refuseCard(FaultCardBroken)
	case chainFault(e.Identity.Chain) != (Fault{}):
		t.refuseCard(chainFault(e.Identity.Chain))
	case t.s.Screen == PIN:
		t.s.Citizen.Identity = e.Identity
		t.logIn()
	case t.s.Screen == SignPIN:
		t.s.Citizen.Keypad = Keypad{}
		t.submit()
	case t.s.Screen == OfficerPIN:
		t.unlock()
	}
}

// learnTries keeps what an attempt did to the counter of its card, even if the card
// was pulled before the answer was heard.
func (t *turn) learnTries(e PINChecked) {
	var refused *smartcard.PINError
	switch wrong := errors.As(e.Err, &refused); {
	case wrong && !refused.Blocked():
		t.s.LastTries = t.s.LastTries.with(e.Card, refused.Left)
	case wrong, e.Err == nil:
		t.s.LastTries = t.s.LastTries.without(e.Card)
	case !wasReset(e.Err):
		t.s.LastTries = t.s.LastTries.unheard(e.Card)
	}
}

func (t *turn) pinRefused(e *smartcard.PINError) {
	card := t.card()
	if !e.Blocked() {
		t.askPIN(t.s.Screen)
		k := t.s.keypad()
		k.Left, k.Wrong = e.Left, true
		return
	}
	reader := t.s.Citizen.Reader + t.s.Officer.Reader // one of them is empty
	t.s.Officer = officer{Pseudonym: t.s.Officer.Pseudonym, Name: t.s.Officer.Name, Until: t.s.Officer.Until}
	t.endVisit()
	t.s.Citizen.Reader = reader
	t.showFault(PINBlocked, FaultPINBlocked)
	t.s.FaultOf = card.Kind
}
