package session

import (
	"cmp"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
)

// Paper that waits in the mouth of the printer is somebody's: the next person is not
// served beside it. It ends when the printer says that the mouth is empty, when an
// officer says so, or after a time, since a sensor may hang.

// mouth is the paper that waits for a hand.
type mouth struct {
	Filled bool
	Until  time.Time // the next person waits for it; zero once an officer has looked
}

// paperInMouth: the printer says that a paper waits in its mouth.
func (s *State) paperInMouth() bool {
	return s.Printer.State == devices.Attention && s.Printer.Reason == "paper-in-mouth"
}

// noteMouth follows what the printer says of its mouth. It names one trouble at a
// time: one that asks for a hand does not say that the paper is gone.
func (t *turn) noteMouth() {
	waits := t.s.paperInMouth()
	switch m := &t.s.Mouth; {
	case !waits && t.s.Printer.State == devices.Attention:
	case !waits:
		*m = mouth{}
	case !m.Filled:
		*m = mouth{true, t.now.Add(t.mouthPatience)}
	}
	switch {
	case t.s.Screen == TakePaper:
		t.afterPaper()
	case waits && t.s.beforePIN():
		t.paperFirst() // it came while the next person was on the way in
	}
}

// holds: the paper comes before the next person.
func (m mouth) holds(now time.Time) bool { return m.Filled && now.Before(m.Until) }

// beforePIN: who stands there is on the way in, and has printed nothing yet.
func (s *State) beforePIN() bool {
	if s.Citizen.LoggedIn || s.Citizen.Printed || s.Officer.Reader != "" {
		return false
	}
	switch s.Screen {
	case Notice, NoticeFull, InsertCard:
		return true
	case PIN:
		return !s.Citizen.Keypad.Busy
	}
	return false
}

// paperFirst asks for the paper, before anything of the person who came is asked.
func (t *turn) paperFirst() {
	if !t.s.Mouth.holds(t.now) {
		return
	}
	t.do(WipePIN{})
	t.s.Citizen.Keypad = Keypad{}
	t.showFault(TakePaper, FaultPaperWaits)
}

// afterPaper lets in who waited for the mouth to be empty, to where they were going.
func (t *turn) afterPaper() {
	switch c := &t.s.Citizen; {
	case t.s.Mouth.holds(t.now):
	case c.known():
		t.admit(c.Identity)
	default:
		act := cmp.Or(c.Awaits, Start)
		c.Awaits = ""
		t.show(Welcome)
		t.touchEntrance(Touch{Act: act})
	}
}

// waits: the sensor says so, and no officer has looked.
func (m mouth) waits() bool { return m.Filled && !m.Until.IsZero() }

// freeMouth takes an officer's word that the paper is gone, whatever the sensor says.
func (t *turn) freeMouth() {
	if t.s.Mouth.waits() {
		t.s.Mouth.Until = time.Time{}
		t.do(note(audit.Event{Name: audit.MouthEmptied, Officer: t.s.Officer.Pseudonym}))
	}
}

// waitsForPaper begins a visit with the paper of the one before, if that is still
// there.
func (t *turn) waitsForPaper(id smartcard.Identity) bool {
	if !t.s.Mouth.holds(t.now) {
		return false
	}
	t.s.Citizen.Identity = id
	t.paperFirst()
	return true
}
