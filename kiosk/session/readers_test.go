package session

import (
	"fmt"
	"testing"

	"pue/devices/smartcard"
)

// atCounter puts a card into one of two readers: A is for citizens, B for officers.
func (s *story) atCounter(reader, name string) *story {
	s.who = name
	s.slotOf(reader, smartcard.CardIn)
	if s.s.Screen != Reading {
		return s
	}
	e := CardRead{Visit: s.s.Visit, Identity: beforePIN(name)}
	if name == "olga" || name == "fulvia" {
		e.Officer = &Enrolled{"op-1", "Olga R."}
	}
	return s.happens(e)
}

func (s *story) slotOf(reader string, slot smartcard.Slot) *story {
	role := map[string]ReaderRole{"A": CitizenReader, "B": OfficerReader}[reader]
	return s.happens(CardChange{smartcard.Change{Reader: reader, Slot: slot}, role})
}

func TestTheOfficersReaderBeginsNoCitizensVisit(t *testing.T) {
	s := begin(t).atCounter("B", "anna").wants(CardProblem)
	if s.s.Fault != FaultOfficersReader || s.s.Citizen.known() {
		t.Errorf("fault %v", s.s.Fault)
	}
	s.slotOf("B", smartcard.EmptySlot).wants(Welcome)
	// Nor does a card that lies there serve whoever begins at the screen.
	s.touches(Start, "").slotOf("B", smartcard.CardIn).touches(Continue, "").wants(InsertCard)
}

func TestACardInTheOfficersReaderLeavesACitizenAlone(t *testing.T) {
	for name, s := range map[string]*story{
		"notice":  begin(t).touches(Start, ""),
		"waiting": begin(t).touches(Start, "").touches(Continue, ""),
		"form":    begin(t).atCounter("A", "anna").touches(Continue, "").typesPIN().happens(LoggedIn{Visit: 2}).opens("naspi"),
	} {
		for _, who := range []string{"olga", "bruno"} {
			before := s.s.Screen
			if s.atCounter("B", who); s.s.Screen != before || len(s.effects) > 0 {
				t.Errorf("%s: the card of %s leads to %s", name, who, s.s.Screen)
			}
			s.slotOf("B", smartcard.EmptySlot).wants(before)
		}
	}
}

func TestAnOfficerBringsACitizenInFromAReaderOfTheirOwn(t *testing.T) {
	s := begin(t)
	s.m.presenceRequired = true
	s.atCounter("A", "anna").wants(CardProblem)
	s.atCounter("B", "olga").wants(OfficerPIN).typesPIN().wants(Board).touches(Assist, "").wants(Welcome)
	s.touches(Start, "").touches(Continue, "").wants(Reading) // the citizen's card is still in
	s.who = "anna"
	s.happens(CardRead{Visit: s.s.Visit, Identity: person("anna")}).wants(PIN).typesPIN().happens(LoggedIn{Visit: s.s.Visit}).wants(Home)
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Helper != "Olga R." {
		t.Errorf("helped by %q", v.Helper)
	}
	s.slotOf("B", smartcard.EmptySlot).wants(Home)
	s.slotOf("A", smartcard.EmptySlot).wants(Removed)
}

func TestAnOfficerWhoLocksIsAskedForTheCardInEveryReader(t *testing.T) {
	begin(t).atCounter("B", "olga").typesPIN().wants(Board).touches(Lock, "").wants(Goodbye).slotOf("B", smartcard.EmptySlot).wants(Removed)
}

func TestAnOfficersCardInTheCitizensReaderIsACitizens(t *testing.T) {
	s := begin(t).atCounter("A", "olga").wants(Notice).touches(Continue, "").wants(PIN)
	if s.typesPIN().wants(Checking); s.s.Officer.Reader != "" {
		t.Error("the board is unlocked")
	}
}

func TestACardThatCannotBeUsedIsCalledByItsName(t *testing.T) {
	for err, want := range map[error]Fault{smartcard.ErrPayment: FaultCardPayment, smartcard.ErrUnsupported: FaultCardForeign, smartcard.ErrBusy: FaultCardBusy, smartcard.ErrOldCIE: FaultCardOld} {
		s := begin(t).card(smartcard.CardIn)
		s.happens(CardRead{Visit: s.s.Visit, Err: fmt.Errorf("recognising the card: %w", err)}).wants(CardProblem)
		if s.s.Fault != want {
			t.Errorf("%v: fault %v", err, s.s.Fault)
		}
	}
}
