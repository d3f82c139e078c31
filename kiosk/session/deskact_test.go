package session

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
)

var lineIsUp = DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}}

func TestANumberThatIsReadIsSeenWhateverIsTouchedMeanwhile(t *testing.T) {
	for _, act := range []Act{SeePhone, GoBack, PrintSheet, CloseItem, Confirm, TryNow, OpenFind} {
		s := everyOfficersScreen(t)[QueueItem].touches(SeePhone, "").touches(Confirm, "").touches(act, "").wants(AskPhone)
		if !s.view().Item.Busy || len(s.effects) > 0 {
			t.Errorf("%s before the answer does something", act)
		}
		s.happens(PhoneRead{Visit: s.s.Visit, ID: "dead", Number: smartcard.NewPrivate("+393331234567")}).wants(QueueItem)
		if v := s.view().Item; v.Phone.IsZero() || v.CanCall() {
			t.Errorf("after %s the number is deleted, and nobody has seen it", act)
		}
	}
}

func TestANumberIsNotReadForABoardThatIsLocked(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.outbox.number = "+393331234567"
		v := w.runner.openVisit(t.Context(), 1)
		synctest.Wait()
		w.runner.readPhone(t.Context(), v, ReadPhone{Visit: 1, ID: "dead"})
		if w.outbox.number == "" {
			t.Error("the number is gone")
		}
	})
}

func TestATryThatINPSHasPutOffIsNotCalledImmediate(t *testing.T) {
	s := everyOfficersScreen(t)[QueueItem].touches(TryNow, "")
	later := s.now.Add(time.Hour)
	s.happens(Tried{Visit: s.s.Visit, ID: "dead", Until: later})
	if v := s.view().Item; v.Notice != "queue-item.wait" || !v.Until.Equal(later) {
		t.Errorf("the screen says %q until %v", v.Notice, v.Until)
	}
	s.touches(TryNow, "").happens(Tried{Visit: s.s.Visit, ID: "dead", Until: s.now.Add(-time.Hour)})
	if v := s.view().Item; v.Notice != "queue-item.trying" {
		t.Errorf("the screen says %q", v.Notice)
	}
	s.touches(TryNow, "").happens(Tried{Visit: s.s.Visit, ID: "dead", Err: store.ErrUnknown})
	if v := s.view().Item; v.Notice != "queue-item.trouble" {
		t.Errorf("the screen says %q", v.Notice)
	}
}

func TestTheTimeThatINPSAskedForReachesTheBoard(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.o.Officers[person("anna").Fingerprint] = Enrolled{"op-1", "Olga R."}
		w.outbox.entries = []outbox.Entry{{ID: "dead", Claim: "PUE-0421-DEAD", State: outbox.Stuck}}
		w.outbox.until = time.Now().Add(time.Hour)
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		w.touch(OpenQueue, "")
		w.touch(ShowItem, "PUE-0421-DEAD")
		w.touch(TryNow, "")
		if v := w.Snapshot().Item; !v.Until.Equal(w.outbox.until) || w.outbox.done[0] != "retry dead op-1" {
			t.Errorf("until %v after %v", v.Until, w.outbox.done)
		}
	})
}

func TestWhatAnOfficerPrintsNamesTheOfficer(t *testing.T) {
	officerOf := func(s *story) string {
		for _, e := range s.effects {
			if p, ok := e.(Print); ok {
				return p.Order.Officer
			}
		}
		t.Fatalf("nothing is printed on %s", s.s.Screen)
		return ""
	}
	if got := officerOf(everyOfficersScreen(t)[QueueItem].touches(PrintSheet, "")); got != "op-1" {
		t.Errorf("the sheet is printed by %q", got)
	}
	s := everyOfficersScreen(t)[Collect].touches(PrintIt, "PUE-0001-DONE")
	if got := officerOf(s); got != "op-1" {
		t.Errorf("the receipt is printed by %q", got)
	}
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Printed}}).touches(NotTaken, "")
	if got := officerOf(s); got != "op-1" {
		t.Errorf("the second one is printed by %q", got)
	}
	beside := everyCitizenScreen(t, true)[OneRequest].touches(PrintIt, "")
	if got := officerOf(beside); got != "" {
		t.Errorf("a citizen's paper is printed by %q", got)
	}
}

func TestASearchGoesBackToWhereItBegan(t *testing.T) {
	for _, from := range []Screen{Queue, Collect} {
		s := everyOfficersScreen(t)[from].touches(OpenFind, "").wants(FindClaim)
		s.happens(Touch{Visit: s.s.Visit, Screen: FindClaim, Act: Answer, Fields: map[string]string{"claim": "7K3F"}})
		s.touches(GoBack, "").wants(from).touches(OpenFind, "")
		if typed := s.view().Desk.Typed; typed != "" {
			t.Errorf("the next search begins with %q", typed)
		}
	}
}

func TestAnOfficerToWhomNobodyCanLeaveANumberIsToldSo(t *testing.T) {
	s := everyOfficersScreen(t)[Board]
	if s.view().Board.NoPhones {
		t.Fatal("it is said without a reason")
	}
	s.happens(OfficerKnown{Visit: s.s.Visit, Err: errors.New("disk")})
	if !s.view().Board.NoPhones {
		t.Error("only the log knows")
	}
}

func TestAnAlarmIsSeenBeforeAnybodyUnlocks(t *testing.T) {
	for name, e := range map[string]Event{
		"alarm":    QueueChanged{Queue: outbox.Counts{Stuck: 1, Alarms: 1}},
		"full":     UpkeepChanged{Upkeep{Full: true}},
		"sick":     UpkeepChanged{Upkeep{Sick: true}},
		"no key":   UpkeepChanged{Upkeep{Keys: []KeyTrouble{{Destination: "inps", Missing: true}}}},
		"key ends": UpkeepChanged{Upkeep{Keys: []KeyTrouble{{Destination: "inps", Ends: time.Unix(1, 0)}}}},
		"recovery": UpkeepChanged{Upkeep{Recovery: &store.Recovery{}}},
	} {
		s := begin(t)
		if s.view().Attention {
			t.Fatal("an officer is called without a reason")
		}
		if !s.happens(e).view().Attention {
			t.Errorf("%s: nothing on the welcome page changes", name)
		}
		if s.logsIn("anna").view().Attention {
			t.Errorf("%s: a citizen's page calls the officer", name)
		}
	}
}
