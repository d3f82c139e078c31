package session

import (
	"bytes"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
)

func TestADeadLetterIsClosedOnlyAfterAYes(t *testing.T) {
	s := everyOfficersScreen(t)[QueueItem]
	s.touches(Confirm, "").wants(QueueItem).touches(CloseItem, "").wants(AskClose).touches(GoBack, "").wants(QueueItem)
	s.touches(CloseItem, "").touches(Confirm, "").wants(AskClose).wantsEffect(EndItem{Visit: s.s.Visit, ID: "dead", Officer: "op-1"})
	s.happens(Ended{Visit: s.s.Visit, ID: "dead"}).wants(QueueItem)
	waiting := everyOfficersScreen(t)[Queue].touches(ShowItem, "PUE-0001-OPEN").wants(QueueItem)
	if waiting.touches(CloseItem, "").wants(QueueItem); len(waiting.effects) > 0 {
		t.Error("what INPS may still get can be closed")
	}
}

func TestATelephoneNumberIsShownOnceAndOnlyWhenItIsNeeded(t *testing.T) {
	s := everyOfficersScreen(t)[QueueItem].touches(SeePhone, "").wants(AskPhone).touches(Confirm, "").wants(AskPhone)
	s.wantsEffect(ReadPhone{Visit: s.s.Visit, ID: "dead", Officer: "op-1"})
	s.happens(PhoneRead{Visit: s.s.Visit, ID: "dead", Number: smartcard.NewPrivate("+393331234567")}).wants(QueueItem)
	if s.view().Item.Phone.Reveal() != "+393331234567" {
		t.Fatal("the number is not shown")
	}
	s.touches(PrintSheet, "").wants(Printing).happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Printed}})
	s.touches(Taken, "").wants(QueueItem).touches(GoBack, "").wants(Queue)
	if !s.s.Desk.Phone.IsZero() {
		t.Error("the number stays behind its page")
	}
	s.touches(ShowItem, "PUE-0001-OPEN").wants(QueueItem)
	if s.touches(SeePhone, "").wants(QueueItem); !s.view().Item.Phone.IsZero() {
		t.Error("another submission shows the number")
	}
}

func TestALockedBoardForgetsWhatItShowed(t *testing.T) {
	for screen, s := range everyOfficersScreen(t) {
		if screen == OfficerPIN {
			continue
		}
		s.s.Desk.Phone = smartcard.NewPrivate("+393331234567")
		if s.pulls(); !reflect.DeepEqual(s.s.Desk, desk{}) || s.s.Officer != (officer{}) {
			t.Errorf("card out on %s: %+v", screen, s.s.Desk)
		}
	}
}

func TestNothingAtTheBoardLeadsToACitizen(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	i := itemOf(outbox.Entry{ID: "x", Owner: outbox.Owner{7}, Label: []byte("sealed"), State: outbox.Refused}, now)
	if i.Owner != (outbox.Owner{}) || i.Label != nil || i.Alarm != outbox.AlarmRefused {
		t.Errorf("%+v", i)
	}
}

func TestTheListsAreReadOnceAtATimeAndNeverMissAChange(t *testing.T) {
	s := begin(t).inserts("olga").typesPIN().wants(Board)
	count := func() (n int) {
		for _, e := range s.effects {
			if _, ok := e.(ReadDesk); ok {
				n++
			}
		}
		return n
	}
	if count() != 1 {
		t.Fatalf("%d readings at the unlocking", count())
	}
	for range 3 {
		if s.happens(QueueChanged{Queue: outbox.Counts{Waiting: 1}}); count() != 0 {
			t.Fatal("a second reading began before the first ended")
		}
	}
	if s.happens(DeskRead{Visit: s.s.Visit}); count() != 0 {
		t.Error("a queue that drains is read without a pause")
	}
	s.now = s.s.wake().Add(-time.Second)
	if s.happens(Tick{}); count() != 1 {
		t.Error("what changed meanwhile is not read")
	}
	if s.happens(DeskRead{Visit: s.s.Visit}); count() != 0 {
		t.Error("it is read again without a change")
	}
	s.now = s.now.Add(deskEvery)
	if s.happens(QueueChanged{}); count() != 1 {
		t.Error("a change after a while is not read at once")
	}
}

func TestASlipIsFoundByItsCode(t *testing.T) {
	s := everyOfficersScreen(t)[FindClaim]
	s.happens(Touch{Visit: s.s.Visit, Screen: FindClaim, Act: Answer, Fields: map[string]string{"claim": "7k3f 9m2x"}})
	s.wantsEffect(LookUp{Visit: s.s.Visit, Typed: "7k3f 9m2x"}).happens(LookedUp{Visit: s.s.Visit}).wants(FindClaim)
	if v := s.view().Desk; v.Notice == "" || v.Typed != "7k3f 9m2x" {
		t.Errorf("nothing says that there is none, or what was typed is gone: %+v", v)
	}
	item := Item{Entry: outbox.Entry{ID: "f", Claim: "PUE-0421-7K3F-9M2X-4QPAT", State: outbox.Filed, Protocol: "p"}}
	s.happens(LookedUp{Visit: s.s.Visit, Item: &item}).wants(QueueItem)
	s.touches(PrintIt, "").wants(Printing).wantsEffect(Print{Order: Order{Kind: PaperFinal}})
}

func TestTheOfficersSecretIsMadeByTheCardAndWipedWithTheLock(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.o.Officers[person("anna").Fingerprint] = Enrolled{"op-1", "Olga R."}
		w.outbox.entries = []outbox.Entry{{ID: "dead", Claim: "PUE-0421-DEAD", State: outbox.Stuck, Phone: true}}
		w.outbox.number = "+393331234567"
		unlock := func() {
			w.slot(smartcard.CardIn)
			w.typePIN("12345678")
			w.wants(t, Board)
		}
		unlock()
		if len(w.outbox.secrets) != 1 || len(w.outbox.secrets[0]) != 256 {
			t.Fatal("no secret was handed in")
		}
		secret := w.outbox.secrets[0]
		kept := bytes.Clone(secret)
		w.touch(OpenQueue, "")
		w.touch(ShowItem, "PUE-0421-DEAD")
		w.touch(SeePhone, "")
		w.touch(Confirm, "")
		if v := w.Snapshot().Item; v == nil || v.Phone.Reveal() != "+393331234567" {
			t.Errorf("the number is not shown: %+v", v)
		}
		w.slot(smartcard.EmptySlot)
		if !bytes.Equal(secret, make([]byte, 256)) {
			t.Error("the secret outlives the lock")
		}
		if w.runner.of(w.runner.visit.number).secret != nil {
			t.Error("the visit keeps it")
		}
		unlock()
		if !bytes.Equal(w.outbox.secrets[1], kept) {
			t.Error("the same card made another secret")
		}
	})
}

func TestACitizensCardIsNeverAskedForAnOfficersSecret(t *testing.T) {
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("anna").wants(PIN)
	s.typesDigits().wantsEffect(CheckPIN{Visit: s.s.Visit, Keep: true})
}

func TestWhatHappenedToTheStoreStaysOnTheBoardUntilAnOfficerHasReadIt(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.o.Officers[person("anna").Fingerprint] = Enrolled{"op-1", "Olga R."}
		w.disk.recovery = &store.Recovery{How: store.Salvaged, Records: 3}
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		if r := w.Snapshot().Board.Upkeep.Recovery; r == nil || r.Records != 3 {
			t.Fatalf("the board shows %+v", r)
		}
		w.touch(Acknowledge, "")
		if w.Snapshot().Board.Upkeep.Recovery != nil || w.disk.by != "op-1" {
			t.Errorf("acknowledged by %q", w.disk.by)
		}
	})
}

func TestAnApplicationIsRefusedBeforeItsFirstQuestion(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.disk.full = store.ErrFull
		w.open("naspi")
		w.wants(t, Unavailable)
		if f := w.Snapshot().Fault; f == nil || *f != FaultNoRoom {
			t.Errorf("fault %v", f)
		}
		w.touch(Retry, "")
		w.wants(t, Unavailable)
		w.disk.full, w.inps.noKey = nil, upstream.ErrNoSealingKey
		w.touch(GoHome, "")
		w.open("naspi")
		if f := w.Snapshot().Fault; f == nil || *f != FaultNoKey {
			t.Errorf("fault %v", f)
		}
		w.touch(GoHome, "")
		for _, tile := range w.Snapshot().Tiles.Services {
			if applies := tile.Service.Class.Filed(); applies != (tile.Why == "why.K-07" && tile.Told) {
				t.Errorf("%+v", tile)
			}
		}
		w.inps.noKey = nil
		w.open("naspi")
		w.wants(t, Form)
	})
}

func TestADiskThatFillsUpMeanwhileIsNamed(t *testing.T) {
	for err, want := range map[error]Fault{store.ErrFull: FaultNoRoom, upstream.ErrNoSealingKey: FaultNoKey} {
		s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN()
		if s.happens(Stored{Visit: s.s.Visit, Err: err}).wants(Review); s.s.Fault != want || s.s.Citizen.Form == nil {
			t.Errorf("%v shows %v", err, s.s.Fault)
		}
	}
}
