package session

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/smartcard"
)

func TestACIENamesItsHolderOnceItsPINIsRight(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("bruno").wants(PIN)
	if k := s.m.snapshot(&s.s, Place{}, NoticeView{}).Keypad; k.Min != 8 || k.Max != 8 {
		t.Errorf("keypad %+v", k)
	}
	if c := s.s.Citizen; c.Identity.Complete() || !c.Identity.TaxCode.IsZero() {
		t.Error("the holder is known before the PIN")
	}
	for range 7 {
		s.touches(Digit, "1")
	}
	if s.touches(OK, ""); s.s.Citizen.Keypad.Busy {
		t.Error("seven digits were offered to a card whose PIN has eight")
	}
	s.touches(EraseAll, "").typesPIN().wants(Checking).happens(LoggedIn{Visit: s.s.Visit}).wants(Home)
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Tiles.GivenName.Reveal() != "bruno" {
		t.Error("nobody is greeted")
	}
}

func TestTheFormOfACIEWaitsForTheSameCard(t *testing.T) {
	s := begin(t).logsIn("bruno").fillsForm().pulls().wants(Removed)
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Card != smartcard.CIE {
		t.Errorf("the page asks for a %q back", v.Card)
	}
	s.inserts("bruno").wants(PIN).typesPIN().happens(LoggedIn{Visit: s.s.Visit}).wants(Form)
	s.pulls().wants(Removed).inserts("anna")
	if s.wants(Notice); s.s.Citizen.Form != nil || s.s.Paused != nil {
		t.Error("another card finds the form")
	}
}

// A CIE lies on a plate: it slips, and the card says so before the reader does.
func TestACIEThatSlipsOffItsPlateIsACardThatWasTakenOut(t *testing.T) {
	gone := smartcard.ErrRemoved
	signing := func() *story {
		return begin(t).logsIn("bruno").fillsForm().touches(Confirm, "").wants(SignPIN).typesDigits()
	}
	for name, c := range map[string]struct {
		s      *story
		event  func(visit uint64) Event
		screen Screen
	}{
		"reading":    {begin(t).touches(Start, "").touches(Continue, "").card(smartcard.CardIn), func(v uint64) Event { return CardRead{Visit: v, Err: gone} }, CardProblem},
		"first PIN":  {begin(t).touches(Start, "").touches(Continue, "").inserts("bruno").typesDigits(), func(v uint64) Event { return PINChecked{Visit: v, Err: gone} }, InsertCard},
		"log-in":     {begin(t).touches(Start, "").touches(Continue, "").inserts("bruno").typesPIN(), func(v uint64) Event { return LoggedIn{Visit: v, Err: gone} }, Removed},
		"second PIN": {signing(), func(v uint64) Event { return PINChecked{Visit: v, Err: gone} }, Removed},
		"signature":  {signing().happens(PINChecked{Visit: 2, Identity: person("bruno")}).wants(Saving), func(v uint64) Event { return Stored{Visit: v, Err: gone} }, Removed},
		"officer":    {begin(t).inserts("fulvia").typesDigits(), func(v uint64) Event { return PINChecked{Visit: v, Err: gone} }, Welcome},
	} {
		had := c.s.s.Citizen.Form != nil
		c.s.happens(c.event(c.s.s.Visit))
		if c.s.s.visible() != c.screen {
			t.Errorf("%s: screen %s, want %s", name, c.s.s.visible(), c.screen)
		}
		if c.s.s.Citizen.known() || c.s.s.Officer.Reader != "" || (c.s.s.Paused != nil) != had {
			t.Errorf("%s: somebody is still here, or the form does not wait: %v", name, c.s.s.Paused)
		}
		visit := c.s.s.Visit
		if c.s.pulls(); c.s.s.Visit != visit {
			t.Errorf("%s: the reader's word counts twice", name)
		}
		c.s.card(smartcard.CardIn).wants(Reading)
	}
}

func TestANothingStoredIsSaidWhenTheCardSlipsBeforeItsSignature(t *testing.T) {
	s := begin(t).logsIn("bruno").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	s.happens(Stored{Visit: s.s.Visit, Err: smartcard.ErrRemoved}).wants(Removed)
	if s.s.Fault != FaultNothingStored || s.s.Finish != 0 {
		t.Errorf("fault %v, waiting for visit %d", s.s.Fault, s.s.Finish)
	}
}

func TestAPINThatAnotherProgramMadeTheCardForgetIsAskedAgainWithoutBlame(t *testing.T) {
	for name, s := range map[string]*story{
		"first":  begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesDigits(),
		"second": begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesDigits(),
		"board":  begin(t).inserts("olga").typesDigits(),
	} {
		screen := s.s.Screen
		s.happens(PINChecked{Visit: s.s.Visit, Err: smartcard.ErrReset}).wants(screen)
		if k := s.m.snapshot(&s.s, Place{}, NoticeView{}).Keypad; !k.Again || k.Wrong || k.Busy || k.Typed != 0 {
			t.Errorf("%s: keypad %+v", name, k)
		}
	}
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	s.happens(Stored{Visit: s.s.Visit, Err: smartcard.ErrPINRequired}).wants(SignPIN)
	s = begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesPIN().wants(Checking)
	s.happens(LoggedIn{Visit: s.s.Visit, Err: smartcard.ErrReset}).wants(PIN)
}

func TestACIEWhoseCertificateIsNoGoodIsRefusedAfterItsPIN(t *testing.T) {
	for chain, want := range map[smartcard.Chain]Fault{
		smartcard.ChainExpired: FaultCardExpired, smartcard.ChainUntrusted: FaultCardUntrusted, smartcard.ChainRevoked: FaultCardRevoked,
	} {
		for _, who := range []string{"bruno", "fulvia"} {
			s := begin(t).inserts(who)
			if s.s.Screen == Notice {
				s.touches(Continue, "")
			}
			id := person(who)
			id.Chain = chain
			s.typesDigits().happens(PINChecked{Visit: s.s.Visit, Identity: id}).wants(CardProblem)
			if s.s.Fault != want || s.s.Citizen.known() {
				t.Errorf("%s %s: fault %v", who, chain, s.s.Fault)
			}
		}
	}
}

func TestACIELogsInAndSignsWithTwoPINs(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.card.holder = "bruno"
		w.logIn(t)
		if w.card.verified {
			t.Error("the card keeps its PIN verified after the log-in")
		}
		w.apply(t)
		if got := w.inps.record.Subject.Reveal(); got != "bruno" {
			t.Errorf("the record is about %q", got)
		}
		if w.card.asked != 2 {
			t.Errorf("%d PINs were offered, two were typed", w.card.asked)
		}
		if bytes.Contains(w.log.Bytes(), []byte("bruno")) {
			t.Error("the log names the holder")
		}
	})
}

func TestAnotherCardThanTheOneThatWasReadIsNotServed(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.card.holder, w.card.exchanged = "bruno", true
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		w.wants(t, CardProblem)
		if f := w.Snapshot().Fault; *f != FaultCardBroken || w.inps.asked() != 0 {
			t.Errorf("fault %v, %d log-ins", f, w.inps.asked())
		}
	})
}

func TestAnOfficerWithACIEUnlocksTheBoard(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := liveWith(t, func(o *Options, _ *machine) {
			o.Officers[person("fulvia").Fingerprint] = Enrolled{"op-2", "Fulvia M."}
		})
		w.card.holder = "fulvia"
		w.slot(smartcard.CardIn)
		w.wants(t, OfficerPIN)
		w.typePIN("12345678")
		w.wants(t, Board)
		time.Sleep(time.Second)
		if w.card.verified {
			t.Error("the officer's card keeps its PIN verified behind the board")
		}
	})
}
