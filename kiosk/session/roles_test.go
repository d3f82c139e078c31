package session

import (
	"reflect"
	"slices"
	"testing"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// The role matrix: what the officer's buttons do on a citizen's screens is
// nothing, and what any button does on the officer's screens never shows a
// citizen.

var officersActs = []Act{Assist, ClosePoint, OpenPoint, Lock}

func TestNoOfficersButtonActsOnACitizensScreen(t *testing.T) {
	for _, present := range []bool{false, true} {
		for screen, s := range everyCitizenScreen(t, present) {
			for _, act := range officersActs {
				after, effects := s.m.next(s.s, Touch{Visit: s.s.Visit, Screen: screen, Act: act}, s.now)
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
		if screen == Removed {
			continue // nobody is served any more: the card is the next visitor's
		}
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
	statement := func() *story {
		s := home().touches(Open, "estratto-contributivo")
		return s.happens(StatementCame{Visit: s.s.Visit, Statement: upstream.Statement{Periods: make([]upstream.Period, 9)}})
	}
	ended := func(s *story, o printer.Outcome) *story {
		return s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: o, Reason: "no-answer"}})
	}
	result := func() *story {
		s := home().fillsForm().touches(Confirm, "").typesPIN()
		e := outbox.Entry{Claim: "PUE-0421-TEST", State: outbox.Waiting}
		return s.happens(Stored{Visit: s.s.Visit, Entry: e}).happens(Settled{Visit: s.s.Visit, Entry: e})
	}
	offline := func() *story {
		return home().happens(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Absent}})
	}
	late := func() *story {
		s := home()
		s.now = s.now.Add(2 * limits[Home].idle)
		return s.happens(Tick{})
	}
	stories := map[Screen]*story{
		PIN:            begin(t).touches(Start, "").touches(Continue, "").inserts("anna"),
		Checking:       begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesPIN(),
		Statement:      statement(),
		StatementTable: statement().touches(Table, "1"),
		Printing:       statement().touches(PrintIt, ""),
		Printed:        ended(statement().touches(PrintIt, ""), printer.Printed),
		PrintTrouble:   ended(statement().touches(PrintIt, ""), printer.Uncertain),
		Result:         result(),
		Unavailable:    offline().touches(Open, "estratto-contributivo"),
		Goodbye:        home().touches(Exit, ""),
		Removed:        home().pulls(),
		StillThere:     late(),
		Home:           home(),
		Loading:        home().touches(Open, "estratto-contributivo"),
		Form:           home().touches(Open, "naspi"),
		Review:         home().fillsForm(),
		SignPIN:        home().fillsForm().touches(Confirm, ""),
		Saving:         home().fillsForm().touches(Confirm, "").typesPIN(),
		Requests:       home().touches(Open, "requests"),
		Settings:       home().touches(Adjust, ""),
		Help:           home().touches(CallHelp, ""),
	}
	// These are before any card, or the officer's own.
	without := []Screen{Welcome, Notice, NoticeFull, InsertCard, Reading, CardProblem, NoCard, OutOfOrder, PINBlocked, OfficerPIN, Board}
	for _, screen := range Screens {
		s := stories[screen]
		switch {
		case s == nil && !slices.Contains(without, screen):
			t.Fatalf("no story stands on %s", screen)
		case s != nil && s.s.visible() != screen:
			t.Fatalf("the story of %s stands on %s", screen, s.s.visible())
		}
	}
	return stories
}
