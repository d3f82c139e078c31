package cardsim

import (
	"fmt"
	"slices"
	"time"

	"pue/devices/smartcard"
)

// transport is good for the insertion it was made for.
type transport struct {
	readers   *Readers
	slot      *slot
	insertion int
	resets    int // of the slot, as last seen
	atr       []byte
	holds     bool
}

// card returns the card while it is still the same insertion.
func (t *transport) card() (*Card, error) {
	t.readers.mu.Lock()
	defer t.readers.mu.Unlock()
	return t.present()
}

func (t *transport) present() (*Card, error) {
	if t.slot.card == nil || t.slot.insertion != t.insertion {
		return nil, smartcard.ErrRemoved
	}
	return t.slot.card, nil
}

// use returns the card for one APDU, unless that is when it goes or is reset.
// A reset is told until Begin has heard of it.
func (t *transport) use() (*Card, error) {
	t.readers.mu.Lock()
	defer t.readers.mu.Unlock()
	c, err := t.present()
	if err != nil {
		return nil, err
	}
	s := t.slot
	if s.pullAfter == 0 {
		t.readers.empty(s)
		return nil, smartcard.ErrRemoved
	}
	if s.jogAfter == 0 {
		s.jog()
	}
	if t.resets != s.resets {
		return nil, smartcard.ErrReset
	}
	s.pullAfter = max(s.pullAfter-1, -1)
	s.jogAfter = max(s.jogAfter-1, -1)
	return c, nil
}

// wait is how long the card thinks.
func (t *transport) wait() {
	t.readers.mu.Lock()
	delay := t.slot.delay
	t.readers.mu.Unlock()
	time.Sleep(delay)
}

// Transmit implements [smartcard.Transport].
func (t *transport) Transmit(apdu []byte) ([]byte, error) {
	t.wait()
	c, err := t.use()
	if err != nil {
		return nil, fmt.Errorf("transmitting: %w", err)
	}
	return c.Transmit(slices.Clone(apdu)), nil
}

// Begin implements [smartcard.Transport]. It waits for whoever has begun.
func (t *transport) Begin() error {
	t.slot.turn <- struct{}{}
	t.holds = true
	if _, err := t.card(); err != nil {
		t.let()
		return fmt.Errorf("beginning: %w", err)
	}
	t.readers.mu.Lock()
	defer t.readers.mu.Unlock()
	if t.resets != t.slot.resets {
		t.resets = t.slot.resets
		return fmt.Errorf("beginning: %w", smartcard.ErrReset)
	}
	return nil
}

// End implements [smartcard.Transport].
func (t *transport) End() error {
	t.let()
	return nil
}

func (t *transport) let() {
	if t.holds {
		t.holds = false
		<-t.slot.turn
	}
}

// Reset implements [smartcard.Transport].
func (t *transport) Reset() error {
	c, err := t.card()
	if err != nil {
		return fmt.Errorf("resetting: %w", err)
	}
	c.Reset()
	t.readers.mu.Lock()
	defer t.readers.mu.Unlock()
	t.slot.resets++
	t.resets = t.slot.resets
	return nil
}

// ATR implements [smartcard.Transport].
func (t *transport) ATR() []byte { return slices.Clone(t.atr) }

// Close implements [smartcard.Transport]. Closing what is gone, or closed
// already, is no error.
func (t *transport) Close() error {
	_ = t.Reset() // of a card that is still there
	t.let()
	return nil
}
