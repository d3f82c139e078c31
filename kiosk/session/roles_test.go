package session

import (
	"reflect"
	"testing"

	"pue/devices/smartcard"
)

// The role matrix: what the officer's buttons do on a citizen's screens is
// nothing, and what any button does on the officer's screens never shows a
// citizen.

var officersActs = []Act{Assist, ClosePoint, OpenPoint, Lock}

func TestNoOfficersButtonActsOnACitizensScreen(t *testing.T) {
	for _, present := range []bool{false, true} {
		for screen, s := range everyCitizenScreen(t, present) {
			for _, act := range officersActs {
				after, effects := s.m.next(s.s, Touch{Screen: screen, Act: act}, s.now)
				if len(effects) > 0 || after.Closed != s.s.Closed || !reflect.DeepEqual(after.Officer, s.s.Officer) || after.Screen != s.s.Screen {
					t.Errorf("%s on %s (officer present: %v) does something: %v", act, screen, present, effects)
				}
			}
		}
	}
}

func TestNoButtonLeadsFromTheBoardToACitizen(t *testing.T) {
	for _, screen := range []Screen{OfficerPIN, Board} {
		for _, act := range append([]Act{
			Start, Continue, ReadAll, GoBack, HaveNoCard, Digit, OK, Open, Chart, Table, Answer, Change, Confirm, GoHome, Retry,
			PrintIt, StopWaiting, Taken, NotTaken, Stay, CallHelp, EndHelp, Adjust, EndAssistance, Exit,
		}, officersActs...) {
			s := begin(t).inserts("olga").wants(OfficerPIN)
			if screen == Board {
				s.typesPIN().wants(Board)
			}
			s.touches(act, "naspi")
			v := s.m.snapshot(&s.s, Place{}, NoticeView{})
			if v.Tiles != nil || v.Statement != nil || v.Form != nil || v.Review != nil || v.Result != nil || v.Requests != nil || s.s.Citizen.LoggedIn {
				t.Errorf("%s on %s shows a citizen's data on %s", act, screen, v.Screen)
			}
		}
	}
}

func TestAnOfficersCardInASecondReaderDoesNotTouchTheCitizen(t *testing.T) {
	for screen, s := range everyCitizenScreen(t, false) {
		before := s.s
		after, effects := s.m.next(s.s, CardChange{smartcard.Change{Reader: "B", Slot: smartcard.CardIn}}, s.now)
		if len(effects) > 0 || after.Screen != before.Screen || after.Officer != before.Officer {
			t.Errorf("a second card on %s does something: %v", screen, effects)
		}
	}
}

// everyCitizenScreen are stories that stand on each screen of a logged-in
// citizen.
func everyCitizenScreen(t *testing.T, present bool) map[Screen]*story {
	t.Helper()
	home := func() *story {
		s := begin(t)
		if present {
			s.s.Officer = officer{Pseudonym: "op-1", Name: "Olga R.", Until: s.now.Add(s.m.presence)}
		}
		return s.logsIn("anna")
	}
	return map[Screen]*story{
		Home:     home(),
		Loading:  home().touches(Open, "estratto-contributivo"),
		Form:     home().touches(Open, "naspi"),
		Review:   home().fillsForm(),
		SignPIN:  home().fillsForm().touches(Confirm, ""),
		Saving:   home().fillsForm().touches(Confirm, "").typesPIN(),
		Requests: home().touches(Open, "requests"),
		Settings: home().touches(Adjust, ""),
		Help:     home().touches(CallHelp, ""),
	}
}
