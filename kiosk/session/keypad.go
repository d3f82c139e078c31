package session

import (
	"errors"

	"pue/devices/smartcard"
)

// Lengths of a CNS PIN in digits (CNS functional specification: 5 to 8).
const pinMin, pinMax = 5, 8

func newKeypad(left int) Keypad { return Keypad{Min: pinMin, Max: pinMax, Left: left} }

// keypad is the one that the screen shows.
func (t *turn) keypad() *Keypad {
	if t.s.Screen == OfficerPIN {
		return &t.s.Officer.Keypad
	}
	return &t.s.Citizen.Keypad
}

// press handles the keys of a PIN. The digits go to the buffer, the count stays.
func (t *turn) press(e Touch) {
	k := t.keypad()
	if k.Busy {
		return
	}
	switch {
	case e.Act == Digit && len(e.Value) == 1 && '0' <= e.Value[0] && e.Value[0] <= '9' && k.Typed < k.Max:
		k.Typed++
		k.Wrong = false
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
func (t *turn) pinChecked(err error) {
	var refused *smartcard.PINError
	switch {
	case errors.As(err, &refused):
		t.pinRefused(refused)
	case err != nil:
		t.refuseCard(cardFault(err))
	case t.s.Screen == PIN:
		t.logIn()
	case t.s.Screen == SignPIN:
		t.s.Citizen.Keypad = newKeypad(-1)
		t.submit()
	case t.s.Screen == OfficerPIN:
		t.unlock()
	}
}

func (t *turn) pinRefused(e *smartcard.PINError) {
	if !e.Blocked() {
		k := newKeypad(e.Left)
		k.Wrong = true
		*t.keypad() = k
		t.show(t.s.Screen)
		return
	}
	reader := t.s.Citizen.Reader + t.s.Officer.Reader // one of them is empty
	t.s.Officer = officer{Pseudonym: t.s.Officer.Pseudonym, Name: t.s.Officer.Name, Until: t.s.Officer.Until}
	t.endVisit()
	t.s.Citizen.Reader = reader
	t.showFault(PINBlocked, FaultPINBlocked)
}
