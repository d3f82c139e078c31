package kiosk

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/config"
	"pue/kiosk/session"
)

// told keeps what the session is told of, in words.
type told struct {
	*slots
	words []string
	log   bytes.Buffer
}

func listen() *told { return listenFor(config.Cards{}) }

func listenFor(cards config.Cards) *told {
	s := &told{}
	s.slots = newSlots(func(e session.Event) {
		switch e := e.(type) {
		case session.CardChange:
			words := e.Reader + ": " + e.Slot.String()
			switch e.Role {
			case session.CitizenReader:
				words += ", for citizens"
			case session.OfficerReader:
				words += ", for officers"
			}
			s.words = append(s.words, words)
		case session.DeviceChanged:
			s.words = append(s.words, e.Name+" is "+e.Status.State.String())
		}
	}, cards, slog.New(slog.NewTextHandler(&s.log, nil)))
	return s
}

func (s *told) hears(reader string, slot smartcard.Slot) {
	s.change(smartcard.Change{Reader: reader, Slot: slot})
}

func (s *told) wants(t *testing.T, words ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(words, s.words); diff != "" {
		t.Errorf("the session was told (-want +got):\n%s", diff)
	}
	s.words = nil
}

func TestReadersAreReportedWhenTheyChangeAndNotAtEveryCard(t *testing.T) {
	s := listen()
	s.hears("A", smartcard.EmptySlot)
	s.hears("A", smartcard.CardIn)
	s.hears("A", smartcard.EmptySlot)
	s.hears("B", smartcard.EmptySlot)
	s.wants(t, "reader is ready", "A: empty", "A: card", "A: empty", "B: empty")
	s.hears("A", smartcard.NoReader)
	s.hears("B", smartcard.NoReader)
	s.wants(t, "A: no reader", "reader is absent", "B: no reader")
	if n := strings.Count(s.log.String(), "readers changed"); n != 2 {
		t.Errorf("%d lines about two changes of the readers:\n%s", n, &s.log)
	}
}

func TestACardIsMuteOnlyOnceItHasSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := listen()
		s.hears("A", smartcard.MuteCard)
		s.wants(t, "reader is ready")
		time.Sleep(settle)
		synctest.Wait()
		s.wants(t, "A: mute card")
	})
}

func TestAMuteCardNeverOvertakesWhatCameAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := listen()
		s.hears("A", smartcard.MuteCard)
		time.Sleep(settle) // the timer and the change below come together
		s.hears("A", smartcard.CardIn)
		time.Sleep(time.Minute)
		synctest.Wait()
		s.mu.Lock()
		if last := s.words[len(s.words)-1]; last != "A: card" {
			t.Errorf("the last word is %q", last)
		}
		s.words = nil
		s.mu.Unlock()

		s.hears("A", smartcard.MuteCard)
		s.hears("A", smartcard.CardIn)
		s.hears("A", smartcard.MuteCard)
		s.hears("A", smartcard.EmptySlot)
		s.hears("B", smartcard.MuteCard)
		s.hears("B", smartcard.NoReader)
		time.Sleep(time.Minute)
		synctest.Wait()
		s.wants(t, "A: empty", "A: card", "A: empty", "A: empty", "B: no reader")
	})
}

func TestACardThatSlipsOffThePlateIsGoneAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := listen()
		s.hears("A", smartcard.CardIn)
		s.hears("A", smartcard.EmptySlot)
		time.Sleep(200 * time.Millisecond)
		s.hears("A", smartcard.CardIn)
		s.wants(t, "reader is ready", "A: card", "A: empty", "A: card")
		s.hears("A", smartcard.MuteCard) // half off, and back before that is worth a word
		time.Sleep(200 * time.Millisecond)
		s.hears("A", smartcard.CardIn)
		time.Sleep(time.Minute)
		synctest.Wait()
		s.wants(t, "A: empty", "A: card")
	})
}

func TestATimerThatRanOutTooLateSaysNothing(t *testing.T) {
	s := listen()
	s.hears("A", smartcard.MuteCard)
	number := s.changes
	s.hears("A", smartcard.CardIn)
	s.wants(t, "reader is ready", "A: card")
	s.settled(session.CardChange{Change: smartcard.Change{Reader: "A", Slot: smartcard.MuteCard}}, number) // as if it had waited for the lock
	s.wants(t)
}

func TestAReaderIsForWhomTheConfigNamesItAndOthersAreLeftAlone(t *testing.T) {
	s := listenFor(config.Cards{CitizenReaders: []string{"Omnikey", "Duo"}, OfficerReaders: []string{"ACR", "Duo"}})
	s.hears("Yubikey 0", smartcard.CardIn)
	s.hears("Omnikey 3x21 00 00", smartcard.CardIn)
	s.hears("ACS ACR39U 00 00", smartcard.EmptySlot)
	s.hears("Duo 00 00", smartcard.EmptySlot)
	s.wants(t, "reader is ready", "Omnikey 3x21 00 00: card, for citizens", "ACS ACR39U 00 00: empty, for officers", "Duo 00 00: empty")
	s.hears("ACS ACR39U 00 00", smartcard.NoReader)
	s.hears("Duo 00 00", smartcard.NoReader)
	s.wants(t, "ACS ACR39U 00 00: no reader, for officers", "Duo 00 00: no reader")
	s.forget()
	s.wants(t, "Omnikey 3x21 00 00: no reader, for citizens")
}

func TestAMuteCardKeepsWhomItsReaderIsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := listenFor(config.Cards{OfficerReaders: []string{"A"}})
		s.hears("A", smartcard.MuteCard)
		time.Sleep(settle)
		synctest.Wait()
		s.wants(t, "reader is ready", "A: mute card, for officers")
	})
}

// failing is a reader service that comes and goes.
type failing struct {
	smartcard.Readers
	watch func(ctx context.Context, report func(smartcard.Change)) error
}

func (f failing) Watch(ctx context.Context, report func(smartcard.Change)) error {
	return f.watch(ctx, report)
}

func TestAServiceThatDiesTakesItsCardsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx := listen(), cancelled(t, time.Second)
		k := &Kiosk{slots: s.slots, o: Options{Readers: failing{watch: func(_ context.Context, report func(smartcard.Change)) error {
			report(smartcard.Change{Reader: "A", Slot: smartcard.CardIn})
			time.Sleep(2 * time.Second)
			return devices.ErrAbsent
		}}}}
		k.watchReaders(ctx)
		s.wants(t, "reader is ready", "A: card", "A: no reader")
	})
}

func TestWithoutAReaderServiceTheLogStaysQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ctx, tries := listen(), cancelled(t, time.Hour), 0
		k := &Kiosk{slots: s.slots, o: Options{Readers: failing{watch: func(context.Context, func(smartcard.Change)) error {
			tries++
			return devices.ErrAbsent
		}}}}
		k.watchReaders(ctx)
		s.wants(t, "reader is absent")
		if lines := strings.Count(s.log.String(), "\n"); lines != 2 || tries > 4000 {
			t.Errorf("%d tries in an hour, log:\n%s", tries, &s.log)
		}
	})
}

func cancelled(t *testing.T, after time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	t.Cleanup(cancel)
	return ctx
}

func TestATechnicianWaitsForACardAndNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := listen()
		if _, err := s.await(cancelled(t, time.Minute), ""); !errors.Is(err, devices.ErrAbsent) || !strings.Contains(err.Error(), "no card reader") {
			t.Errorf("no reader: %v", err)
		}
		s.hears("B", smartcard.EmptySlot)
		s.hears("A", smartcard.EmptySlot)
		if _, err := s.await(cancelled(t, time.Minute), ""); !errors.Is(err, devices.ErrAbsent) || !strings.Contains(err.Error(), "no card came") {
			t.Errorf("no card: %v", err)
		}
		s.hears("A", smartcard.MuteCard)
		if _, err := s.await(cancelled(t, time.Minute), "A"); !errors.Is(err, smartcard.ErrUnreadable) {
			t.Errorf("a mute card: %v", err)
		}
		if _, err := s.await(cancelled(t, time.Minute), "B"); !errors.Is(err, devices.ErrAbsent) {
			t.Errorf("a mute card in another reader: %v", err)
		}
		s.hears("A", smartcard.EmptySlot)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.await(ctx, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("who hung up: %v", err)
		}
		time.AfterFunc(time.Second, func() { s.hears("B", smartcard.CardIn) })
		if name, err := s.await(cancelled(t, time.Minute), ""); name != "B" || err != nil {
			t.Errorf("%q, %v", name, err)
		}
		if name, err := s.await(cancelled(t, time.Minute), "A"); err == nil {
			t.Errorf("A was asked for, and %q named", name)
		}
		s.hears("A", smartcard.CardIn)
		if name, err := s.await(cancelled(t, time.Minute), ""); name != "A" || err != nil {
			t.Errorf("%q, %v", name, err)
		}
	})
}
