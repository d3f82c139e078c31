package cardsim

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"pue/devices"
	"pue/devices/smartcard"
)

// Readers are card readers inside this process, with hands that put cards in
// and pull them out. It implements [smartcard.Readers] and is safe for
// concurrent use; more than one may watch.
type Readers struct {
	mu       sync.Mutex
	slots    []*slot
	watchers map[*watcher]struct{}
}

// slot is one reader.
type slot struct {
	name      string
	unplugged bool
	card      *Card // nil when empty
	pullAfter int   // APDUs until the card is pulled, -1 for never
	insertion int   // counts insertions: a transport is good for one
	resets    int   // counts what reset the card, for those who did not
	turn      chan struct{}
}

// watcher hears changes in order, without holding up whoever made them.
type watcher struct {
	changes []smartcard.Change
	wake    chan struct{}
}

// NewReaders returns empty, plugged readers with these names.
func NewReaders(names ...string) *Readers {
	r := &Readers{watchers: map[*watcher]struct{}{}}
	for _, name := range names {
		r.slots = append(r.slots, &slot{name: name, pullAfter: -1, turn: make(chan struct{}, 1)})
	}
	return r
}

// Insert puts c into a reader, after taking out what was there.
func (r *Readers) Insert(reader string, c *Card) error {
	return r.handle(reader, func(s *slot) {
		r.empty(s)
		c.Reset()
		s.card = c
		s.insertion++
		r.tell(s)
	})
}

// Remove takes the card out of a reader, if there is one.
func (r *Readers) Remove(reader string) error { return r.handle(reader, r.empty) }

// PullAfter takes the card out in the middle of things: n more APDUs are
// answered, then the card is gone.
func (r *Readers) PullAfter(reader string, n int) error {
	return r.handle(reader, func(s *slot) { s.pullAfter = n })
}

// Unplug takes the reader itself away, with what is in it.
func (r *Readers) Unplug(reader string) error {
	return r.handle(reader, func(s *slot) {
		s.card, s.pullAfter, s.unplugged = nil, -1, true
		r.tell(s)
	})
}

// Plug brings a reader back, empty.
func (r *Readers) Plug(reader string) error {
	return r.handle(reader, func(s *slot) {
		s.unplugged = false
		r.tell(s)
	})
}

func (r *Readers) handle(reader string, do func(*slot)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.find(reader)
	if err != nil {
		return err
	}
	do(s)
	return nil
}

func (r *Readers) find(reader string) (*slot, error) {
	for _, s := range r.slots {
		if s.name == reader {
			return s, nil
		}
	}
	return nil, fmt.Errorf("finding the simulated reader %q: %w", reader, devices.ErrAbsent)
}

func (r *Readers) empty(s *slot) {
	if s.card != nil {
		s.card, s.pullAfter = nil, -1
		r.tell(s)
	}
}

func (r *Readers) tell(s *slot) {
	for w := range r.watchers {
		w.changes = append(w.changes, s.change())
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

func (s *slot) change() smartcard.Change {
	c := smartcard.Change{Reader: s.name, Slot: smartcard.CardIn}
	switch {
	case s.unplugged:
		c.Slot = smartcard.NoReader
	case s.card == nil:
		c.Slot = smartcard.EmptySlot
	case s.card.Mute():
		c.Slot = smartcard.MuteCard
	}
	return c
}

// Watch implements [smartcard.Readers].
func (r *Readers) Watch(ctx context.Context, report func(smartcard.Change)) error {
	w := &watcher{wake: make(chan struct{}, 1)}
	r.mu.Lock()
	for _, s := range r.slots {
		if !s.unplugged {
			w.changes = append(w.changes, s.change())
		}
	}
	r.watchers[w] = struct{}{}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.watchers, w)
		r.mu.Unlock()
	}()
	for {
		for _, c := range r.take(w) {
			report(c)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.wake:
		}
	}
}

func (r *Readers) take(w *watcher) []smartcard.Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	changes := w.changes
	w.changes = nil
	return changes
}

// Connect implements [smartcard.Readers]. Several may be connected to one card, as
// with PC/SC; Begin takes turns.
func (r *Readers) Connect(ctx context.Context, reader string) (smartcard.Transport, error) {
	r.mu.Lock()
	s, err := r.find(reader)
	r.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("connecting to the card: %w", err)
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("connecting to the card: %w", ctx.Err())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := s.connectable(); err != nil {
		return nil, fmt.Errorf("connecting to the card: %w", err)
	}
	return &transport{readers: r, slot: s, insertion: s.insertion, resets: s.resets, atr: s.card.ATR()}, nil
}

func (s *slot) connectable() error {
	switch {
	case s.unplugged:
		return devices.ErrAbsent
	case s.card == nil:
		return smartcard.ErrRemoved
	case s.card.Mute():
		return smartcard.ErrUnreadable
	}
	return nil
}

// transport is good for the insertion it was made for.
type transport struct {
	readers   *Readers
	slot      *slot
	insertion int
	resets    int // of the slot, as last seen
	atr       []byte
	holds     bool
}

// card returns the card while it is still the same insertion, counting the use
// when it is one.
func (t *transport) card(uses int) (*Card, error) {
	t.readers.mu.Lock()
	defer t.readers.mu.Unlock()
	s := t.slot
	if s.card == nil || s.insertion != t.insertion {
		return nil, smartcard.ErrRemoved
	}
	if s.pullAfter >= 0 && uses > 0 {
		if s.pullAfter == 0 {
			t.readers.empty(s)
			return nil, smartcard.ErrRemoved
		}
		s.pullAfter -= uses
	}
	return s.card, nil
}

// Transmit implements [smartcard.Transport].
func (t *transport) Transmit(apdu []byte) ([]byte, error) {
	c, err := t.card(1)
	if err != nil {
		return nil, fmt.Errorf("transmitting: %w", err)
	}
	return c.Transmit(slices.Clone(apdu)), nil
}

// Begin implements [smartcard.Transport]. It waits for whoever has begun.
func (t *transport) Begin() error {
	t.slot.turn <- struct{}{}
	t.holds = true
	if _, err := t.card(0); err != nil {
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
	c, err := t.card(0)
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
