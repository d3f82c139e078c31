package cardsim

import (
	"context"
	"fmt"
	"sync"
	"time"

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
	jogAfter  int   // APDUs until another program resets the card, -1 for never
	delay     time.Duration
	insertion int // counts insertions: a transport is good for one
	resets    int // counts what reset the card, for those who did not
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
		r.slots = append(r.slots, &slot{name: name, pullAfter: -1, jogAfter: -1, turn: make(chan struct{}, 1)})
	}
	return r
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
