package pcsc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

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
	var reached atomic.Bool // pcscd
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	defer time.AfterFunc(callLimit, func() {
		if reached.Load() {
			giveUp(errBusy)
		} else {
			giveUp(errStill)
		}
	}).Stop()
	type result struct {
		t   *transport
		err error
	}
	connected := make(chan result)
	go func() {
		t, err := connect(name, &reached)
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
			return nil, fmt.Errorf("connecting to the card: %w", c.err)
		}
		return c.t, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("connecting to the card: %w", context.Cause(ctx))
	}
}

func connect(name string, reached *atomic.Bool) (*transport, error) {
	service, err := scard.EstablishContext()
	if err != nil {
		return nil, lost(err)
	}
	reached.Store(true)
	card, err := service.Connect(name, scard.ShareShared, scard.ProtocolAny)
	if err != nil {
		err = unlessLost(service, err)
		release(service)
		return nil, err
	}
	t := &transport{service: service, card: card, calls: calls{limit: callLimit}}
	if t.atr, err = t.meet(); err != nil {
		err = unlessLost(service, err)
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
