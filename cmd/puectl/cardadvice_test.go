package main

import (
	"fmt"
	"testing"

	"pue/devices/smartcard"
)

func TestACardThatOthersKeepIsNotSentToBeCleaned(t *testing.T) {
	for err, want := range map[error]int{
		smartcard.ErrBusy: exitTemporary, smartcard.ErrReset: exitIO, smartcard.ErrRemoved: exitIO,
		smartcard.ErrInconsistent: exitData, smartcard.ErrUnreadable: exitData, smartcard.ErrPayment: exitData, smartcard.ErrOldCIE: exitData,
		&smartcard.PINError{Left: 2}: exitNoPermit, &smartcard.PINError{}: exitNoPermit,
	} {
		code, hint := adviseCard(fmt.Errorf("reading the card: %w", err))
		if code != want || hint == "" {
			t.Errorf("%v: exit code %d, want %d, hint %q", err, code, want, hint)
		}
	}
}
