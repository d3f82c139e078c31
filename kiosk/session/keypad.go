package session

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
		t.do(CheckPIN{Visit: t.s.Visit, Keep: t.s.Screen != OfficerPIN})
	}
}
