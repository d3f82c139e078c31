package session

import (
	"testing"
	"time"

	"pue/devices/smartcard"
)

// refused is the word of the card that the PIN was wrong.
func (s *story) refused(left int) *story {
	return s.happens(PINChecked{Visit: s.s.Visit, Card: person(s.who).Fingerprint, Err: &smartcard.PINError{Left: left}})
}

// checks reports whether a PIN is being offered to the card.
func (s *story) checks() bool {
	for _, e := range s.effects {
		if _, ok := e.(CheckPIN); ok {
			return true
		}
	}
	return false
}

func TestBeforeTheLastTryAPageSaysWhatItCosts(t *testing.T) {
	for name, who := range map[string]string{"CNS": "anna", "CIE": "bruno"} {
		s := begin(t).touches(Start, "").touches(Continue, "").inserts(who).typesDigits()
		s.refused(2).wants(PIN).typesDigits().refused(1).wants(LastTry)
		for _, act := range []Act{OK, Digit, Continue, Start, Stay} {
			if s.touches(act, "1"); s.checks() || s.s.Screen != LastTry {
				t.Errorf("%s: %s goes on without a yes", name, act)
			}
		}
		s.touches(Confirm, "").wants(PIN)
		if k := s.s.Citizen.Keypad; k.Left != 1 || !k.Wrong {
			t.Errorf("%s: keypad %+v", name, k)
		}
		s.typesDigits().refused(0).wants(PINBlocked)
		if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Card != person(who).Kind {
			t.Errorf("%s: the page speaks of a %q", name, v.Card)
		}
		if len(s.s.LastTries) != 0 {
			t.Errorf("%s: a card that is blocked has no last try", name)
		}
	}
}

func TestTheLastTryIsRememberedOverRemovalsUntilARightPIN(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("bruno").typesDigits().refused(1).wants(LastTry)
	s.pulls().wants(InsertCard).inserts("anna").wants(Notice)
	s.pulls().wants(Notice)
	s.now = s.now.Add(time.Hour)
	s.happens(Tick{}).happens(Tick{})
	s.now = s.now.Add(time.Hour)
	s.happens(Tick{}).wants(Welcome)
	s.touches(Start, "").touches(Continue, "").inserts("bruno").wants(LastTry).touches(Confirm, "").wants(PIN).typesPIN().wants(Checking)
	s.happens(LoggedIn{Visit: s.s.Visit}).fillsForm().touches(Confirm, "").wants(SignPIN)
}

func TestTheLastTryIsKnownOfACardThatWasPulledBeforeItsAnswerWasHeard(t *testing.T) {
	for _, left := range []int{1, -1} {
		s := begin(t).touches(Start, "").touches(Continue, "").inserts("bruno").typesDigits()
		visit := s.s.Visit
		s.pulls().happens(PINChecked{Visit: visit, Card: person("bruno").Fingerprint, Err: &smartcard.PINError{Left: left}}).wants(InsertCard)
		s.inserts("bruno").wants(LastTry)
	}
	s := begin(t).inserts("olga").typesDigits()
	visit := s.s.Visit
	s.pulls().happens(PINChecked{Visit: visit, Card: person("olga").Fingerprint, Err: &smartcard.PINError{Left: 1}}).inserts("olga").wants(LastTry)
}

func TestAnAttemptThatNobodyHeardOfMayHaveBeenTheLastButOne(t *testing.T) {
	for err, want := range map[error]Screen{smartcard.ErrRemoved: LastTry, smartcard.ErrUnreadable: LastTry, smartcard.ErrReset: PIN} {
		s := begin(t).touches(Start, "").touches(Continue, "").inserts("bruno").typesDigits().refused(2).wants(PIN).typesDigits()
		s.happens(PINChecked{Visit: s.s.Visit, Card: person("bruno").Fingerprint, Err: err})
		if s.s.Screen != PIN {
			s.pulls().touches(Start, "").touches(Continue, "").inserts("bruno")
		}
		if s.s.Screen == Notice {
			s.touches(Continue, "")
		}
		if s.s.Screen != want {
			t.Errorf("%v: screen %s, want %s", err, s.s.Screen, want)
		}
	}
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("bruno").typesDigits()
	s.happens(PINChecked{Visit: s.s.Visit, Card: person("bruno").Fingerprint, Err: smartcard.ErrRemoved}).inserts("bruno").wants(PIN)
}

func TestWhoDoesNotTryAgainLosesNothing(t *testing.T) {
	begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesDigits().refused(1).wants(LastTry).touches(GoBack, "").wants(Goodbye).pulls().wants(Removed)
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesDigits()
	s.refused(1).wants(LastTry).touches(GoBack, "").wants(Review)
	if s.s.Citizen.Form == nil {
		t.Error("the form is gone")
	}
	s.touches(Confirm, "").wants(LastTry).touches(Confirm, "").wants(SignPIN)
	s = begin(t).inserts("olga").typesDigits()
	s.refused(1).wants(LastTry)
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); !v.Staff {
		t.Error("the page takes the officer for a citizen")
	}
	s.touches(GoBack, "").wants(Goodbye).pulls().inserts("olga").wants(LastTry).touches(Confirm, "").wants(OfficerPIN).typesPIN().wants(Board)
}

func TestACardThatDoesNotCountMayBeAtItsLastTry(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesDigits()
	s.refused(-1).wants(LastTry)
	if k := s.m.snapshot(&s.s, Place{}, NoticeView{}).Keypad; k.Left != -1 {
		t.Errorf("the page says that %d are left", k.Left)
	}
}

func TestCardsAtTheirLastTryAreForgottenAtSomePoint(t *testing.T) {
	var l lastTries
	for i := range 3 * mostLastTries {
		l = l.with([32]byte{byte(i)}, 1)
	}
	if _, newest := l.find([32]byte{3*mostLastTries - 1}); len(l) != mostLastTries || !newest {
		t.Errorf("%d cards are remembered", len(l))
	}
}
