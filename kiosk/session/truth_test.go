package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
)

// What the citizen is told of a submission is what is true of it.

func TestTheCitizenOfATroubledSubmissionIsNotToldThatAllIsWell(t *testing.T) {
	near := listed(t).now.Add(24 * time.Hour)
	for name, e := range map[string]outbox.Entry{
		"refused": {State: outbox.Refused},
		"stuck":   {State: outbox.Stuck},
		"damaged": {State: outbox.Waiting, Reason: outbox.ReasonDamaged},
		"near":    {State: outbox.Unknown, By: near},
	} {
		e.ID, e.Claim = "a", "PUE-0001-TEST"
		s := listed(t).hears(e).touches(GoBack, "").wants(Home)
		if s.view().Tiles.Trouble != 1 {
			t.Errorf("%s: home says that nothing needs help", name)
		}
		s.touches(Open, "requests").touches(Open, "PUE-0001-TEST").touches(PrintIt, "").wants(Printing)
		s.wantsEffect(Print{Order: Order{Kind: PaperPatronato}})
	}
}

func TestWhatIsRefusedOnTheSpotGetsTheOtherWayOnPaper(t *testing.T) {
	saving := func() *story {
		return begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	}
	refused := outbox.Entry{ID: "z", Claim: "PUE-0421-TEST", State: outbox.Refused}
	s := saving()
	s.happens(Stored{Visit: s.s.Visit, Entry: outbox.Entry{ID: "z", Claim: "PUE-0421-TEST", State: outbox.Waiting}})
	s.happens(Settled{Visit: s.s.Visit, Entry: refused}).wants(Result)
	if s.view().Result.Alarm == "" {
		t.Error("the result does not call for help")
	}
	left := s.s
	s.touches(PrintIt, "").wants(Printing).wantsEffect(Print{Order: Order{Kind: PaperPatronato}})
	s.s = left
	s.pulls().wants(Removed).wantsEffect(Print{Order: Order{Kind: PaperPatronato}})
	s = saving()
	visit := s.s.Visit
	s.pulls().happens(Stored{Visit: visit, Entry: refused}).wantsEffect(Print{Order: Order{Kind: PaperPatronato}})
}

func TestAWithdrawalThatCameTooLateTellsWhereTheSubmissionStands(t *testing.T) {
	for state, want := range map[outbox.State]withdrawal{
		outbox.Waiting: tooLate, outbox.Unknown: tooLate, outbox.Filed: filed,
		outbox.Refused: ended, outbox.Stuck: ended, outbox.Closed: ended,
	} {
		s := listed(t).touches(Open, "PUE-0001-TEST").touches(Withdraw, "").touches(Confirm, "")
		s.happens(TakenBack{Visit: s.s.Visit, ID: "a", Entry: outbox.Entry{State: state, Protocol: "p"}, Err: outbox.ErrTooLate}).wants(Withdrawn)
		if v := s.view().Request; v.Outcome != string(want) || v.State != state {
			t.Errorf("%s shows %q of a submission that is %s", state, v.Outcome, v.State)
		}
	}
}

func TestAReplacementThatCameTooLateTellsWhereTheFirstStands(t *testing.T) {
	for state, want := range map[outbox.State]withdrawal{
		outbox.Unknown: notReplaced, outbox.Filed: notReplacedFiled, outbox.Stuck: notReplacedEnded, outbox.Closed: notReplacedEnded,
	} {
		s := listed(t).touches(Open, "PUE-0001-TEST").touches(Redo, "").touches(GoBack, "").fillsForm().touches(Confirm, "").typesPIN()
		s.happens(Stored{Visit: s.s.Visit, Err: outbox.ErrTooLate, First: outbox.Entry{State: state, Protocol: "p"}}).wants(Withdrawn)
		if v := s.view().Request; v.Outcome != string(want) || v.Claim != "PUE-0001-TEST" || v.Protocol != "p" {
			t.Errorf("%s shows %+v", state, v)
		}
	}
}

func TestWhatWasToReplaceARefusedSubmissionIsStoredByItself(t *testing.T) {
	testCertificate()
	for state, stored := range map[outbox.State]bool{
		outbox.Refused: true, outbox.Withdrawn: true, outbox.Unknown: false, outbox.Filed: false, outbox.Stuck: false, outbox.Closed: false,
	} {
		synctest.Test(t, func(t *testing.T) {
			w := live(t)
			w.outbox.entries = []outbox.Entry{{ID: "a", State: state, Reason: "other"}}
			w.outbox.left = true
			done, err := w.runner.store(t.Context(), outbox.Parcel{ID: "b", Replaces: "a"})
			switch {
			case stored && (err != nil || len(w.outbox.stored) != 1 || w.outbox.stored[0].Replaces != ""):
				t.Errorf("%s: %v, stored %v", state, err, w.outbox.stored)
			case !stored && (!errors.Is(err, outbox.ErrTooLate) || done.First.State != state || len(w.outbox.stored) > 0):
				t.Errorf("%s: %v, the first is %q, stored %v", state, err, done.First.State, w.outbox.stored)
			}
		})
	}
}

// An attempt without a line begins and ends in a moment, and a withdrawal may fall
// into any number of them.
func TestAWithdrawalIsTriedAgainAfterAnAttemptThatCameBetween(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.outbox.entries = []outbox.Entry{{ID: "a", State: outbox.Waiting}}
		w.outbox.begins = 2
		err := w.runner.betweenAttempts(t.Context(), "a", func(ctx context.Context) error {
			return w.outbox.Withdraw(ctx, "a", outbox.Owner{})
		})
		if err != nil || !slices.Equal(w.outbox.done, []string{"withdraw a"}) {
			t.Errorf("%v after %q", err, w.outbox.done)
		}
	})
}

func TestTheReviewNamesNothingThatIsRefusedAsReplaced(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").touches(Redo, "").touches(GoBack, "").fillsForm()
	s.hears(outbox.Entry{ID: "a", Claim: "PUE-0001-TEST", State: outbox.Refused})
	if got := s.view().Review.Replaces; got != "" {
		t.Errorf("the review says that it takes the place of %s, which INPS has refused", got)
	}
}

func TestANumberThatCouldNotBeTakenBackIsSaidToBeThere(t *testing.T) {
	left := outbox.Entry{ID: "a", Claim: "PUE-0001-TEST", State: outbox.Waiting, Phone: true}
	s := listed(t).hears(left).touches(Open, "PUE-0001-TEST").touches(DropPhone, "")
	s.happens(PhoneKept{Visit: s.s.Visit, ID: "a", Err: store.ErrUnknown}).wants(OneRequest)
	if v := s.view().Request; v.Notice == "" || !v.Entry.Phone {
		t.Errorf("%+v", v)
	}
	s.touches(DropPhone, "")
	if s.view().Request.Notice != "" {
		t.Error("the notice outlives the next try")
	}
	s.happens(PhoneKept{Visit: s.s.Visit, ID: "a", Err: store.ErrUnknown}).touches(GoBack, "").touches(Open, "PUE-0001-TEST")
	if s.view().Request.Notice != "" {
		t.Error("the notice outlives its page")
	}
}

func TestAWishThatWasConfirmedReachesTheOutboxWhateverTheCardDoes(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		visit := w.Snapshot().Visit
		v := w.runner.of(visit)
		w.slot(smartcard.EmptySlot) // the card is reset, and nothing of its holder is left
		if v.identity.Certificate != nil {
			t.Fatal("the visit keeps its person")
		}
		w.outbox.number = "+39"
		w.runner.run(t.Context(), TakeBack{Visit: visit, ID: "a"})
		w.runner.run(t.Context(), KeepPhone{Visit: visit, ID: "a"})
		synctest.Wait()
		if len(w.outbox.done) != 1 || w.outbox.done[0] != "withdraw a" || w.outbox.number != "" {
			t.Errorf("the outbox was asked for %v, the number is %q", w.outbox.done, w.outbox.number)
		}
	})
}

func TestTheLogDoesNotSayWhichAnswerOfINPSWasShown(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.Report(lineIsUp)
		w.touch(Open, "estratto-contributivo")
		w.wants(t, Statement)
		w.touch(Table, "1")
		w.touch(PrintIt, "")
		for _, name := range []string{"tatement", "estratto"} {
			if strings.Contains(w.log.String(), name) {
				t.Errorf("the log says %q:\n%s", name, w.log)
			}
		}
		if strings.Contains(string(w.paper.orders[0].Kind), "statement") {
			t.Errorf("the kind of the paper is %q", w.paper.orders[0].Kind)
		}
	})
}
