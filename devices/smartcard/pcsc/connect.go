package pcsc

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ebfe/scard"

	"pue/devices/smartcard"
)

// Connect implements [smartcard.Readers]: shared, T=0 or T=1. Each transport has a
// context of its own, as pcsc-lite lets a context do one thing at a time.
//
// pcscd lets nobody connect while a program has a transaction with the card. It
// cannot be interrupted either: when ctx or our patience ends first, the call is
// left to end by itself and what it opens is closed again.
func (r *Readers) Connect(ctx context.Context, name string) (smartcard.Transport, error) {
	ctx, enough := context.WithTimeoutCause(ctx, callLimit, errBusy)
	defer enough()
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
		return nil, fmt.Errorf("connecting to the card: %w", context.Cause(ctx))
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
	if t.atr, err = t.meet(); err != nil {
		_ = t.Close()
		return nil, err
	}
	return t, nil
}

// meet reads the ATR. Not every driver answers to the attribute of the ATR, all
// answer to the status. The program that had the card before may be resetting it
// just now, as we do when we let go: nothing is lost by that.
func (t *transport) meet() (atr []byte, err error) {
	for range resetsForgiven {
		if err = t.speaks(); err == nil {
			var status *scard.CardStatus
			if status, err = t.card.Status(); err == nil {
				return slices.Clone(status.Atr), nil
			}
		}
		if !errors.Is(err, scard.ErrResetCard) {
			break
		}
		if err = t.rejoin(); err != nil {
			break
		}
	}
	return nil, err
}
