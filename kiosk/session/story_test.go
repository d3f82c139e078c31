package session

import (
	"testing"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
)

// story drives the machine by hand and reads like what happens at the counter.
type story struct {
	t       *testing.T
	m       *machine
	s       State
	now     time.Time
	effects []Effect
	who     string // holds the card that was put in last
}

func begin(t *testing.T) *story {
	t.Helper()
	s := &story{t: t, m: testMachine(t), now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	s.s = s.m.begin(s.now)
	for _, d := range []string{"line", "printer", "documents", "reader"} {
		s.happens(DeviceChanged{Name: d, Status: devices.Status{State: devices.Ready}})
	}
	return s
}

func (s *story) happens(e Event) *story {
	s.now = s.now.Add(time.Second)
	s.s, s.effects = s.m.next(s.s, e, s.now)
	return s
}

// touches presses, and lets a healthy disk answer at once.
func (s *story) touches(act Act, value string) *story {
	s.happens(Touch{Visit: s.s.Visit, Screen: s.s.visible(), Act: act, Value: value})
	if s.s.visible() == Preparing && len(s.effects) > 0 {
		s.happens(Looked{s.s.Visit, s.s.Upkeep})
	}
	return s
}

func (s *story) wants(screen Screen) *story {
	s.t.Helper()
	if s.s.visible() != screen {
		s.t.Fatalf("screen %s, want %s", s.s.visible(), screen)
	}
	return s
}

func (s *story) card(slot smartcard.Slot) *story {
	return s.happens(CardChange{Change: smartcard.Change{Reader: "A", Slot: slot}})
}

func (s *story) inserts(name string) *story {
	s.card(smartcard.CardIn).wants(Reading)
	s.who = name
	e := CardRead{Visit: s.s.Visit, Identity: beforePIN(name)}
	if name == "olga" || name == "fulvia" {
		e.Officer = &Enrolled{"op-1", "Olga R."}
	}
	return s.happens(e)
}

func (s *story) pulls() *story { return s.card(smartcard.EmptySlot) }

func (s *story) typesPIN() *story {
	return s.typesDigits().happens(PINChecked{Visit: s.s.Visit, Card: person(s.who).Fingerprint, Identity: person(s.who)})
}

// typesDigits offers a PIN, and the card has not answered yet.
func (s *story) typesDigits() *story {
	for range pinMax {
		s.touches(Digit, "1")
	}
	return s.touches(OK, "")
}

func (s *story) logsIn(name string) *story {
	s.touches(Start, "").wants(Notice).touches(Continue, "").wants(InsertCard)
	s.inserts(name).wants(PIN).typesPIN().wants(Checking)
	return s.happens(LoggedIn{Visit: s.s.Visit}).wants(Home)
}

// opens leads to the first question of a service.
func (s *story) opens(service string) *story {
	s.touches(Open, service)
	if s.s.visible() == Bring {
		s.touches(Continue, "")
	}
	return s
}

func (s *story) fillsForm() *story {
	s.opens("naspi").wants(Form)
	for range 20 {
		if s.s.Screen != Form {
			break
		}
		s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
		if p := s.s.Citizen.Form.Problems; len(p) > 0 {
			s.t.Fatalf("the test's own answers are refused: %v", p)
		}
	}
	return s.wants(Review)
}

func (s *story) wantsEffect(want Effect) *story {
	s.t.Helper()
	for _, e := range s.effects {
		if eventlessEqual(e, want) {
			return s
		}
	}
	s.t.Fatalf("effects %T, want %T", s.effects, want)
	return s
}

func eventlessEqual(a, b Effect) bool {
	pa, ok := a.(Print)
	pb, also := b.(Print)
	if ok && also {
		return pa.Order.Kind == pb.Order.Kind
	}
	return a == b
}
