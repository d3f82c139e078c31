package session

import (
	"reflect"
	"slices"
	"testing"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// The role matrix: what the officer's buttons do on a citizen's screens is
// nothing, and what any button does on the officer's screens never shows a
// citizen.

var officersActs = []Act{
	Assist, ClosePoint, OpenPoint, Lock,
	OpenQueue, OpenCollect, OpenFind, ShowItem, TryNow, PrintSheet, CloseItem, SeePhone, Acknowledge,
	OpenPapers, ShowPaper, PrintAgain, MouthEmptied, OpenReport, OpenRoll,
}

func TestNoOfficersButtonActsOnACitizensScreen(t *testing.T) {
	for _, present := range []bool{false, true} {
		for screen, s := range everyCitizenScreen(t, present) {
			for _, act := range officersActs {
				after, effects := s.m.next(s.s, Touch{Visit: s.s.Visit, Screen: screen, Act: act, Value: "PUE-0001-DEAD"}, s.now)
				if len(effects) > 0 || after.Closed != s.s.Closed || !reflect.DeepEqual(after.Officer, s.s.Officer) || after.Screen != s.s.Screen {
					t.Errorf("%s on %s (officer present: %v) does something: %v", act, screen, present, effects)
				}
			}
		}
	}
}

func TestNoButtonLeadsFromTheBoardToACitizen(t *testing.T) {
	citizensActs := []Act{
		Start, Continue, ReadAll, GoBack, HaveNoCard, NeedNoCard, OpenCode, Digit, OK, Open, OpenGroup, ChooseWhom, Chart, Table, Answer, Change, Confirm, GoHome, Retry,
		PrintIt, PrintSheets, PrintSlip, StopWaiting, Taken, NotTaken, Stay, CallHelp, EndHelp, Adjust, EndAssistance, Exit,
		Page, Withdraw, Redo, GivePhone, DropPhone,
	}
	for screen := range everyOfficersScreen(t) {
		for _, act := range slices.Concat(citizensActs, officersActs) {
			s := everyOfficersScreen(t)[screen]
			s.touches(act, "naspi")
			v := s.m.snapshot(&s.s, Place{}, NoticeView{})
			if v.Tiles != nil || v.Answer != nil || v.Whom != nil || !v.Behalf.IsZero() || v.Sheet != nil || v.Statement != nil || v.Form != nil || v.Review != nil || v.Result != nil || v.Requests != nil || v.Request != nil || v.Phone != nil || s.s.Citizen.LoggedIn {
				t.Errorf("%s on %s shows a citizen's data on %s", act, screen, v.Screen)
			}
		}
	}
}

// everyOfficersScreen are stories that stand on each screen of an officer.
func everyOfficersScreen(t *testing.T) map[Screen]*story {
	t.Helper()
	board := func() *story {
		s := begin(t).inserts("olga").typesPIN().wants(Board)
		return s.happens(deskOf(ReadDesk{Visit: s.s.Visit}))
	}
	item := func() *story { return board().touches(OpenQueue, "").touches(ShowItem, "PUE-0001-DEAD") }
	ended := func(o printer.Outcome) *story {
		s := item().touches(PrintSheet, "")
		return s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: o, Reason: "no-answer"}})
	}
	list := func() *story {
		return board().happens(PapersChanged{somePapers}).touches(OpenPapers, "")
	}
	stories := map[Screen]*story{
		OfficerPIN:   begin(t).inserts("olga"),
		Board:        board(),
		Queue:        board().touches(OpenQueue, ""),
		Collect:      board().touches(OpenCollect, ""),
		FindClaim:    board().touches(OpenQueue, "").touches(OpenFind, ""),
		QueueItem:    item(),
		AskClose:     item().touches(CloseItem, ""),
		AskPhone:     item().touches(SeePhone, ""),
		PaperList:    list(),
		OnePaper:     list().touches(ShowPaper, "1"),
		AskPaper:     list().touches(ShowPaper, "1").touches(Taken, ""),
		Report:       list().touches(OpenReport, "readiness"),
		Roll:         list().touches(OpenRoll, ""),
		LastTry:      begin(t).inserts("olga").typesDigits().refused(1),
		Printing:     item().touches(PrintSheet, ""),
		Printed:      ended(printer.Printed),
		PrintTrouble: ended(printer.Uncertain),
	}
	for _, screen := range officersScreens {
		if s := stories[screen]; s == nil || s.s.visible() != screen {
			t.Fatalf("no officer's story stands on %s", screen)
		}
	}
	return stories
}

func TestAnOfficersCardInASecondReaderDoesNotTouchTheCitizen(t *testing.T) {
	for screen, s := range everyCitizenScreen(t, false) {
		if screen == Removed {
			continue // nobody is served any more: the card is the next visitor's
		}
		before := s.s
		after, effects := s.m.next(s.s, CardChange{Change: smartcard.Change{Reader: "B", Slot: smartcard.CardIn}}, s.now)
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
		return s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Statement: upstream.Statement{Periods: make([]upstream.Period, 9)}})
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
	requests := func() *story {
		s := home().happens(UpkeepChanged{Upkeep{Phones: true}})
		return s.happens(QueueChanged{Visit: s.s.Visit, Requests: someRequests(s.m)}).touches(Open, "requests")
	}
	withdrawn := func() *story {
		s := requests().touches(Open, "PUE-0001-TEST").touches(Withdraw, "").touches(Confirm, "")
		return s.happens(TakenBack{Visit: s.s.Visit, ID: "a"})
	}
	dropping := func() *story {
		s := requests()
		s.s.Citizen.Form = &draft{Card: s.s.Citizen.Identity.Fingerprint, Service: serviceOf(s.m.catalog, "naspi"), Answers: catalog.Answers{"telefono": "1"}}
		return s.touches(Open, "PUE-0001-TEST").touches(Redo, "")
	}
	preparing := func() *story {
		s := home()
		return s.happens(Touch{Visit: s.s.Visit, Screen: Home, Act: Open, Value: "naspi"})
	}
	whom := func() *story {
		s := home()
		s.s.Citizen.Delegations = []upstream.Delegation{delegation("dina")}
		return s.touches(ChooseWhom, "")
	}
	answer := func() *story {
		s := home().touches(Open, "certificato")
		s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
		return s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Answer: upstream.Answer{Facts: map[string]string{"importo": "1.00"}}})
	}
	trayless := func() *story {
		return home().happens(DeviceChanged{Name: "documents", Status: devices.Status{State: devices.Attention, Reason: "paper-out"}})
	}
	late := func() *story {
		s := home()
		s.now = s.now.Add(2 * limits[Home].idle)
		return s.happens(Tick{})
	}
	stories := map[Screen]*story{
		Documents:      beginPapers(t, letter),
		Capture:        beginPapers(t, letter).touches(Open, "lettera"),
		DocumentPage:   beginPapers(t, letter).touches(Open, "lettera").photographs().judges("one"),
		PIN:            begin(t).touches(Start, "").touches(Continue, "").inserts("anna"),
		LastTry:        begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesDigits().refused(1),
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
		AskDrop:        dropping(),
		Preparing:      preparing(),
		ForWhom:        whom(),
		AnswerPage:     answer(),
		OnScreenOnly:   trayless().touches(Open, "certificato"),
		Info:           home().touches(Open, "notizie"),
		NoticeOther:    home().touches(Open, "comunale"),
		Bring:          home().touches(Open, "naspi"),
		Form:           home().opens("naspi"),
		Review:         home().fillsForm(),
		SignPIN:        home().fillsForm().touches(Confirm, ""),
		Saving:         home().fillsForm().touches(Confirm, "").typesPIN(),
		Requests:       requests(),
		OneRequest:     requests().touches(Open, "PUE-0001-TEST"),
		AskWithdraw:    requests().touches(Open, "PUE-0001-TEST").touches(Withdraw, ""),
		Withdrawn:      withdrawn(),
		LeavePhone:     requests().touches(Open, "PUE-0001-TEST").touches(GivePhone, ""),
		Settings:       home().touches(Adjust, ""),
		Help:           home().touches(CallHelp, ""),
	}
	// These are before any card, or the officer's own.
	without := []Screen{Welcome, Notice, NoticeFull, InsertCard, TakePaper, Reading, CardProblem, NoCard, Cardless, OwnCode, CodeState, OutOfOrder, PINBlocked}
	for _, screen := range Screens {
		s := stories[screen]
		switch {
		case s == nil && !slices.Contains(without, screen) && !slices.Contains(officersScreens, screen):
			t.Fatalf("no story stands on %s", screen)
		case s != nil && s.s.visible() != screen:
			t.Fatalf("the story of %s stands on %s", screen, s.s.visible())
		}
	}
	return stories
}
