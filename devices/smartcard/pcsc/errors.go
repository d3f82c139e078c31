package pcsc

import (
	"errors"
	"fmt"

	"github.com/ebfe/scard"

	"pue/devices"
	"pue/devices/smartcard"
)

// fault gives a PC/SC error its meaning beside its text, so that callers ask
// with errors.Is and the log keeps the original.
type fault struct {
	code    scard.Error
	meaning error
}

func (f fault) Error() string   { return f.meaning.Error() + " (" + f.code.Error() + ")" }
func (f fault) Unwrap() []error { return []error{f.meaning, f.code} }

// meanings are the codes that pcsc-lite returns, as they were seen.
var meanings = map[scard.Error]error{
	scard.ErrNoSmartcard: smartcard.ErrRemoved, // connecting to an empty reader
	scard.ErrRemovedCard: smartcard.ErrRemoved,

	scard.ErrUnresponsiveCard: smartcard.ErrUnreadable,
	scard.ErrUnpoweredCard:    smartcard.ErrUnreadable,
	scard.ErrUnsupportedCard:  smartcard.ErrUnreadable,
	scard.ErrProtoMismatch:    smartcard.ErrUnreadable,
	scard.ErrNotTransacted:    smartcard.ErrUnreadable, // unless it was removed, see transport
	scard.ErrCommDataLost:     smartcard.ErrUnreadable,

	scard.ErrResetCard:        smartcard.ErrReset, // by another program
	scard.ErrSharingViolation: smartcard.ErrBusy,  // another program shares it with nobody

	scard.ErrUnknownReader:     devices.ErrAbsent,
	scard.ErrReaderUnavailable: devices.ErrAbsent,

	scard.ErrNoService:         devices.ErrAbsent, // pcscd is not running
	scard.ErrServiceStopped:    devices.ErrAbsent, // other protocol version
	scard.ErrCommError:         devices.ErrAbsent, // pcscd was killed during a call
	scard.ErrSecurityViolation: devices.ErrAbsent, // pcscd hung up: killed, or not allowed to serve us
	scard.ErrInvalidHandle:     devices.ErrAbsent, // context of a pcscd that is gone
}

// meaning wraps err with what it means, if that is known.
func meaning(err error) error {
	var code scard.Error
	if !errors.As(err, &code) {
		return err
	}
	if m, ok := meanings[code]; ok {
		return fault{code, m}
	}
	return err
}

// lost says what an error means that ended a watch, or the attempt to reach the
// service: it was there and is not any more. A pcscd that is killed in the middle
// of an answer makes libpcsclite return whatever it had read so far, so that the
// code does not tell.
func lost(err error) error {
	if known := meaning(err); errors.Is(known, devices.ErrAbsent) {
		return known
	}
	return fmt.Errorf("%w: %w", devices.ErrAbsent, err)
}

// unlessLost is the meaning of an error of a service that is still there, and
// else its loss.
func unlessLost(service *scard.Context, err error) error {
	_, gone := service.ListReaders() // the shortest question that pcscd answers itself
	if gone == nil || errors.Is(gone, scard.ErrNoReadersAvailable) || errors.Is(gone, scard.ErrInsufficientBuffer) {
		return meaning(err)
	}
	return lost(err)
}

// understood is meaning for a command to a card that was connected: a code that
// says nothing known still says that the card does not answer as it should.
func understood(err error) error {
	var code scard.Error
	if errors.As(err, &code) && meanings[code] == nil {
		return fault{code, smartcard.ErrUnreadable}
	}
	return meaning(err)
}
