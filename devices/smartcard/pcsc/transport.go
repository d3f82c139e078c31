package pcsc

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ebfe/scard"

	"pue/devices"
	"pue/devices/smartcard"
)

// presenceWait is how long a failed command waits for its verdict: pcscd looks
// every 400 ms whether a card is still there.
const (
	presenceWait  = 600 * time.Millisecond
	presenceEvery = 50 * time.Millisecond
)

// statusWord is the length of what ends every response, in bytes.
const statusWord = 2

// resetsForgiven is how often in a row other programs may reset the card while
// we ask for it.
const resetsForgiven = 3

// transport is one connected card. Its calls into PC/SC come one after the
// other, and none after one that was left behind.
type transport struct {
	service *scard.Context
	card    *scard.Card
	atr     []byte
	calls   calls
	closing sync.Once
	closed  error
}

// Begin implements [smartcard.Transport]. pcscd lets a program wait as long as
// another one has the card. We wait no longer than for a command.
func (t *transport) Begin() error {
	reset, err := bounded(&t.calls, errBusy, func() (reset bool, err error) {
		err = t.card.BeginTransaction()
		for range resetsForgiven {
			// Without a protocol for a moment, the card is still being reset.
			if !errors.Is(err, scard.ErrResetCard) && !(reset && errors.Is(err, scard.ErrProtoMismatch)) {
				break
			}
			reset = true
			if err = t.rejoin(); err == nil {
				err = t.card.BeginTransaction()
			}
		}
		return reset, t.verdict(err)
	})
	if err == nil && reset {
		err = smartcard.ErrReset
	}
	if err != nil {
		return fmt.Errorf("beginning a transaction with the card: %w", err)
	}
	return nil
}

// End implements [smartcard.Transport]. pcscd does not end the transaction of a
// program that has yet to hear of a reset, and counts transactions, so that a
// second Begin would not end it either.
func (t *transport) End() error {
	reset, err := bounded(&t.calls, errHung, func() (reset bool, err error) {
		err = t.card.EndTransaction(scard.LeaveCard)
		if reset = errors.Is(err, scard.ErrResetCard); reset {
			if err = t.rejoin(); err == nil {
				err = t.card.EndTransaction(scard.LeaveCard)
			}
		}
		return reset, t.verdict(err)
	})
	if err == nil && reset {
		err = smartcard.ErrReset
	}
	if err != nil {
		return fmt.Errorf("ending a transaction with the card: %w", err)
	}
	return nil
}

// rejoin takes up a card that another program has reset, as it is. A transaction
// stays what it was.
func (t *transport) rejoin() error {
	err := t.card.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.LeaveCard)
	if err != nil {
		return err
	}
	return t.speaks()
}

// speaks refuses a protocol with which the binding would panic in Transmit.
func (t *transport) speaks() error {
	if p := t.card.ActiveProtocol(); p != scard.ProtocolT0 && p != scard.ProtocolT1 {
		return scard.ErrProtoMismatch
	}
	return nil
}

// Transmit implements [smartcard.Transport]. The error is ErrReset when another
// program's reset came in between our Begin and this command, as can happen
// when that program was about to let the card go. Then the command was not sent.
//
// After a command that failed in any other way, nothing more is sent: the card
// that answers next may be another one, put in so fast that pcscd has not seen
// this one go.
//
// The command travels through a copy, because a call that is left behind goes on
// reading it while the caller wipes his own; it is wiped when the call ends. The
// binding and libpcsclite make no other copy: they write it into the socket of
// pcscd, whose own buffer is out of reach.
func (t *transport) Transmit(apdu []byte) ([]byte, error) {
	if t.card.ActiveProtocol() == scard.ProtocolT0 {
		apdu = forT0(apdu)
	}
	apdu = slices.Clone(apdu)
	response, err := bounded(&t.calls, errHung, func() ([]byte, error) {
		return exchange(apdu, t.card.Transmit, t.unsent)
	})
	if err != nil && !errors.Is(err, smartcard.ErrReset) {
		t.calls.end(err)
	}
	if err != nil {
		return nil, fmt.Errorf("transmitting to the card: %w", err)
	}
	return response, nil
}

// exchange sends a command once and leaves no trace of it or of its answer but
// the answer that it returns: the binding's buffer holds 64 KiB, which must
// neither be kept for a few bytes nor be found with them.
func exchange(apdu []byte, transmit func([]byte) ([]byte, error), judge func(error) error) ([]byte, error) {
	defer clear(apdu)
	response, err := transmit(apdu)
	if err == nil && len(response) < statusWord {
		err = scard.ErrNotTransacted // said by drivers that find nobody there
	}
	if err != nil {
		return nil, judge(err)
	}
	defer clear(response)
	return slices.Clone(response), nil
}

// unsent gives the error of a command its meaning. pcscd refuses to send one to
// a card that was reset, or that has had no protocol agreed since.
func (t *transport) unsent(err error) error {
	if !errors.Is(err, scard.ErrResetCard) && !errors.Is(err, scard.ErrProtoMismatch) {
		return t.verdict(err)
	}
	if again := t.rejoin(); again != nil {
		return t.verdict(again)
	}
	return fault{scard.ErrResetCard, smartcard.ErrReset}
}

// forT0 turns a short APDU into what T=0 carries (ISO/IEC 7816-3 §12.2): a
// fifth byte always, and no Le after data, because the card announces with 61xx
// what there is. Bytes are dropped or a new slice is made, never moved.
func forT0(apdu []byte) []byte {
	switch {
	case len(apdu) == 4:
		return append(slices.Clone(apdu), 0x00)
	case len(apdu) > 5 && len(apdu) == 5+int(apdu[4])+1:
		return apdu[:len(apdu)-1]
	}
	return apdu
}

// verdict tells a card that was pulled in the middle of a command from one
// that failed: pcscd reports both as NOT_TRANSACTED, and knows better at its
// next look.
func (t *transport) verdict(err error) error {
	if err == nil {
		return nil
	}
	if known := unlessLost(t.service, err); errors.Is(known, devices.ErrAbsent) {
		return known
	}
	if !errors.Is(err, scard.ErrNotTransacted) && !errors.Is(err, scard.ErrUnpoweredCard) {
		return understood(err)
	}
	tick := time.NewTicker(presenceEvery)
	defer tick.Stop()
	for range presenceWait / presenceEvery {
		if _, gone := t.card.Status(); gone != nil {
			return meaning(gone)
		}
		<-tick.C
	}
	return meaning(err)
}

// Reset implements [smartcard.Transport].
func (t *transport) Reset() error {
	_, err := bounded(&t.calls, errHung, func() (struct{}, error) {
		err := t.card.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.ResetCard)
		if err == nil {
			err = t.speaks()
		}
		return struct{}{}, t.verdict(err)
	})
	if err != nil {
		return fmt.Errorf("resetting the card: %w", err)
	}
	return nil
}

// ATR implements [smartcard.Transport]. It is the one with which the card was
// found: after a warm reset a card may give another.
func (t *transport) ATR() []byte { return slices.Clone(t.atr) }

// Close implements [smartcard.Transport]. A card that is gone needs no reset,
// so that its absence is no error; nor is a second Close. A card that hangs, or
// that another program keeps, is let go once the call that was left behind ends:
// until then nothing may be asked of its context, because libpcsclite holds a lock
// of the whole process, which the watch needs too, while it waits for a context.
func (t *transport) Close() error {
	t.closing.Do(func() {
		if t.calls.busy() {
			go func() { _ = t.letGo() }()
			return
		}
		letGo := calls{limit: t.calls.limit}
		_, err := bounded(&letGo, errHung, func() (struct{}, error) { return struct{}{}, t.letGo() })
		if err != nil && !errors.Is(err, smartcard.ErrRemoved) {
			t.closed = fmt.Errorf("letting go of the card: %w", err)
		}
	})
	return t.closed
}

func (t *transport) letGo() error {
	t.calls.wait()
	err := meaning(t.card.Disconnect(scard.ResetCard))
	release(t.service)
	return err
}
