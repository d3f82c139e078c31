package session

import (
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// withoutCard is somebody who has none, before what can be had all the same.
func withoutCard(t *testing.T) *story {
	t.Helper()
	return begin(t).touches(Start, "").touches(HaveNoCard, "").wants(NoCard).touches(NeedNoCard, "").wants(Cardless)
}

func TestWithoutACardOnlyWhatIsOpenToAllIsOffered(t *testing.T) {
	s := withoutCard(t)
	var got []string
	for _, tile := range s.view().Cardless.Services {
		got = append(got, tile.Service.ID)
	}
	if len(got) != 2 || got[0] != "prenota" || got[1] != "notizie" {
		t.Errorf("offered are %v", got)
	}
	for _, closed := range []string{"naspi", "estratto-contributivo", "certificato", "comunale"} {
		s.touches(Open, closed).wants(Cardless)
	}
	s.touches(Open, "notizie").wants(Info)
	if s.view().Sheet.Next != nil {
		t.Error("the sheet leads to a service that needs a card")
	}
	s.touches(Continue, "").wants(Info).touches(GoBack, "").wants(Cardless)
}

// books fills the booking of somebody without a card, up to the review.
func (s *story) books() *story {
	s.touches(Open, "prenota").wants(Notice).touches(Continue, "")
	for s.s.Screen == Form {
		s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
	}
	return s.wants(Review)
}

func TestWhoHasNoCardBooksWithoutASignature(t *testing.T) {
	s := withoutCard(t).books().touches(Confirm, "").wants(Saving)
	submit, ok := s.effects[len(s.effects)-1].(Submit)
	if !ok || !submit.Cardless || submit.Service.ID != "prenota" {
		t.Fatalf("effects %+v", s.effects)
	}
	e := outbox.Entry{ID: "x", Claim: "PUE-0421-TEST", State: outbox.Waiting}
	s.happens(Stored{Visit: s.s.Visit, Entry: e}).happens(Settled{Visit: s.s.Visit, Entry: e}).wants(Result)
	if s.view().Result.Leave {
		t.Error("a number can be left although no card will ever take it back")
	}
	s.touches(GoHome, "").wants(Cardless)
	if s.s.Citizen.Cardless || s.s.Citizen.Form != nil || s.s.Citizen.Entry != nil {
		t.Error("something of the booking stays for whoever comes next")
	}
}

func TestABookingThatIsLeftNamesItsCodeAndNothingElse(t *testing.T) {
	s := withoutCard(t).books().touches(Confirm, "")
	e := outbox.Entry{ID: "x", Claim: "PUE-0421-TEST", State: outbox.Waiting}
	s.happens(Stored{Visit: s.s.Visit, Entry: e}).happens(Settled{Visit: s.s.Visit, Entry: e}).touches(Exit, "").wants(Removed)
	if v := s.view(); v.Farewell.Claim != e.Claim || v.Result != nil || v.Review != nil {
		t.Errorf("%+v", v.Farewell)
	}
}

func TestACardDuringABookingWaitsForItsEnd(t *testing.T) {
	s := withoutCard(t).books().card(smartcard.CardIn).wants(Review)
	s.touches(Exit, "").wants(Welcome)
}

// letGo is somebody whose card is in the reader, and who wants nothing of it.
func letGo(t *testing.T) *story {
	t.Helper()
	return begin(t).touches(Start, "").touches(Continue, "").inserts("anna").touches(HaveNoCard, "").touches(NeedNoCard, "").wants(Cardless)
}

func TestACardThatWasLetGoLeavesWhoReadsWhereTheyAre(t *testing.T) {
	letGo(t).pulls().wants(Cardless)
	letGo(t).touches(Open, "notizie").wants(Info).pulls().wants(Cardless)
	begin(t).card(smartcard.MuteCard).wants(CardProblem).touches(HaveNoCard, "").touches(NeedNoCard, "").touches(Open, "prenota").wants(Notice).pulls().wants(Cardless)
	letGo(t).touches(OpenCode, "").wants(OwnCode).pulls().wants(Cardless)
}

func TestABookingWaitsForNoCard(t *testing.T) {
	s := letGo(t).touches(Open, "prenota")
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).pulls().wants(Removed)
	if s.s.Paused != nil || !s.view().Farewell.Resume.IsZero() {
		t.Error("a card is said to find again what was asked for without one")
	}
}

func TestABookingKeepsItsCodeWhenAForgottenCardIsPulled(t *testing.T) {
	s := letGo(t).touches(Open, "prenota")
	for s.s.Screen == Form {
		s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
	}
	e := outbox.Entry{ID: "x", Claim: "PUE-0421-TEST", State: outbox.Waiting}
	s.touches(Confirm, "").happens(Stored{Visit: s.s.Visit, Entry: e}).happens(Settled{Visit: s.s.Visit, Entry: e}).wants(Result)
	s.pulls().wants(Removed).wantsEffect(Print{Order: Order{Kind: PaperLocal}})
	if got := s.view().Farewell.Claim; got != e.Claim {
		t.Errorf("the farewell names the code %q", got)
	}
}

func TestACardThatWasLetGoIsAskedBackAtTheEnd(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("anna").touches(HaveNoCard, "").touches(NeedNoCard, "").wants(Cardless)
	s.touches(Exit, "").wants(Goodbye).pulls().wants(Removed)
}

func TestABookingIsPackedOnTheTerminalsWordAndBelongsToNobody(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		for _, act := range []Act{Start, HaveNoCard, NeedNoCard} {
			w.touch(act, "")
		}
		w.touch(Open, "prenota")
		w.touch(Continue, "")
		for w.Snapshot().Screen == Form {
			w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
			synctest.Wait()
		}
		w.touch(Confirm, "")
		time.Sleep(filingPatience)
		synctest.Wait()
		w.wants(t, Result)
		if r := w.inps.record; !r.Subject.IsZero() || r.Service != "prenota" || r.Assurance != "none" || r.NoticeVersion == "" {
			t.Errorf("the record says %+v", r)
		}
		if p := w.outbox.stored[0]; p.Owner == (outbox.Owner{}) || p.ID != w.inps.record.ID {
			t.Errorf("stored %+v", p)
		}
	})
}

func TestARequestKeepsItsIdUntilItIsStored(t *testing.T) {
	var r requestID
	first := r.id(7)
	if r.id(7) != first {
		t.Error("confirming once more makes it two")
	}
	r.forget(6)
	if r.id(7) != first {
		t.Error("another visit makes it two")
	}
	if r.forget(7); r.id(7) == first {
		t.Error("the next request is the same")
	}
}

func TestAClaimCodeAloneTellsWhereItsSubmissionStands(t *testing.T) {
	s := begin(t).touches(OpenCode, "").wants(OwnCode)
	typed := Touch{Visit: s.s.Visit, Screen: OwnCode, Act: Answer, Fields: map[string]string{"claim": "pue 0421"}}
	s.happens(typed).wantsEffect(LookUpCode{Visit: s.s.Visit, Typed: "pue 0421"})
	if s.happens(typed); len(s.effects) > 0 {
		t.Error("an impatient finger counts as a second try")
	}
	for err, notice := range map[error]string{
		outbox.ErrNoEntry: "own-code.none", &outbox.TooManyTriesError{Until: s.now}: "own-code.wait", upstream.ErrClock: "own-code.trouble",
	} {
		if s.happens(CodeKnown{Visit: s.s.Visit, Err: err}).wants(OwnCode); s.view().Code.Notice != notice {
			t.Errorf("%v says %q", err, s.view().Code.Notice)
		}
		s.happens(typed)
	}
	s.happens(CodeKnown{Visit: s.s.Visit, Status: outbox.ClaimStatus{State: outbox.Filed}}).wants(CodeState)
	if s.view().Code.Status.State != outbox.Filed {
		t.Errorf("%+v", s.view().Code)
	}
	s.touches(GoBack, "").wants(OwnCode)
	if s.view().Code.Typed != "" {
		t.Error("the next visitor finds the code")
	}
	s.touches(GoBack, "").wants(Welcome)
}
