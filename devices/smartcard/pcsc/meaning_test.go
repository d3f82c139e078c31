package pcsc

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/ebfe/scard"

	"pue/devices"
	"pue/devices/smartcard"
)

func TestAnErrorOfTheServiceKeepsItsCodeBesideItsMeaning(t *testing.T) {
	for code, want := range map[scard.Error]error{
		0x8010001D: devices.ErrAbsent, // NO_SERVICE
		0x80100013: devices.ErrAbsent, // COMM_ERROR
		0x80100009: devices.ErrAbsent, // UNKNOWN_READER
		0x8010006A: devices.ErrAbsent, // SECURITY_VIOLATION
		0x80100069: smartcard.ErrRemoved,
		0x8010000C: smartcard.ErrRemoved,
		0x80100066: smartcard.ErrUnreadable, // UNRESPONSIVE_CARD
		0x80100068: smartcard.ErrReset,      // RESET_CARD
		0x8010000B: smartcard.ErrBusy,       // SHARING_VIOLATION
	} {
		if err := meaning(code); !errors.Is(err, want) || !errors.Is(err, code) {
			t.Errorf("%08X means %v, want %v", uint32(code), err, want)
		}
	}
	const denied = scard.Error(0x8010006F) // CARD_NOT_AUTHENTICATED
	if err := meaning(denied); err != error(denied) {
		t.Errorf("a code without meaning became %v", err)
	}
	if err := understood(denied); !errors.Is(err, smartcard.ErrUnreadable) || !errors.Is(err, denied) {
		t.Errorf("the same code during a command is %v", err)
	}
	if meaning(nil) != nil || understood(nil) != nil {
		t.Error("no error became one")
	}
}

func TestOverT0EveryCommandHasAFifthByteAndNoLengthAfterData(t *testing.T) {
	for apdu, want := range map[string]string{
		"00A40000":             "00A4000000",           // nothing: P3 = 00
		"00B0000010":           "00B0000010",           // Le alone
		"00A40000023F00":       "00A40000023F00",       // data alone
		"00A40000023F0000":     "00A40000023F00",       // data and Le
		"0022F30300":           "0022F30300",           // the empty field of a CNS
		"00200010083132333435": "00200010083132333435", // cut short: as it is
	} {
		in, err := hex.DecodeString(apdu)
		if err != nil {
			t.Fatal(err)
		}
		out, err := hex.DecodeString(want)
		if err != nil {
			t.Fatal(err)
		}
		if got := forT0(in); !bytes.Equal(got, out) {
			t.Errorf("%s becomes %X, want %s", apdu, got, want)
		}
		if again, _ := hex.DecodeString(apdu); !bytes.Equal(in, again) {
			t.Errorf("%s was changed in place", apdu)
		}
	}
}

func TestAReadersFlagsSayWhatItHolds(t *testing.T) {
	for name, c := range map[string]struct {
		event scard.StateFlag
		slot  smartcard.Slot
		ok    bool
	}{
		"card":          {scard.StateChanged | scard.StatePresent, smartcard.CardIn, true},
		"card in use":   {scard.StatePresent | scard.StateInuse, smartcard.CardIn, true},
		"mute card":     {scard.StatePresent | scard.StateMute, smartcard.MuteCard, true},
		"empty":         {scard.StateChanged | scard.StateEmpty, smartcard.EmptySlot, true},
		"counted":       {scard.StateEmpty | 7<<16, smartcard.EmptySlot, true},
		"unknown":       {scard.StateChanged | scard.StateUnknown, 0, false},
		"unavailable":   {scard.StateUnavailable, 0, false},
		"nothing known": {0, 0, false},
	} {
		if slot, ok := slotOf(c.event); ok != c.ok || ok && slot != c.slot {
			t.Errorf("%s: slot %d, %v, want %d, %v", name, slot, ok, c.slot, c.ok)
		}
	}
}

func TestTheCounterShowsACardThatWasExchangedUnseen(t *testing.T) {
	var slots []smartcard.Slot
	w := watch{report: func(c smartcard.Change) { slots = append(slots, c.Slot) }}
	r := reader{name: "r"}
	for _, event := range []scard.StateFlag{
		scard.StateEmpty,
		scard.StatePresent | 1<<16,
		scard.StatePresent | scard.StateInuse | 1<<16, // another program connects
		scard.StatePresent | 3<<16,                    // out and in
		scard.StateEmpty | 4<<16,
		scard.StateEmpty | 6<<16, // in and out: nobody needs to know
	} {
		w.see(&r, event|scard.StateChanged)
	}
	want := []smartcard.Slot{
		smartcard.EmptySlot, smartcard.CardIn, smartcard.EmptySlot, smartcard.CardIn, smartcard.EmptySlot,
	}
	if len(slots) != len(want) {
		t.Fatalf("reported %d, want %d", slots, want)
	}
	for i := range want {
		if slots[i] != want[i] {
			t.Fatalf("reported %d, want %d", slots, want)
		}
	}
}
