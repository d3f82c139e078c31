package smartcard_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pue/devices/smartcard"
)

// shared is a card that another program uses too: before, when set, is what
// that program does whenever it gets its turn.
type shared struct {
	smartcard.Transport
	before func() error
	begun  int
	log    []string
}

func (s *shared) Begin() error {
	s.begun++
	s.log = append(s.log, "begin")
	if s.before != nil {
		if err := s.before(); err != nil {
			return err
		}
	}
	return s.Transport.Begin()
}

func (s *shared) End() error {
	s.begun--
	s.log = append(s.log, "end")
	return s.Transport.End()
}

func (s *shared) Reset() error {
	s.log = append(s.log, "reset")
	return s.Transport.Reset()
}

func (s *shared) Transmit(apdu []byte) ([]byte, error) {
	if s.begun != 1 {
		return nil, fmt.Errorf("%d transactions at %X", s.begun, apdu)
	}
	if name := fmt.Sprintf("%02X", apdu[1]); s.log[len(s.log)-1] != name {
		s.log = append(s.log, name)
	}
	return s.Transport.Transmit(apdu)
}

func TestOthersHaveTheirTurnBetweenOperationsAndNeverWhileAPINIsOpen(t *testing.T) {
	transport, _ := insert(t, issue(t, nil))
	s := &shared{Transport: transport}
	if err := journey(s, nil); err != nil {
		t.Fatal(err)
	}
	want := "begin A4 B0 A4 B0 A4 B0 end " + // identity
		"begin 20 22 2A reset end " + // log-in: PIN, signature, Forget
		"begin 20 22 2A" // confirmation, until Close
	if got := strings.Join(s.log, " "); got != want {
		t.Errorf("the card saw\n%s, want\n%s", got, want)
	}
}

func TestARefusedPINEndsTheTransaction(t *testing.T) {
	transport, _ := insert(t, issue(t, nil))
	s := &shared{Transport: transport}
	card, err := smartcard.Open(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil || s.begun != 1 {
		t.Fatalf("right PIN: %v, %d transactions", err, s.begun)
	}
	if err := card.VerifyPIN([]byte("00000000")); err == nil || s.begun != 0 {
		t.Errorf("wrong PIN: %v, %d transactions", err, s.begun)
	}
	digest := sha256.Sum256(nil)
	if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) {
		t.Errorf("signing after it: %v, want ErrPINRequired", err)
	}
}

func TestAnotherProgramsWorkBetweenOperationsDisturbsNothing(t *testing.T) {
	for name, change := range map[string]func(*issued){"contact": nil, "contactless": contactless} {
		sim := issue(t, change)
		transport, readers := insert(t, sim)
		other, err := readers.Connect(context.Background(), reader)
		if err != nil {
			t.Fatal(err)
		}
		for what, disturb := range map[string]func() error{
			"selects another file":        sends(other, "00A40000023F00"),
			"selects another application": sends(other, "00A4040008A000000018434D00"),
			"resets the card":             other.Reset,
			"verifies the PIN":            sends(other, "00200010083132333435363738"),
		} {
			s := &shared{Transport: transport, before: disturb}
			if err := journey(s, nil); err != nil {
				t.Errorf("%s: another program %s: %v", name, what, err)
			}
			if err := s.Transport.End(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// sends makes a program that sends one command.
func sends(t smartcard.Transport, apdu string) func() error {
	return func() error {
		_, err := t.Transmit(unhex(apdu))
		return err
	}
}

func TestAPINTypedIntoAnotherProgramSignsNothing(t *testing.T) {
	transport, readers := insert(t, issue(t, nil))
	other, err := readers.Connect(context.Background(), reader)
	if err != nil {
		t.Fatal(err)
	}
	card, err := smartcard.Open(transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sends(other, "00200010083132333435363738")(); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(nil)
	if _, err := card.Sign(digest[:]); !errors.Is(err, smartcard.ErrPINRequired) || len(transport.commands) != 0 {
		t.Errorf("gives %v after %v, want ErrPINRequired and no command", err, transport.commands)
	}
}

// flaky resets the card under a command, once, as a driver does that lost it
// for a moment.
type flaky struct {
	smartcard.Transport
	at   int
	sent []byte // the instruction of each command
}

func (f *flaky) Transmit(apdu []byte) ([]byte, error) {
	f.sent = append(f.sent, apdu[1])
	if f.at--; f.at == -1 {
		if err := f.Reset(); err != nil {
			return nil, err
		}
		return nil, smartcard.ErrReset
	}
	return f.Transport.Transmit(apdu)
}

func TestAResetUnderACommandRepeatsAReadingAndNeverAPIN(t *testing.T) {
	sim := issue(t, nil)
	for at := 0; ; at++ {
		transport, _ := insert(t, sim)
		f := &flaky{Transport: transport, at: at}
		err := journey(f, nil)
		if f.at >= 0 {
			if err != nil || at < 15 {
				t.Errorf("undisturbed: %v after %d commands", err, at)
			}
			break
		}
		hit := f.sent[at]
		switch {
		case hit == 0xA4 || hit == 0xB0: // a reading is begun again
			if err != nil {
				t.Errorf("reset under command %d (%02X): %v", at, hit, err)
			}
		case hit == 0x20: // the PIN is not
			if !errors.Is(err, smartcard.ErrReset) || f.sent[len(f.sent)-1] != 0x20 {
				t.Errorf("reset under command %d (%02X): %v, then %X", at, hit, err, f.sent[at:])
			}
		default: // nor a signature, for its PIN is gone
			if !errors.Is(err, smartcard.ErrPINRequired) {
				t.Errorf("reset under command %d (%02X): %v, want ErrPINRequired", at, hit, err)
			}
		}
		if n := len(f.sent) - len(slices.DeleteFunc(slices.Clone(f.sent), func(ins byte) bool { return ins == 0x20 })); n > 2 {
			t.Errorf("reset under command %d: the PIN was sent %d times", at, n)
		}
	}
	if sim.TriesLeft() != 3 {
		t.Errorf("%d attempts left", sim.TriesLeft())
	}
}

// late resets the card under a command that reaches it all the same, once, and
// the service tells of it only at the end.
type late struct {
	smartcard.Transport
	at    int
	reset bool
}

func (l *late) Transmit(apdu []byte) ([]byte, error) {
	if l.at--; l.at == -1 {
		l.reset = true
		if err := l.Reset(); err != nil {
			return nil, err
		}
	}
	return l.Transport.Transmit(apdu)
}

func (l *late) End() error {
	err := l.Transport.End()
	if l.reset {
		l.reset, err = false, smartcard.ErrReset
	}
	return err
}

func TestAnAnswerAfterAResetIsNotTakenForTheCardsFault(t *testing.T) {
	for at := 0; ; at++ {
		transport, _ := insert(t, issue(t, nil))
		l := &late{Transport: transport, at: at}
		card, err := smartcard.Open(l, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := card.Identity(now); err != nil {
			t.Errorf("reset under command %d: %v", at, err)
		}
		if l.at >= 0 {
			if at < 5 {
				t.Errorf("a reading took %d commands", at)
			}
			break
		}
	}
}
