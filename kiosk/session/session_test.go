package session

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
)

func TestAnIdleCitizenIsWarnedForAMinuteAndThenForgotten(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		time.Sleep(limits[Home].idle)
		synctest.Wait()
		w.wants(t, StillThere)
		w.touch(Stay, "")
		w.wants(t, Home)
		time.Sleep(limits[Home].idle + warning - time.Second)
		synctest.Wait()
		w.wants(t, StillThere)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.wants(t, Goodbye)
		if w.inps.revoked != 1 || !w.card.closed {
			t.Errorf("token revoked %d times, card let go: %v", w.inps.revoked, w.card.closed)
		}
		time.Sleep(limits[Goodbye].idle)
		synctest.Wait()
		w.wants(t, Welcome)
	})
}

func TestThePINIsUsedOnceAndWiped(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		w.typePIN("99999999")
		w.wants(t, PIN)
		if k := w.Snapshot().Keypad; k.Left != 2 || !k.Wrong {
			t.Errorf("keypad %+v", k)
		}
		if w.card.asked != 1 {
			t.Errorf("the card was asked %d times for one PIN", w.card.asked)
		}
		if !bytes.Equal(w.card.seen, make([]byte, 8)) {
			t.Error("the PIN was not wiped after use")
		}
		if w.runner.pin.n != 0 || w.runner.pin.digits != [pinMax]byte{} {
			t.Error("the buffer keeps digits")
		}
		w.typePIN("12345678")
		w.wants(t, Home)
		if w.card.verified {
			t.Error("the card keeps its PIN verified after the log-in")
		}
		if bytes.Contains(w.log.Bytes(), []byte("12345678")) || bytes.Contains(w.log.Bytes(), []byte("Value:")) {
			t.Errorf("the log knows the PIN:\n%s", w.log)
		}
	})
}

func TestACardThatTakesAnyPINAndHasAnotherKeyIsRefused(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.card.forged = true
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		w.wants(t, CardProblem)
		if f := w.Snapshot().Fault; f == nil || *f != FaultCardBroken {
			t.Errorf("fault %v", f)
		}
		if w.inps.asked() != 0 {
			t.Error("INPS was asked on behalf of a forged card")
		}
	})
}

func TestPullingTheCardCutsOffWhatIsStillAsked(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.inps.slow = true
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.touch(Open, "estratto-contributivo")
		w.wants(t, Loading)
		w.slot(smartcard.EmptySlot)
		w.wants(t, Removed)
		if !w.inps.cutOff {
			t.Error("the question went on without its citizen")
		}
		if w.inps.revoked != 1 {
			t.Errorf("token revoked %d times", w.inps.revoked)
		}
	})
}

func TestWhatTheCardHasSignedIsStoredEvenWhenTheCardLeaves(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.fill(t)
		w.outbox.hold = make(chan struct{})
		w.typePIN("12345678")
		w.wants(t, Saving)
		w.slot(smartcard.EmptySlot) // signed, not yet stored
		w.wants(t, Removed)
		close(w.outbox.hold)
		synctest.Wait()
		if len(w.outbox.stored) != 1 {
			t.Fatalf("%d submissions stored", len(w.outbox.stored))
		}
		if v := w.Snapshot(); v.Farewell.Claim != "PUE-0421-TEST" {
			t.Errorf("the farewell names %q", v.Farewell.Claim)
		}
		if len(w.paper.orders) != 1 || w.paper.orders[0].Kind != PaperLocal {
			t.Errorf("printed %v, want the local receipt", w.paper.orders)
		}
	})
}

func TestDigitsOfACardThatLeavesAreWiped(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.touch(Start, "")
		w.touch(Continue, "")
		w.slot(smartcard.CardIn)
		for range 3 {
			w.touch(Digit, "7")
		}
		w.touch(Erase, "")
		if w.runner.pin.n != 2 || w.runner.pin.digits[2] != 0 {
			t.Errorf("%d digits after three and an erasure", w.runner.pin.n)
		}
		w.slot(smartcard.EmptySlot)
		if w.runner.pin.n != 0 || w.runner.pin.digits != [pinMax]byte{} {
			t.Error("the digits of a card that left are still there")
		}
	})
}

func TestTheRecordSaysWhoWasBesideAndWhatWasRead(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.o.Officers[person("anna").Fingerprint] = Enrolled{"op-1", "Olga R."}
		w.slot(smartcard.CardIn)
		w.typePIN("12345678")
		w.wants(t, Board)
		if w.card.verified {
			t.Error("the officer's card keeps its PIN verified behind the board")
		}
		w.touch(Assist, "")
		w.slot(smartcard.EmptySlot)
		clear(w.o.Officers) // the same test card is a citizen's now
		w.touch(Start, "")
		w.logIn(t)
		if w.inps.actor != "op-1" {
			t.Errorf("logged in with actor %q", w.inps.actor)
		}
		w.apply(t)
		if r := w.inps.record; r.Actor != "op-1" || r.NoticeVersion != "2026-1" || r.Language != "it" || r.Service != "naspi" || !r.ClockTrusted {
			t.Errorf("record %+v", r)
		}
	})
}

func TestAPersonalPrintJobStopsWhenItsPersonLeavesAndAReceiptDoesNot(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.paper.jam = true
		w.logIn(t)
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.touch(Open, "estratto-contributivo")
		w.wants(t, Statement)
		w.touch(PrintIt, "")
		w.slot(smartcard.EmptySlot)
		if len(w.paper.stopped) != 1 || w.paper.stopped[0] != PaperPersonal {
			t.Fatalf("stopped %v, want the statement", w.paper.stopped)
		}
		w.touch(Start, "")
		w.logIn(t)
		w.apply(t)
		w.touch(PrintIt, "")
		w.slot(smartcard.EmptySlot)
		if len(w.paper.stopped) != 1 {
			t.Errorf("stopped %v: a receipt that names nobody was given up", w.paper.stopped)
		}
	})
}

func TestEveryTokenIsRevoked(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.inps.refuse = true
		w.touch(Open, "estratto-contributivo")
		w.wants(t, Unavailable)
		w.inps.refuse = false
		w.touch(Retry, "")
		w.typePIN("12345678")
		w.slot(smartcard.EmptySlot)
		if w.inps.asked() != 2 || w.inps.revoked != 2 {
			t.Errorf("%d log-ins, %d revocations", w.inps.asked(), w.inps.revoked)
		}
	})
}

func TestTheRecordKeepsTheOrderOfWhatHappened(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.audit.slow = true
		w.logIn(t)
		w.touch(CallHelp, "")
		w.slot(smartcard.EmptySlot)
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []audit.Name{audit.SessionStarted, audit.RevocationUnknown, audit.HelpCalled, audit.SessionEnded}
		if diff := gocmp.Diff(want, w.audit.lines); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWatchersGetTheNewestRevisionAndAreLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		ctx, cancel := context.WithCancel(t.Context())
		revisions := w.Watch(ctx)
		first := <-revisions
		w.touch(Start, "")
		w.touch(Continue, "")
		if now := <-revisions; now != w.Snapshot().Rev || now <= first {
			t.Errorf("revision %d after %d, want %d", now, first, w.Snapshot().Rev)
		}
		cancel()
		synctest.Wait()
		if _, open := <-revisions; open {
			t.Error("the channel stays open")
		}
	})
}
