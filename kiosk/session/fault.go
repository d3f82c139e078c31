package session

import (
	"errors"
	"strings"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
)

// Fault is what people are told when something does not work: a short code that
// a facilitator reads out on the telephone, and messages "fault.<Code>.title",
// ".text" for the citizen and ".remedy" for the facilitator. The technical chain
// goes to the log, with the same code. A code is never used again for another
// meaning.
type Fault struct{ Code string }

// The faults. The letter is where to look: Card, Printer, Network, Service, Kiosk.
var (
	FaultCardMute      = Fault{"C-01"} // no answer: upside down, no chip, dirty
	FaultCardForeign   = Fault{"C-02"} // a chip, but neither a CNS nor a CIE
	FaultCardPulled    = Fault{"C-03"} // out before it was read
	FaultCardUntrusted = Fault{"C-04"} // certificate leads to no anchor
	FaultCardExpired   = Fault{"C-05"}
	FaultCardRevoked   = Fault{"C-06"}
	FaultCardBroken    = Fault{"C-07"} // answers, but its data or signature are wrong
	FaultPINBlocked    = Fault{"C-11"}
	FaultCardPayment   = Fault{"C-12"} // of a bank, or a telephone that pays
	// FaultOfficersReader: a citizen's card is in the reader of the officers.
	FaultOfficersReader = Fault{"C-13"}
	FaultCardBusy       = Fault{"C-14"} // another program uses it, and does not let go
	FaultCardOld        = Fault{"C-15"} // a CIE from before 3.0
	FaultNoReader       = Fault{"C-20"}

	FaultPaperOut     = Fault{"P-01"}
	FaultCoverOpen    = Fault{"P-02"}
	FaultNoPrinter    = Fault{"P-03"}
	FaultNoAnswer     = Fault{"P-04"} // silent, before or after the paper
	FaultPrinterStuck = Fault{"P-05"} // hardware, and what nobody foresaw
	FaultPaperWaits   = Fault{"P-06"} // the last paper is still in its mouth
	FaultNotAPrinter  = Fault{"P-07"} // what is configured is not the line of a printer
	FaultPaperJam     = Fault{"P-08"} // blade or rollers; goes on once the cover was opened and closed
	FaultPaused       = Fault{"P-09"} // takes no data, too hot: may go on by itself
	FaultLineErrors   = Fault{"P-10"} // the printer missed or forgot bytes, so a line may be missing
	FaultUnprepared   = Fault{"P-11"} // the paper cannot be drawn or noted; the printer is all right

	// Of the A4 printer.
	FaultNoSheets      = Fault{"P-20"} // there is none
	FaultTrayEmpty     = Fault{"P-21"}
	FaultSheetsJammed  = Fault{"P-22"} // jam, cover, full tray: somebody has to look
	FaultSheetsAway    = Fault{"P-23"} // not reached, or not the one it should be
	FaultSheetsStuck   = Fault{"P-24"} // stopped, without toner, or it gave the document up
	FaultSheetsRefused = Fault{"P-25"} // the document did not come, or is none that is printed

	FaultNoLine     = Fault{"N-01"}
	FaultBusy       = Fault{"N-02"} // INPS asks to come back later
	FaultNotTrusted = Fault{"N-03"} // the other side is not INPS, or does not accept this terminal
	FaultClock      = Fault{"N-04"} // this terminal's clock is off: nothing can be signed for INPS

	FaultAnswer = Fault{"S-01"} // INPS answered what the contract does not allow
	FaultLogin  = Fault{"S-02"} // INPS refused the log-in
	// FaultDelegation: INPS does not, or no longer, let the citizen act for the other.
	FaultDelegation = Fault{"S-03"}

	FaultStorage = Fault{"K-01"} // the submission could not be stored
	// FaultUnknown: the disk failed at a point where nobody can say whether the
	// submission is stored; the citizen's list of requests tells after a restart.
	FaultUnknown = Fault{"K-04"}
	// FaultNothingStored: the card left before its signature was made.
	FaultNothingStored = Fault{"C-09"}
	FaultClosed        = Fault{"K-02"} // the officer closed the point
	// FaultNeedsOfficer: this point serves only beside an officer (config).
	FaultNeedsOfficer = Fault{"K-03"}
	FaultLent         = Fault{"K-05"} // the technician uses the reader
	FaultNoRoom       = Fault{"K-06"} // no room for one more submission
	FaultNoKey        = Fault{"K-07"} // no key of INPS to seal a submission to
	// FaultTooLate: the submission that was to be replaced cannot be any more.
	FaultTooLate = Fault{"K-08"}
	FaultDisk    = Fault{"K-09"} // the disk does not say whether there is room
	// FaultClockWrong: the clock shows a time before this version was made, and
	// decides about nothing.
	FaultClockWrong = Fault{"K-10"}
)

// ofKiosk reports whether the trouble is the terminal's own: asking INPS once
// more does not help.
func (f Fault) ofKiosk() bool { return strings.HasPrefix(f.Code, "K-") }

// Faults lists them all, for the tests that demand words for each.
var Faults = []Fault{
	FaultCardMute, FaultCardForeign, FaultCardPulled, FaultCardUntrusted, FaultCardExpired, FaultCardRevoked,
	FaultCardBroken, FaultNothingStored, FaultPINBlocked, FaultCardPayment, FaultOfficersReader, FaultCardBusy, FaultCardOld, FaultNoReader,
	FaultPaperOut, FaultCoverOpen, FaultNoPrinter, FaultNoAnswer, FaultPrinterStuck, FaultPaperWaits, FaultNotAPrinter,
	FaultPaperJam, FaultPaused, FaultLineErrors, FaultUnprepared,
	FaultNoSheets, FaultTrayEmpty, FaultSheetsJammed, FaultSheetsAway, FaultSheetsStuck, FaultSheetsRefused,
	FaultNoLine, FaultBusy, FaultNotTrusted, FaultClock, FaultAnswer, FaultLogin, FaultDelegation,
	FaultStorage, FaultUnknown, FaultClosed, FaultNeedsOfficer, FaultLent,
	FaultNoRoom, FaultNoKey, FaultTooLate, FaultDisk, FaultClockWrong,
}

// cardFault says in people's words why a card could not be used.
func cardFault(err error) Fault {
	switch {
	case errors.Is(err, errRevoked):
		return FaultCardRevoked
	case errors.Is(err, smartcard.ErrRemoved):
		return FaultCardPulled
	case errors.Is(err, smartcard.ErrPayment):
		return FaultCardPayment
	case errors.Is(err, smartcard.ErrOldCIE):
		return FaultCardOld
	case errors.Is(err, smartcard.ErrUnsupported):
		return FaultCardForeign
	case errors.Is(err, smartcard.ErrBusy):
		return FaultCardBusy
	case errors.Is(err, smartcard.ErrInconsistent):
		return FaultCardBroken
	case errors.Is(err, devices.ErrAbsent):
		return FaultNoReader
	case errors.Is(err, smartcard.ErrUnreadable):
		return FaultCardMute
	}
	return FaultCardBroken
}

// chainFault says why a certificate is not good enough, or the zero Fault.
func chainFault(c smartcard.Chain) Fault {
	switch c {
	case smartcard.ChainUntrusted:
		return FaultCardUntrusted
	case smartcard.ChainExpired:
		return FaultCardExpired
	case smartcard.ChainRevoked:
		return FaultCardRevoked
	}
	return Fault{}
}

// lineFault says why INPS could not be asked.
func lineFault(err error) Fault {
	var busy *outbox.BusyError
	var paused *outbox.PausedError
	var refused *outbox.RefusedError
	switch {
	case errors.Is(err, upstream.ErrClock):
		return FaultClock
	case errors.Is(err, upstream.ErrDelegation):
		return FaultDelegation
	case errors.As(err, &busy):
		return FaultBusy
	case errors.As(err, &paused):
		return FaultNotTrusted
	case errors.As(err, &refused):
		return FaultLogin
	case errors.Is(err, outbox.ErrNoLine), errors.Is(err, outbox.ErrUnknownOutcome):
		return FaultNoLine
	}
	return FaultAnswer
}

// lineDown says why INPS is not asked while the line is in that state.
func lineDown(line devices.Status) Fault {
	switch line.Reason {
	case "clock":
		return FaultClock
	case "busy":
		return FaultBusy
	}
	return FaultNoLine
}

// isCard reports whether an error is the card's, not INPS's or the disk's.
func isCard(err error) bool {
	var pin *smartcard.PINError
	return errors.As(err, &pin) || errors.Is(err, smartcard.ErrRemoved) || errors.Is(err, smartcard.ErrUnreadable) ||
		errors.Is(err, smartcard.ErrUnsupported) || wasReset(err)
}

// wasReset reports whether another program has made the card forget its PIN.
func wasReset(err error) bool {
	return errors.Is(err, smartcard.ErrReset) || errors.Is(err, smartcard.ErrPINRequired)
}

// storeFault says why a confirmed submission was not stored.
func storeFault(err error) Fault {
	switch {
	case errors.Is(err, smartcard.ErrRemoved):
		return FaultNothingStored
	case isCard(err):
		return FaultCardBroken
	case errors.Is(err, store.ErrUnknown):
		return FaultUnknown
	case errors.Is(err, store.ErrFull):
		return FaultNoRoom
	case errors.Is(err, upstream.ErrNoSealingKey):
		return FaultNoKey
	case errors.Is(err, outbox.ErrTooLate):
		return FaultTooLate
	}
	return FaultStorage
}

// printFault maps a printer's reason to a fault.
func printFault(reason string) Fault {
	switch reason {
	case "paper-out":
		return FaultPaperOut
	case "cover-open":
		return FaultCoverOpen
	case "absent", "unplugged":
		return FaultNoPrinter
	case "no-answer":
		return FaultNoAnswer
	case "paper-in-mouth":
		return FaultPaperWaits
	case "wrong-device":
		return FaultNotAPrinter
	case "cutter-jam", "printer-jam":
		return FaultPaperJam
	case "stalled", "printer-hot", "printer-offline":
		return FaultPaused
	case "line-errors":
		return FaultLineErrors
	case "bad-document", "failed":
		return FaultUnprepared
	}
	return FaultPrinterStuck
}
