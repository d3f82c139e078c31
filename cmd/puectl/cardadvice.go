package main

import (
	"errors"

	"pue/devices"
	"pue/devices/smartcard"
)

// cardAdvice is what an error about a card ends with, the narrower meaning before
// the wider.
var cardAdvice = []struct {
	err  error
	code int
	hint string
}{
	{smartcard.ErrBlocked, exitNoPermit, "only the PUK helps: it stands in the letter that came with the card; a CNS is unblocked by the ASL, a CIE by the Comune or with the app CieID"},
	{smartcard.ErrPINFormat, exitData, "a CNS has 5 to 8 digits, a CIE exactly 8; the card was not asked, and no attempt is lost"},
	{smartcard.ErrPayment, exitData, "take a health card (TS-CNS) or an identity card (CIE)"},
	{smartcard.ErrUnsupported, exitData, "take a health card (TS-CNS) or an identity card (CIE); what the card answers: --trace FILE"},
	{smartcard.ErrInconsistent, exitData, "the card contradicts what its issuer signed: do not use it; what it answers: --trace FILE"},
	{smartcard.ErrBusy, exitTemporary, "another program keeps the card: stop it, then try again"},
	{smartcard.ErrUnreadable, exitData, "clean the contacts, or lay the card flat on the plate; what it answers: --trace FILE"},
	{smartcard.ErrReset, exitIO, "another program uses the reader: stop it, then try again"},
	{smartcard.ErrRemoved, exitIO, "leave the card where it is until the answer comes"},
	{devices.ErrAbsent, exitNoInput, ""}, // its words say what to do
}

// adviseCard gives the exit code of an error, and what a technician can do about
// it. A refused PIN has its number of attempts in its words, and is never offered
// again unasked.
func adviseCard(err error) (code int, hint string) {
	for _, a := range cardAdvice {
		if errors.Is(err, a.err) {
			return a.code, a.hint
		}
	}
	if refused := (*smartcard.PINError)(nil); errors.As(err, &refused) {
		return exitNoPermit, "do not try again without the holder: after the last attempt only the PUK helps"
	}
	return 1, ""
}
