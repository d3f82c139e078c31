package pcsc

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ebfe/scard"

	"pue/devices/smartcard"
)

func TestACommandAndItsAnswerLeaveNothingBehind(t *testing.T) {
	command := func() []byte { return []byte("\x00\x20\x00\x10\x0812345678") }
	zeroes := func(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
	judge := func(err error) error { return errors.Join(smartcard.ErrRemoved, err) }

	sent, buffer := command(), []byte("MODELLO ANNA\x90\x00")
	answer, err := exchange(sent, func([]byte) ([]byte, error) { return buffer, nil }, judge)
	if err != nil || string(answer) != "MODELLO ANNA\x90\x00" {
		t.Errorf("%q, %v", answer, err)
	}
	if !zeroes(sent) || !zeroes(buffer) {
		t.Errorf("left behind: %q, %q", sent, buffer)
	}

	sent = command()
	if _, err := exchange(sent, func([]byte) ([]byte, error) { return nil, scard.ErrRemovedCard }, judge); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("a command that failed: %v", err)
	}
	if !zeroes(sent) {
		t.Errorf("left behind by a command that failed: %q", sent)
	}

	sent = command()
	if _, err := exchange(sent, func([]byte) ([]byte, error) { return []byte{0x90}, nil }, judge); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("half a status word: %v, want the judge's word", err)
	}
}
