package session

import (
	"strings"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
)

// phoneMost is the longest number that can be typed: 00 and the 15 digits of
// ITU-T E.164 §6.2.1.
const phoneMost = 17

// phone is a number being typed for the case that something goes wrong.
type phone struct {
	ID     string // of the submission
	Number smartcard.Private
	// Problem is the message key of why the number was not taken.
	Problem string
	Busy    bool
	Back    Screen
}

// mayLeavePhone: a number serves while a submission can still go wrong, and only
// where an officer can read it.
func (s *State) mayLeavePhone(e *outbox.Entry) bool {
	switch e.State {
	case outbox.Filed, outbox.Withdrawn, outbox.Closed:
		return false
	}
	return s.Upkeep.Phones && s.Citizen.LoggedIn && !e.Phone
}

// touchPhoneOf leads to the keypad for a number, or takes the number back.
func (t *turn) touchPhoneOf(e *outbox.Entry, touch Touch) {
	t.s.Citizen.Told = ""
	switch {
	case touch.Act == GivePhone && t.s.mayLeavePhone(e):
		t.s.Citizen.Phone = phone{ID: e.ID, Back: t.s.Screen}
		t.show(LeavePhone)
	case touch.Act == DropPhone && e.Phone:
		t.do(KeepPhone{Visit: t.s.Visit, ID: e.ID})
	}
}

// touchPhone handles the keys of a telephone number. Unlike those of a PIN they
// are seen: the number has to be right.
func (t *turn) touchPhone(e Touch) {
	p := &t.s.Citizen.Phone
	typed := p.Number.Reveal()
	switch {
	case p.Busy:
		return
	case e.Act == GoBack:
		back := p.Back
		*p = phone{}
		t.show(back)
		return
	case e.Act == OK:
		t.keepPhone(typed)
		return
	case e.Act == Digit && len(e.Value) == 1 && strings.Contains("+0123456789", e.Value) && len(typed) < phoneMost:
		typed += e.Value
	case e.Act == Erase && typed != "":
		typed = typed[:len(typed)-1]
	case e.Act == EraseAll:
		typed = ""
	}
	p.Number, p.Problem = smartcard.NewPrivate(typed), ""
}

func (t *turn) keepPhone(typed string) {
	p := &t.s.Citizen.Phone
	number, ok := catalog.PhoneNumber(typed)
	if !ok {
		p.Problem = "leave-phone.wrong"
		return
	}
	p.Busy = true
	t.do(KeepPhone{Visit: t.s.Visit, ID: p.ID, Number: smartcard.NewPrivate(number)})
}

// phoneKept goes back to the submission, which says from now on that a number
// is left with it, or that none is.
func (t *turn) phoneKept(e PhoneKept) {
	c := &t.s.Citizen
	p := &c.Phone
	typing := t.s.Screen == LeavePhone && p.ID == e.ID
	switch {
	case e.Err != nil && typing:
		p.Busy, p.Problem = false, "leave-phone.trouble"
		return
	case e.Err != nil:
		if c.Entry.is(e.ID) || c.Opened.is(e.ID) {
			c.Told = "result.phone-stays"
		}
		return
	}
	c.Entry, c.Opened = c.Entry.withPhone(e), c.Opened.withPhone(e)
	if typing {
		back := p.Back
		*p = phone{}
		t.show(back)
	}
}

// is reports whether r is the submission with this id.
func (r *Request) is(id string) bool { return r != nil && r.ID == id }

// withPhone is r, knowing whether a number is left with it.
func (r *Request) withPhone(e PhoneKept) *Request {
	if !r.is(e.ID) {
		return r
	}
	known := *r
	known.Phone = e.There
	return &known
}
