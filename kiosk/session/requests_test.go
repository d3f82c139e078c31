package session

import (
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
)

// listed is a citizen in front of the own submissions: one that waits, and one
// that INPS has.
func listed(t *testing.T) *story {
	t.Helper()
	s := begin(t).happens(UpkeepChanged{Upkeep{Phones: true}}).logsIn("anna")
	return s.happens(QueueChanged{Visit: s.s.Visit, Requests: someRequests(s.m)}).touches(Open, "requests").wants(Requests)
}

// hears is told what became of the one submission there is.
func (s *story) hears(e outbox.Entry) *story {
	return s.happens(QueueChanged{Visit: s.s.Visit, Requests: []Request{{Entry: e, Alarm: e.Alarm(s.now)}}})
}

func (s *story) view() Snapshot { return s.m.snapshot(&s.s, Place{}, NoticeView{}) }

func TestASavedSubmissionIsTakenBackOnlyAfterAYes(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").wants(OneRequest).touches(Withdraw, "").wants(AskWithdraw)
	s.touches(GoBack, "").wants(OneRequest).touches(Withdraw, "").touches(Confirm, "").wants(AskWithdraw)
	s.wantsEffect(TakeBack{Visit: s.s.Visit, ID: "a"})
	if s.touches(Confirm, "").touches(GoBack, ""); len(s.effects) > 0 || s.s.Screen != AskWithdraw {
		t.Error("it can be asked for twice, or left in the middle")
	}
	s.happens(TakenBack{Visit: s.s.Visit, ID: "a"}).wants(Withdrawn)
	if v := s.view(); v.Request.Outcome != "done" || v.Request.Claim != "PUE-0001-TEST" {
		t.Errorf("%+v", v.Request)
	}
	s.touches(Continue, "").wants(Requests)
}

func TestASubmissionThatHasLeftIsNotTakenBackAndTheScreenSaysSo(t *testing.T) {
	for err, want := range map[error]string{outbox.ErrTooLate: "too-late", store.ErrUnknown: "failed"} {
		s := listed(t).touches(Open, "PUE-0001-TEST").touches(Withdraw, "").touches(Confirm, "")
		if s.happens(TakenBack{Visit: s.s.Visit, ID: "a", Err: err}).wants(Withdrawn); s.view().Request.Outcome != want {
			t.Errorf("%v shows %q", err, s.view().Request.Outcome)
		}
	}
	s := listed(t).touches(Open, "PUE-0001-DONE").wants(OneRequest)
	for _, act := range []Act{Withdraw, Redo, GivePhone} {
		if s.touches(act, ""); s.s.Screen != OneRequest || len(s.effects) > 0 {
			t.Errorf("%s of what INPS has does something", act)
		}
	}
}

func TestARefilledFormTakesThePlaceOfTheSavedOne(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").touches(Redo, "").touches(Continue, "").wants(Form)
	if len(s.s.Citizen.Form.Answers) > 0 {
		t.Error("the form is not empty")
	}
	s.touches(GoBack, "").wants(Home).fillsForm()
	if s.view().Review.Replaces != "PUE-0001-TEST" {
		t.Error("the review does not say what is replaced")
	}
	s.touches(Confirm, "").typesPIN().wants(Saving)
	if submit, ok := s.effects[len(s.effects)-1].(Submit); !ok || submit.Replaces != "a" {
		t.Fatalf("effects %+v", s.effects)
	}
	s.happens(Stored{Visit: s.s.Visit, Err: outbox.ErrTooLate}).wants(Withdrawn)
	if v := s.view(); v.Request.Outcome != "not-replaced" || s.s.Citizen.Form != nil {
		t.Errorf("%+v, form kept: %v", v.Request, s.s.Citizen.Form != nil)
	}
}

func TestAFormForOnePersonNeverTakesThePlaceOfOneForAnother(t *testing.T) {
	for name, change := range map[string]func(c *citizen){
		"saved for another":   func(c *citizen) { c.Opened.Behalf = true },
		"acting for another":  func(c *citizen) { other := delegation("dina"); c.Behalf = &other },
		"for another of them": func(c *citizen) { other := delegation("dina"); c.Behalf, c.Opened.Behalf = &other, true },
	} {
		s := listed(t).touches(Open, "PUE-0001-TEST").wants(OneRequest)
		opened := *s.s.Citizen.Opened
		s.s.Citizen.Opened = &opened
		change(&s.s.Citizen)
		if s.view().Request.Redo {
			t.Errorf("%s: it is offered to be filled anew", name)
		}
		s.touches(Redo, "").wants(OneRequest).touches(Withdraw, "").wants(AskWithdraw)
	}
}

func TestAReplacementThatCameTooLateIsNotFoundAgain(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").touches(Redo, "").touches(GoBack, "").fillsForm().touches(Confirm, "").typesPIN()
	visit := s.s.Visit
	s.pulls().wants(Removed).happens(Stored{Visit: visit, Err: outbox.ErrTooLate}).wants(Removed)
	if s.s.Fault != FaultTooLate || s.s.Paused != nil {
		t.Errorf("fault %v, form waits: %v", s.s.Fault, s.s.Paused != nil)
	}
}

func TestATelephoneNumberIsTypedInSightAndTakenBackWithOneTouch(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").touches(GivePhone, "").wants(LeavePhone)
	for _, d := range "06164164+" {
		s.touches(Digit, string(d))
	}
	if s.touches(OK, ""); s.view().Phone.Problem == "" || len(s.effects) > 0 {
		t.Error("a number with a stroke at its end was taken")
	}
	s.touches(Erase, "")
	if got := s.view().Phone; got.Number.Reveal() != "06164164" || got.Problem != "" {
		t.Errorf("the screen shows %q with %q", got.Number.Reveal(), got.Problem)
	}
	s.touches(OK, "").wantsEffect(KeepPhone{Visit: s.s.Visit, ID: "a", Number: smartcard.NewPrivate("+3906164164")})
	s.happens(PhoneKept{Visit: s.s.Visit, ID: "a", There: true}).wants(OneRequest)
	if v := s.view(); !v.Request.Entry.Phone || v.Request.Leave || s.s.Citizen.Phone != (phone{}) {
		t.Errorf("after leaving it: %+v", v.Request)
	}
	s.touches(DropPhone, "").wantsEffect(KeepPhone{Visit: s.s.Visit, ID: "a"}).happens(PhoneKept{Visit: s.s.Visit, ID: "a"})
	if s.view().Request.Entry.Phone || !s.view().Request.Leave {
		t.Error("the number is still there")
	}
}

func TestANumberIsAskedForOnlyWhereAnOfficerCanReadIt(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").happens(UpkeepChanged{})
	if s.touches(GivePhone, ""); s.s.Screen != OneRequest || s.view().Request.Leave {
		t.Error("a number can be left that nobody can read")
	}
}

func TestANumberThatWasNotKeptIsSaidToBeMissing(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").touches(GivePhone, "")
	for _, d := range "3331234567" {
		s.touches(Digit, string(d))
	}
	s.touches(OK, "").happens(PhoneKept{Visit: s.s.Visit, ID: "a", There: true, Err: store.ErrUnknown}).wants(LeavePhone)
	if s.view().Phone.Problem != "leave-phone.trouble" {
		t.Errorf("%+v", s.view().Phone)
	}
	s.pulls()
	if s.s.Citizen.Phone != (phone{}) {
		t.Error("the number outlives its citizen")
	}
}

func TestTheCitizenOfADeadLetterGetsTheOtherWayOnPaper(t *testing.T) {
	for state, want := range map[outbox.State]Kind{
		outbox.Waiting: PaperLocal, outbox.Filed: PaperFinal, outbox.Refused: PaperPatronato, outbox.Stuck: PaperPatronato,
	} {
		s := listed(t).hears(outbox.Entry{ID: "a", Claim: "PUE-0001-TEST", State: state})
		s.touches(Open, "PUE-0001-TEST").touches(PrintIt, "").wants(Printing).wantsEffect(Print{Order: Order{Kind: want}})
	}
	for _, state := range []outbox.State{outbox.Withdrawn, outbox.Closed} {
		s := listed(t).hears(outbox.Entry{ID: "a", Claim: "PUE-0001-TEST", State: state})
		if s.touches(Open, "PUE-0001-TEST").touches(PrintIt, "").wants(OneRequest); len(s.effects) > 0 {
			t.Errorf("a receipt of what is %s", state)
		}
	}
}

func TestAListIsTurnedPageByPage(t *testing.T) {
	s := listed(t)
	many := make([]Request, 2*listRows+1)
	for i := range many {
		many[i].ID = string(rune('a' + i))
	}
	s.happens(QueueChanged{Visit: s.s.Visit, Requests: many}).touches(Page, "3")
	if v := s.view().Requests; v.Page != 3 || v.Pages != 3 || len(v.Rows) != 1 {
		t.Errorf("page %d of %d with %d rows", v.Page, v.Pages, len(v.Rows))
	}
	s.happens(QueueChanged{Visit: s.s.Visit, Requests: many[:1]})
	if v := s.view().Requests; v.Page != 1 || len(v.Rows) != 1 {
		t.Errorf("a shorter list is on page %d with %d rows", v.Page, len(v.Rows))
	}
}

func TestTheNameOfAServiceIsForItsOwnCardOnly(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.apply(t)
		p := w.outbox.stored[0]
		if p.Class != outbox.Application || len(p.Label) == 0 {
			t.Fatalf("parcel %+v", p)
		}
		w.outbox.entries = []outbox.Entry{{ID: p.ID, Claim: "PUE-0421-TEST", Label: p.Label}, {ID: "other", Claim: "PUE-0421-ALTR", Label: []byte("of another card")}}
		w.Report(w.runner.queue())
		synctest.Wait()
		w.touch(GoHome, "")
		w.touch(Open, "requests")
		rows := w.Snapshot().Requests.Rows
		if len(rows) != 2 || rows[0].Service != nil || rows[1].Service == nil || rows[1].Service.ID != "naspi" {
			t.Errorf("%+v", rows)
		}
	})
}

func TestAWithdrawalWaitsForTheEndOfAnAttempt(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.outbox.changed, w.outbox.left = make(chan struct{}), true
		w.outbox.entries = []outbox.Entry{{ID: "a", Claim: "PUE-0421-TEST", State: outbox.Waiting}}
		w.logIn(t)
		w.touch(Open, "requests")
		w.touch(Open, "PUE-0421-TEST")
		w.touch(Withdraw, "")
		w.outbox.entries[0].State = outbox.Unknown // an attempt has just begun
		w.touch(Confirm, "")
		w.wants(t, AskWithdraw)
		w.outbox.entries[0].State, w.outbox.entries[0].Reason, w.outbox.left = outbox.Waiting, outbox.ReasonNoLine, false
		w.outbox.changed <- struct{}{}
		synctest.Wait()
		w.wants(t, Withdrawn)
		if outcome := w.Snapshot().Request.Outcome; outcome != "done" {
			t.Errorf("of an attempt that left nowhere the screen says %q", outcome)
		}
	})
}

func TestAWithdrawalDoesNotWaitForEver(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.outbox.left = true
		w.outbox.entries = []outbox.Entry{{ID: "a", Claim: "PUE-0421-TEST", State: outbox.Waiting}}
		w.logIn(t)
		w.touch(Open, "requests")
		w.touch(Open, "PUE-0421-TEST")
		w.touch(Withdraw, "")
		w.outbox.entries[0].State = outbox.Unknown
		w.touch(Confirm, "")
		time.Sleep(filingPatience)
		synctest.Wait()
		w.wants(t, Withdrawn)
		if outcome := w.Snapshot().Request.Outcome; outcome != "too-late" {
			t.Errorf("the screen says %q", outcome)
		}
	})
}

func TestAWithdrawalReachesTheOutboxEvenWhenTheCardLeaves(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.outbox.entries = []outbox.Entry{{ID: "a", Claim: "PUE-0421-TEST", State: outbox.Waiting}}
		w.logIn(t)
		w.touch(Open, "requests")
		w.touch(Open, "PUE-0421-TEST")
		w.touch(Withdraw, "")
		w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: AskWithdraw, Act: Confirm})
		w.slot(smartcard.EmptySlot)
		w.wants(t, Removed)
		time.Sleep(time.Second)
		synctest.Wait()
		if len(w.outbox.done) != 1 || w.outbox.done[0] != "withdraw a" {
			t.Errorf("the outbox was asked for %v", w.outbox.done)
		}
	})
}
