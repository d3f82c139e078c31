package pcsc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ebfe/scard"

	"pue/devices"
	"pue/devices/smartcard"
)

const (
	// pcscd looks every 400 ms whether a card is still there. After a failed
	// command the transport waits that long for its verdict.
	presenceWait  = 600 * time.Millisecond
	presenceEvery = 50 * time.Millisecond

	// resetsForgiven is how many programs in a row may have the card before us.
	resetsForgiven = 3
)

// Connect implements [smartcard.Readers]: shared, T=0 or T=1, and in a
// transaction that lasts until Close, because a command of another program
// between two of ours would move the selected file. Each transport has a
// context of its own, as pcsc-lite lets a context do one thing at a time.
//
// PC/SC cannot interrupt these calls: when ctx ends first, they are left to end
// by themselves and what they open is closed again.
func (r *Readers) Connect(ctx context.Context, name string) (smartcard.Transport, error) {
	type result struct {
		t   *transport
		err error
	}
	connected := make(chan result)
	go func() {
		t, err := connect(name)
		select {
		case connected <- result{t, err}:
		case <-ctx.Done():
			if err == nil {
				_ = t.Close()
			}
		}
	}()
	select {
	case c := <-connected:
		if c.err != nil {
			return nil, fmt.Errorf("connecting to the card: %w", meaning(c.err))
		}
		return c.t, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("connecting to the card: %w", ctx.Err())
	}
}

func connect(name string) (*transport, error) {
	service, err := scard.EstablishContext()
	if err != nil {
		return nil, err
	}
	card, err := service.Connect(name, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		release(service)
		return nil, err
	}
	t := &transport{service: service, card: card, calls: calls{limit: callLimit}}
	if err := t.begin(); err != nil {
		_ = t.Close()
		return nil, err
	}
	return t, nil
}

// transport is one connected card.
type transport struct {
	service *scard.Context
	card    *scard.Card
	atr     []byte
	calls   calls
	spoken  bool // a command has reached the card
	closing sync.Once
	closed  error
}

// begin opens the transaction. A program that held the card until now may have
// reset it at the end, as we do, which pcscd tells those who waited; nothing
// was lost, because nothing was begun.
func (t *transport) begin() error {
	err := t.hold()
	for range resetsForgiven {
		if !errors.Is(err, scard.ErrResetCard) {
			break
		}
		err = t.holdAgain()
	}
	return err
}

// holdAgain takes up a card that somebody else has reset.
func (t *transport) holdAgain() error {
	if err := t.card.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.LeaveCard); err != nil {
		return err
	}
	return t.hold()
}

// Begin implements [smartcard.Transport].
func (t *transport) Begin() error {
	reset, err := bounded(&t.calls, func() (bool, error) {
		err := t.hold()
		if errors.Is(err, scard.ErrResetCard) {
			return true, understood(t.holdAgain())
		}
		return false, understood(err)
	})
	if err == nil && reset {
		err = smartcard.ErrReset
	}
	if err != nil {
		return fmt.Errorf("beginning a transaction with the card: %w", err)
	}
	return nil
}

// End implements [smartcard.Transport].
func (t *transport) End() error {
	_, err := bounded(&t.calls, func() (struct{}, error) {
		return struct{}{}, understood(t.card.EndTransaction(scard.LeaveCard))
	})
	if err != nil {
		return fmt.Errorf("ending a transaction with the card: %w", err)
	}
	return nil
}

// exchange sends one command. The reset of whoever had the card before may
// arrive after the transaction was given to us: then pcscd refuses our first
// command unsent, as a card that was reset or has no protocol yet.
func (t *transport) exchange(apdu []byte) ([]byte, error) {
	response, err := t.card.Transmit(apdu)
	if !t.spoken && (errors.Is(err, scard.ErrResetCard) || errors.Is(err, scard.ErrProtoMismatch)) && t.holdAgain() == nil {
		response, err = t.card.Transmit(apdu)
	}
	t.spoken = true
	return response, err
}

// hold waits for the transaction and reads the ATR. Not every driver answers to
// the attribute of the ATR, all answer to the status.
func (t *transport) hold() error {
	if p := t.card.ActiveProtocol(); p != scard.ProtocolT0 && p != scard.ProtocolT1 {
		return scard.ErrProtoMismatch // the binding would panic in Transmit
	}
	if err := t.card.BeginTransaction(); err != nil {
		return err
	}
	status, err := t.card.Status()
	if err != nil {
		return err
	}
	t.atr = slices.Clone(status.Atr)
	return nil
}

// Transmit implements [smartcard.Transport].
func (t *transport) Transmit(apdu []byte) ([]byte, error) {
	if t.card.ActiveProtocol() == scard.ProtocolT0 {
		apdu = forT0(apdu)
	}
	// A copy, because a call that is left behind goes on reading it, while the
	// caller wipes his own.
	apdu = slices.Clone(apdu)
	response, err := bounded(&t.calls, func() ([]byte, error) {
		defer clear(apdu)
		response, err := t.exchange(apdu)
		if err != nil {
			return nil, t.verdict(err)
		}
		// The binding's buffer holds 64 KiB; do not keep it for a few bytes.
		return slices.Clone(response), nil
	})
	if err != nil {
		return nil, fmt.Errorf("transmitting to the card: %w", err)
	}
	return response, nil
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
	if _, lost := t.service.IsValid(); lost != nil {
		return errors.Join(devices.ErrAbsent, err) // pcscd is gone, whatever the code says
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
	_, err := bounded(&t.calls, func() (struct{}, error) {
		if err := t.card.Reconnect(scard.ShareShared, scard.ProtocolAny, scard.ResetCard); err != nil {
			return struct{}{}, t.verdict(err)
		}
		return struct{}{}, nil
	})
	if err != nil {
		return fmt.Errorf("resetting the card: %w", err)
	}
	return nil
}

// ATR implements [smartcard.Transport].
func (t *transport) ATR() []byte { return slices.Clone(t.atr) }

// Close implements [smartcard.Transport]. A card that is gone needs no reset,
// so that its absence is no error; nor is a second Close. A card that hangs is
// let go by whatever call it holds, if that ever ends.
func (t *transport) Close() error {
	t.closing.Do(func() {
		letGo := calls{limit: t.calls.limit} // tried even after another call was left behind
		_, err := bounded(&letGo, func() (struct{}, error) {
			t.calls.wait()
			err := meaning(t.card.Disconnect(scard.ResetCard))
			release(t.service)
			return struct{}{}, err
		})
		if err != nil && !errors.Is(err, smartcard.ErrRemoved) {
			t.closed = fmt.Errorf("letting go of the card: %w", err)
		}
	})
	return t.closed
}
