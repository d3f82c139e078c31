package session

import (
	"errors"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

func TestStatementIsShownAndPrinted(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Open, "estratto-contributivo").wants(Loading)
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Statement: upstream.Statement{Periods: make([]upstream.Period, 20)}}).wants(Statement)
	s.touches(Table, "3").wants(StatementTable)
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Statement.Page != 3 || len(v.Statement.Rows) != 4 {
		t.Errorf("page %d with %d rows, want page 3 with the last 4 of 20", v.Statement.Page, len(v.Statement.Rows))
	}
	s.touches(PrintIt, "").wants(Printing).wantsEffect(Print{Order: Order{Kind: PaperPersonal}})
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Printed}}).wants(Printed)
	s.touches(Taken, "").wants(Home).touches(Exit, "").wants(Goodbye).pulls().wants(Removed)
}

func TestAnApplicationIsConfirmedWithASecondPIN(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").wants(SignPIN).typesPIN().wants(Saving)
	if _, ok := s.effects[len(s.effects)-1].(Submit); !ok {
		t.Fatalf("effects %v, want a Submit", s.effects)
	}
	e := outbox.Entry{ID: "i", Claim: "PUE-0421-TEST", State: outbox.Waiting}
	s.happens(Stored{Visit: s.s.Visit, Entry: e}).wants(Saving).happens(Settled{Visit: s.s.Visit, Entry: e}).wants(Result)
	s.touches(PrintIt, "").wants(Printing).wantsEffect(Print{Order: Order{Kind: PaperLocal}})
}

func TestACardPulledBeforeTheSignatureStoresNothingAndSaysSo(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	visit := s.s.Visit
	s.pulls().wants(Removed).happens(Stored{Visit: visit, Err: smartcard.ErrRemoved})
	if s.s.Fault != FaultNothingStored || s.s.Farewell.Claim != "" {
		t.Errorf("fault %v, claim %q", s.s.Fault, s.s.Farewell.Claim)
	}
}

func TestACardPulledAfterTheSignatureStillGetsItsReceipt(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	visit := s.s.Visit
	s.pulls().wants(Removed)
	s.happens(CardChange{Change: smartcard.Change{Reader: "A", Slot: smartcard.CardIn}}).wants(Removed) // the next one waits
	s.happens(Stored{Visit: visit, Entry: outbox.Entry{Claim: "PUE-0421-TEST", State: outbox.Waiting}})
	s.wantsEffect(Print{Order: Order{Kind: PaperLocal}}).wants(Removed)
	if s.s.Farewell.Claim == "" {
		t.Error("the code was not shown to the one who left")
	}
	s.now = s.now.Add(outcomeRead)
	s.happens(Tick{}).wants(Reading)
}

func TestACardThatFailsFindsItsFormAgain(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").wants(SignPIN)
	s.typesDigits().happens(PINChecked{Visit: s.s.Visit, Err: smartcard.ErrUnreadable}).wants(CardProblem)
	s.pulls().wants(Removed).inserts("anna").wants(PIN).typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit}).wants(Form)
}

func TestAFormWaitsWhileAnOfficerComesAndGoes(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().pulls().wants(Removed)
	s.inserts("olga").typesPIN().wants(Board).touches(Assist, "").wants(Goodbye).pulls().wants(Removed)
	s.inserts("anna").wants(PIN)
	if s.s.Citizen.Form == nil || !s.s.Officer.present() {
		t.Errorf("form %v, officer present: %v", s.s.Citizen.Form != nil, s.s.Officer.present())
	}
}

func TestAForgottenCardIsOfferedToNobody(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Exit, "").wants(Goodbye)
	s.now = s.now.Add(limits[Goodbye].idle)
	s.happens(Tick{}).wants(Welcome).touches(Start, "").touches(Continue, "").wants(InsertCard)
	s.happens(Lend{}).wants(InsertCard)
	s.pulls().inserts("bruno").wants(PIN)
}

func TestACallForHelpOutlastsTheScreenItWasMadeOn(t *testing.T) {
	s := begin(t).logsIn("anna").pulls().wants(Removed).touches(CallHelp, "").wants(Help)
	s.now = s.now.Add(helpPatience - 2*time.Second)
	s.happens(Tick{}).wants(Help)
	s.now = s.now.Add(2 * time.Second)
	s.happens(Tick{}).wants(Welcome)
}

func TestABetterCardInAnotherReaderIsTaken(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").card(smartcard.MuteCard).wants(CardProblem)
	s.happens(CardChange{Change: smartcard.Change{Reader: "B", Slot: smartcard.CardIn}}).wants(CardProblem)
	s.pulls().wants(Reading)
}

func TestAFarewellNamesTheCodeOfWhatWasStoredInTheEnd(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	visit := s.s.Visit
	s.pulls().wants(Removed).happens(Stored{Visit: visit, Entry: outbox.Entry{Claim: "PUE-0421-TEST", State: outbox.Waiting}})
	if s.s.Farewell.Claim != "PUE-0421-TEST" {
		t.Errorf("the farewell names %q", s.s.Farewell.Claim)
	}
	s.inserts("bruno").wants(Notice)
}

func TestAFormThatWasNotSignedIsFoundAgain(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	visit := s.s.Visit
	s.pulls().happens(Stored{Visit: visit, Err: smartcard.ErrRemoved}).wants(Removed)
	s.card(smartcard.MuteCard).wants(CardProblem).pulls().wants(Removed) // upside down at first
	s.inserts("anna").wants(PIN).typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit}).wants(Form)
}

func TestACardPulledWhileINPSAnswersDoesNotBlockTheNext(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN()
	s.happens(Stored{Visit: s.s.Visit, Entry: outbox.Entry{Claim: "PUE-0421-TEST"}}).wants(Saving)
	s.pulls().wants(Removed).wantsEffect(Print{Order: Order{Kind: PaperLocal}})
	s.inserts("bruno").wants(Notice)
}

func TestTheNoticeIsReadByEachPersonAndTheLookIsEachPersonsOwn(t *testing.T) {
	s := begin(t).touches(Language, "de").touches(Start, "").touches(Continue, "").inserts("anna").wants(PIN)
	s.pulls().wants(InsertCard).inserts("bruno").wants(Notice)
	s = begin(t).touches(Language, "de").logsIn("anna").touches(CallHelp, "").pulls().wants(Removed)
	if s.inserts("bruno").wants(Notice); s.s.View != plain || s.s.HelpCalled {
		t.Errorf("bruno finds %v, help called: %v", s.s.View, s.s.HelpCalled)
	}
}

func TestTheEndOfPresenceEndsNoSessionWithoutAMinutesWarning(t *testing.T) {
	s := begin(t)
	s.s.Officer = officer{Pseudonym: "op-1", Name: "Olga R.", Until: s.now.Add(3 * time.Minute)}
	s.logsIn("anna")
	seen := s.now
	s.now = s.s.Officer.Until.Add(-time.Second)
	s.happens(Tick{}).wants(Home)
	if s.s.Officer.present() || s.s.Seen.Equal(seen) {
		t.Fatal("the officer is still present, or the time was not begun anew")
	}
	s.now = s.now.Add(limits[Home].idle)
	s.happens(Tick{}).wants(StillThere)
	s.now = s.now.Add(warning - 2*time.Second)
	s.happens(Tick{}).wants(StillThere)
	s.now = s.now.Add(2 * time.Second)
	s.happens(Tick{}).wants(Goodbye)
}

func TestAnOfficerDoublesTheTimes(t *testing.T) {
	s := begin(t).logsIn("anna")
	alone := s.s.idleLimit()
	s.s.Officer.Until = s.now.Add(time.Hour)
	if with := s.s.idleLimit(); with != 2*alone {
		t.Errorf("%v alone, %v with an officer", alone, with)
	}
}

func TestWhereAnOfficerIsRequiredNobodyBeginsAlone(t *testing.T) {
	s := begin(t)
	s.m.presenceRequired = true
	s.inserts("anna").wants(CardProblem).pulls()
	s.s.Officer = officer{Pseudonym: "op-1", Name: "Olga R.", Until: s.now.Add(time.Hour)}
	s.logsIn("anna").fillsForm().touches(EndAssistance, "").touches(Confirm, "").wants(SignPIN) // begun beside an officer
}

func TestACardErrorWhileAnOfficerUnlocksIsSeenToItsEnd(t *testing.T) {
	s := begin(t).inserts("olga").wants(OfficerPIN)
	s.typesDigits().happens(PINChecked{Visit: s.s.Visit, Err: smartcard.ErrInconsistent}).wants(CardProblem)
	if s.s.Fault != FaultCardBroken {
		t.Errorf("fault %v", s.s.Fault)
	}
	s.pulls().wants(Welcome)
}

func TestAskingAgainAsksForThePINOnlyWhenItIsNeeded(t *testing.T) {
	line := func(s devices.State) Event { return DeviceChanged{Name: "line", Status: devices.Status{State: s}} }
	s := begin(t).logsIn("anna").happens(line(devices.Absent)).touches(Open, "estratto-contributivo").wants(Unavailable)
	s.touches(Retry, "").wants(Unavailable).happens(line(devices.Ready)).touches(Retry, "").wants(Loading)
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Err: outbox.ErrNoLine}).wants(Unavailable).touches(Retry, "").wants(PIN)
}

func TestASecondPINInTheSessionCanBeDeclined(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit, Err: outbox.ErrNoLine}).wants(Home)
	s.touches(Open, "estratto-contributivo").wants(PIN).touches(GoBack, "").wants(Home)
}

func TestTheReadersAreLentOnlyWhileNobodyIsServed(t *testing.T) {
	s := begin(t).happens(Lend{}).wants(OutOfOrder)
	if s.s.fault() != FaultLent {
		t.Errorf("fault %v", s.s.fault())
	}
	s.card(smartcard.CardIn).wants(OutOfOrder).pulls().happens(Return{}).wants(Welcome)
	s.happens(Lend{})
	for range 4 { // nobody prolongs a loan by touching the screen
		s.now = s.now.Add(loan / 4)
		s.touches(Exit, "").touches(Stay, "")
	}
	s.happens(Tick{}).wants(Welcome) // a technician who forgets
	s.inserts("anna").happens(Lend{}).wants(Notice)
	if s.s.lent() {
		t.Error("lent while a citizen is served")
	}
}

func TestAReprintIsCounted(t *testing.T) {
	s := begin(t).touches(Start, "").touches(ReadAll, "").touches(PrintIt, "")
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Printed}}).touches(NotTaken, "")
	if n := s.s.Print.Order.Reprint; n != 1 {
		t.Errorf("reprint %d", n)
	}
	old := s.s.Print.Number
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Uncertain}}).touches(PrintIt, "").wants(Printing)
	if n := s.s.Print.Order.Reprint; n != 2 {
		t.Errorf("reprint %d", n)
	}
	s.happens(PrintEnded{Visit: s.s.Visit, Number: old, Result: printer.Result{Outcome: printer.Printed}}).wants(Printing) // of the job before
}

func TestProtocolsThatArriveShowOnTheResult(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN()
	e := outbox.Entry{ID: "i", Claim: "PUE-0421-TEST", State: outbox.Waiting}
	s.happens(Stored{Visit: s.s.Visit, Entry: e}).happens(Settled{Visit: s.s.Visit, Entry: e}).wants(Result)
	e.State, e.Protocol = outbox.Filed, "INPS.7003.22/11/2026.0000001"
	s.happens(QueueChanged{Visit: s.s.Visit, Requests: []Request{{Entry: e}}})
	if s.s.Citizen.Entry.Protocol == "" {
		t.Error("the result does not show the protocol that came")
	}
}

func TestAReceiptThatIsStoredLateIsPrintedAllTheSame(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	visit := s.s.Visit
	s.pulls().wants(Removed).touches(Start, "").wants(Welcome)
	s.happens(Stored{Visit: visit, Entry: outbox.Entry{Claim: "PUE-0421-TEST", State: outbox.Waiting}}).wants(Welcome)
	s.wantsEffect(Print{Order: Order{Kind: PaperLocal}})
	if s.s.Farewell.Claim != "" {
		t.Error("welcome names a claim code")
	}
}

func TestTheSameCardFindsItsFormAgainAndAnotherDoesNot(t *testing.T) {
	half := func() *story {
		s := begin(t).logsIn("anna").opens("naspi")
		return s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).pulls().wants(Removed)
	}
	s := half().inserts("anna").wants(PIN).typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit}).wants(Form)
	if !s.s.Citizen.Form.Resumed || s.s.Citizen.Form.Answers["telefono"] == "" {
		t.Error("the form came back empty")
	}
	s = half().inserts("bruno")
	if s.s.Citizen.Form != nil || s.s.Paused != nil {
		t.Error("another card found the form")
	}
	s = half()
	s.now = s.now.Add(61 * time.Second)
	if s.inserts("anna"); s.s.Citizen.Form != nil {
		t.Error("the form outlived its minute")
	}
	if s = half().touches(Start, ""); s.s.Paused != nil {
		t.Error("somebody else touched the screen and the form is still there")
	}
}

func TestALateAnswerNeverReachesTheNextCitizen(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Open, "estratto-contributivo").wants(Loading)
	visit := s.s.Visit
	s.pulls().inserts("bruno").wants(Notice).touches(Continue, "").typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit}).wants(Home)
	s.touches(Open, "estratto-contributivo").wants(Loading)
	s.happens(AnswerCame{Visit: visit, Number: 1, Statement: upstream.Statement{Periods: make([]upstream.Period, 1)}}).wants(Loading)
}

func TestEachBadCardHasItsPicture(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want Fault
	}{
		"bank card":    {smartcard.ErrUnsupported, FaultCardForeign},
		"dirty card":   {smartcard.ErrUnreadable, FaultCardMute},
		"pulled early": {smartcard.ErrRemoved, FaultCardPulled},
		"false data":   {errors.New("names differ"), FaultCardBroken},
	} {
		s := begin(t).card(smartcard.CardIn)
		s.happens(CardRead{Visit: s.s.Visit, Err: c.err}).wants(CardProblem)
		if s.s.Fault != c.want {
			t.Errorf("%s: fault %v, want %v", name, s.s.Fault, c.want)
		}
	}
	if s := begin(t).card(smartcard.MuteCard).wants(CardProblem); s.s.Fault != FaultCardMute {
		t.Errorf("upside down: fault %v", s.s.Fault)
	}
	if s := begin(t).card(smartcard.CardIn).pulls().wants(CardProblem); s.s.Fault != FaultCardPulled {
		t.Errorf("pulled while reading: fault %v", s.s.Fault)
	}
}

func TestABlockedPINSaysWhereToGoAndLetsTheCardOut(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("anna")
	s.typesDigits().refused(2).wants(PIN)
	if k := s.s.Citizen.Keypad; k.Left != 2 || !k.Wrong || k.Typed != 0 {
		t.Errorf("keypad %+v", k)
	}
	s.typesDigits().refused(0).wants(PINBlocked).pulls().wants(Removed)
}

func TestPaperOutInMidReceiptGoesOnAfterTheRefill(t *testing.T) {
	s := begin(t).touches(Start, "").touches(ReadAll, "").touches(PrintIt, "").wants(Printing)
	out := devices.Status{State: devices.Attention, Reason: "paper-out"}
	s.happens(DeviceChanged{Name: "printer", Status: out}).wants(PrintTrouble)
	if s.s.Fault != FaultPaperOut {
		t.Errorf("fault %v", s.s.Fault)
	}
	s.happens(DeviceChanged{Name: "printer", Status: devices.Status{State: devices.Ready}}).wants(Printing)
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Printed}}).wants(Printed).touches(Taken, "").wants(NoticeFull)
}

func TestAReceiptThatNeverBeganIsPrintedOnceThePaperIsThere(t *testing.T) {
	s := begin(t).touches(Start, "").touches(ReadAll, "")
	s.happens(DeviceChanged{Name: "printer", Status: devices.Status{State: devices.Attention, Reason: "paper-out"}})
	s.touches(PrintIt, "").wants(PrintTrouble)
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.NotPrinted, Reason: "paper-out"}}).wants(PrintTrouble)
	s.happens(DeviceChanged{Name: "printer", Status: devices.Status{State: devices.Ready}}).wants(Printing)
	s.wantsEffect(Print{Order: Order{Kind: PaperNotice}})
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Uncertain, Reason: "no-answer"}}).wants(PrintTrouble)
	s.happens(DeviceChanged{Name: "printer", Status: devices.Status{State: devices.Ready}}).wants(PrintTrouble)
}

func TestTheOfficerIsRecordedBesideTheCitizenAndSeesNothing(t *testing.T) {
	s := begin(t).inserts("olga").wants(OfficerPIN).typesPIN().wants(Board)
	s.touches(Assist, "").wants(Goodbye).pulls()
	s.now = s.now.Add(time.Minute)
	s.happens(Tick{}).wants(Welcome).logsIn("anna")
	if v := s.m.snapshot(&s.s, Place{}, NoticeView{}); v.Helper != "Olga R." || v.Board != nil {
		t.Errorf("helper %q, board %v", v.Helper, v.Board)
	}
	s.fillsForm().touches(Confirm, "").typesPIN()
	if f := last(s.effects).(Submit); f.Actor != "op-1" {
		t.Errorf("actor %q", f.Actor)
	}
	s.touches(EndAssistance, "")
	if s.s.Officer.present() {
		t.Error("the citizen could not send the officer away")
	}
}

func TestAClosedPointServesOnlyItsOfficer(t *testing.T) {
	s := begin(t).inserts("olga").typesPIN().touches(ClosePoint, "").wants(Board).touches(Lock, "").pulls()
	s.now = s.now.Add(time.Minute)
	s.happens(Tick{}).wants(OutOfOrder).touches(Start, "").wants(OutOfOrder)
	s.inserts("anna").wants(CardProblem).pulls().wants(OutOfOrder)
	s.inserts("olga").typesPIN().touches(OpenPoint, "").touches(Lock, "").pulls()
	s.now = s.now.Add(time.Minute)
	s.happens(Tick{}).wants(Welcome)
}

func TestHelpAndSettingsKeepWhatWasTyped(t *testing.T) {
	s := begin(t).logsIn("anna").opens("naspi")
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Adjust, Fields: map[string]string{"telefono": "04231"}}).wants(Settings)
	s.touches(Size, "xl").touches(Language, "de").touches(GoBack, "").wants(Form)
	v := s.m.snapshot(&s.s, Place{}, NoticeView{})
	if v.Form.Answers["telefono"] != "04231" || v.View != (View{"de", "xl", "normal"}) {
		t.Errorf("answers %v, view %v", v.Form.Answers, v.View)
	}
	s.touches(Exit, "").pulls()
	s.now = s.now.Add(time.Minute)
	if s.happens(Tick{}).wants(Welcome); s.s.View != plain {
		t.Error("the next citizen inherits the look")
	}
}

func TestAFormPostedByTheVisitorBeforeIsDropped(t *testing.T) {
	s := begin(t).logsIn("anna").opens("naspi")
	late := Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}
	s.pulls().inserts("bruno").touches(Continue, "").typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit}).opens("naspi").wants(Form).happens(late)
	if f := s.s.Citizen.Form; len(f.Answers) > 0 || len(f.Typed) > 0 {
		t.Errorf("bruno's form holds anna's answers: %v %v", f.Answers, f.Typed)
	}
}

func TestASecondTapMeantForTheOldPageDoesNothing(t *testing.T) {
	s := begin(t).touches(Start, "").wants(Notice)
	s.happens(Touch{Visit: s.s.Visit, Screen: Welcome, Act: Start}).wants(Notice)
	s.happens(Touch{Visit: s.s.Visit, Screen: Review, Act: Confirm}).wants(Notice)
}

func TestWithoutALineTheCitizenIsKnownAndToldTheTruth(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesPIN()
	s.happens(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Absent}})
	s.happens(LoggedIn{Visit: s.s.Visit, Err: outbox.ErrNoLine}).wants(Home)
	for _, tile := range s.m.home(&s.s).Services {
		if closed := tile.Why != ""; closed != tile.Service.Class.Asked() {
			t.Errorf("%s: %q", tile.Service.ID, tile.Why)
		}
	}
	s.touches(Open, "estratto-contributivo").wants(Unavailable).touches(GoHome, "").fillsForm()
}

func TestACardOfAnUnknownIssuerIsRefused(t *testing.T) {
	for chain, want := range map[smartcard.Chain]Fault{
		smartcard.ChainUntrusted: FaultCardUntrusted, smartcard.ChainExpired: FaultCardExpired, smartcard.ChainRevoked: FaultCardRevoked,
	} {
		for _, who := range []*Enrolled{nil, {"op-1", "Olga R."}} {
			id := person("anna")
			id.Chain = chain
			s := begin(t).card(smartcard.CardIn)
			s.happens(CardRead{Visit: s.s.Visit, Identity: id, Officer: who}).wants(CardProblem)
			if s.s.Fault != want {
				t.Errorf("%s: fault %v, want %v", chain, s.s.Fault, want)
			}
		}
	}
}

func TestASuggestionStandsForWhatWasTyped(t *testing.T) {
	e := Touch{Act: Answer, Value: "nido_comune=H501", Fields: map[string]string{"nido_comune": "Rom", "cap": "00100"}}
	got := picked(e)
	if got["nido_comune"] != "H501" || got["cap"] != "00100" || e.Fields["nido_comune"] != "Rom" {
		t.Errorf("%v of %v", got, e.Fields)
	}
	if got := picked(Touch{Act: Answer, Fields: e.Fields}); got["nido_comune"] != "Rom" {
		t.Errorf("without a suggestion: %v", got)
	}
}
