package session

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/upstream"
)

// kept is a submission of which the outbox says no more than that it waits.
var kept = outbox.Entry{ID: "x", Claim: "PUE-0421-TEST", State: outbox.Waiting}

func (s *story) wantsCase(want paper.Case) *story {
	s.t.Helper()
	if diff := cmp.Diff(want, s.s.Print.Order.Case); diff != "" {
		s.t.Error(diff)
	}
	return s
}

func TestABookingIsNotConfirmedByItsPaper(t *testing.T) {
	s := withoutCard(t).books().touches(Confirm, "")
	s.happens(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
	s.happens(Stored{Visit: s.s.Visit, Entry: kept}).happens(Settled{Visit: s.s.Visit, Entry: kept}).wants(Result)
	s.touches(PrintIt, "").wants(Printing).wantsCase(paper.Case{Booking: true})
}

func TestThePaperOfWhoActsForAnotherSaysSo(t *testing.T) {
	s := served(t).touches(Open, "1").wants(Home).fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	s.happens(Stored{Visit: s.s.Visit, Entry: kept}).happens(Settled{Visit: s.s.Visit, Entry: kept}).wants(Result)
	s.touches(PrintIt, "").wants(Printing)
	if !s.s.Print.Order.Case.Behalf {
		t.Error("the receipt does not say it")
	}
}

func TestWhatIsPrintedBehindACardThatWasPulledSaysAsMuch(t *testing.T) {
	s := served(t).touches(Open, "1").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	visit := s.s.Visit
	s.pulls().wants(Removed).happens(Stored{Visit: visit, Entry: kept})
	for _, e := range s.effects {
		if p, ok := e.(Print); ok && p.Order.Case.Behalf {
			return
		}
	}
	t.Errorf("effects %+v", s.effects)
}

// The label brings back, for its own card alone, what the outbox does not keep.
func TestAPaperOfTheListSaysWhatTheFirstOneSaid(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.inps.delegations = []upstream.Delegation{delegation("dina")}
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		w.wants(t, ForWhom)
		w.touch(Open, "0")
		w.apply(t)
		w.touch(PrintIt, "")
		w.touch(Taken, "")
		p := w.outbox.stored[0]
		w.outbox.entries = []outbox.Entry{{ID: p.ID, Claim: kept.Claim, State: outbox.Waiting, Label: p.Label}}
		w.Report(w.runner.queue())
		synctest.Wait()
		w.touch(Open, "requests")
		w.touch(Open, kept.Claim)
		w.touch(PrintIt, "")
		want := paper.Case{Warn: 14, Unverified: true, Behalf: true}
		for i, o := range w.paper.orders {
			if o.Case.Unasked != (i == 0) {
				t.Errorf("paper %d speaks of the card: %v", i, o.Case.Unasked)
			}
			o.Case.Unasked = false // what nobody could say then, somebody may have said since
			if diff := cmp.Diff(want, o.Case); diff != "" {
				t.Errorf("paper %d: %s", i, diff)
			}
		}
		if len(w.paper.orders) != 2 {
			t.Errorf("%d papers", len(w.paper.orders))
		}
	})
}

func TestASecondPaperThatSaysTheSameIsMarked(t *testing.T) {
	s := begin(t).logsIn("anna").sees(t).touches(PrintIt, "").wants(Printing)
	if s.s.Print.Order.Reprint != 0 {
		t.Error("the first is marked")
	}
	s.prints(printer.NotPrinted, "stalled").wants(PrintTrouble).touches(StopWaiting, "").wants(AnswerPage).touches(PrintIt, "")
	if s.s.Print.Order.Reprint != 0 {
		t.Error("nothing came out, and the next is marked")
	}
	s.printerIs(devices.Attention, "paper-out").wants(PrintTrouble).touches(StopWaiting, "").wants(AnswerPage)
	s.paperOut().touches(PrintIt, "")
	if s.s.Print.Order.Reprint != 1 {
		t.Error("a piece may be out, and the next is not marked")
	}
	s.prints(printer.Printed, "").touches(Taken, "").touches(PrintIt, "")
	if s.s.Print.Order.Reprint != 2 {
		t.Errorf("the third is copy %d", s.s.Print.Order.Reprint)
	}
}

func TestWhoGoesOnWithoutPaperStillSeesTheCode(t *testing.T) {
	s := begin(t).logsIn("anna").confirms(kept).touches(PrintIt, "").wants(Printing)
	s.printerIs(devices.Attention, "paper-out").wants(PrintTrouble).touches(StopWaiting, "").wants(Result)
	s.touches(GoHome, "").wants(Home)
}

func TestWhoHearsThePageHearsWhatThePaperWouldSay(t *testing.T) {
	s := begin(t)
	s.m.said = func(o Order, _ time.Time) string { return o.Language + " " + string(o.Kind) + " " + o.Entry.Claim }
	s.logsIn("anna").confirms(kept)
	if got, want := s.view().Result.Said, "it local "+kept.Claim; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	s.touches(Language, "de")
	if got, want := s.view().Result.Said, "de local "+kept.Claim; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}
