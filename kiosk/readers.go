package kiosk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/config"
	"pue/kiosk/session"
)

// settle is how long a card may look mute while a hand still pushes it in.
const settle = 300 * time.Millisecond

// watchReaders reports readers and cards to the session. A reader service that
// dies takes all cards with it: what was on the screen must go.
func (k *Kiosk) watchReaders(ctx context.Context) {
	open := func(context.Context) (smartcard.Readers, error) { return k.o.Readers, nil }
	devices.Supervise(ctx, k.slots.log, open, func(ctx context.Context, r smartcard.Readers) error {
		defer k.slots.forget()
		return r.Watch(ctx, k.slots.change)
	}, k.slots.status)
}

// slots is what the readers hold, as the session is told of it: in order, and a
// mute card only once it has settled.
type slots struct {
	tell  func(session.Event)
	serve config.Cards // whose cards belong into which readers
	log   *slog.Logger

	mu      sync.Mutex
	said    devices.Status
	here    map[string]slot
	changes uint64
	changed chan struct{} // closed by the next change
}

// slot is one reader that is there.
type slot struct {
	holds  smartcard.Slot
	change uint64 // numbers the change that brought it about
}

func newSlots(tell func(session.Event), cards config.Cards, log *slog.Logger) *slots {
	return &slots{tell: tell, serve: cards, log: log.With("device", "reader"), here: map[string]slot{}, changed: make(chan struct{})}
}

// change takes in what the reader service says of one reader.
func (s *slots) change(c smartcard.Change) {
	role, used := s.role(c.Reader)
	if !used {
		return
	}
	news := session.CardChange{Change: c, Role: role}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.Info("card slot changed", "reader", c.Reader, "slot", c.Slot.String())
	s.changes++
	slipped := c.Slot == smartcard.MuteCard && s.here[c.Reader].holds == smartcard.CardIn
	if c.Slot == smartcard.NoReader {
		delete(s.here, c.Reader)
	} else {
		s.here[c.Reader] = slot{c.Slot, s.changes}
	}
	close(s.changed)
	s.changed = make(chan struct{})
	s.say(readerStatus(len(s.here)))
	if c.Slot == smartcard.MuteCard {
		if slipped { // the card that was there is gone, whatever this will be
			s.tell(session.CardChange{Change: smartcard.Change{Reader: c.Reader, Slot: smartcard.EmptySlot}, Role: role})
		}
		number := s.changes
		time.AfterFunc(settle, func() { s.settled(news, number) })
		return
	}
	s.tell(news)
}

// settled reports a mute card, unless something has changed in its reader.
func (s *slots) settled(news session.CardChange, number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.here[news.Reader].change == number {
		s.tell(news)
	}
}

// forget takes every reader away.
func (s *slots) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range s.here {
		role, _ := s.role(name)
		s.tell(session.CardChange{Change: smartcard.Change{Reader: name}, Role: role})
	}
	clear(s.here)
}

// status reports the readers as a whole, when that is news.
func (s *slots) status(now devices.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(now)
}

func (s *slots) say(now devices.Status) {
	if now.State == s.said.State && now.Reason == s.said.Reason {
		return
	}
	s.said = now
	s.log.Info("readers changed", "state", now.State.String(), "reason", now.Reason)
	s.tell(session.DeviceChanged{Name: "reader", Status: now})
}

// role applies cards.citizen_readers and cards.officer_readers. A reader that
// is in neither, while there are any, is not used.
func (s *slots) role(reader string) (role session.ReaderRole, used bool) {
	named := func(parts []string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(reader, part) })
	}
	citizens, officers := named(s.serve.CitizenReaders), named(s.serve.OfficerReaders)
	switch {
	case len(s.serve.CitizenReaders)+len(s.serve.OfficerReaders) == 0, citizens && officers:
		return session.AnyReader, true
	case citizens:
		return session.CitizenReader, true
	case officers:
		return session.OfficerReader, true
	}
	return session.AnyReader, false
}

// await names a reader that holds a card: the one that is wanted, or any when
// that is empty. It waits for one until ctx ends.
func (s *slots) await(ctx context.Context, wanted string) (string, error) {
	for {
		s.mu.Lock()
		name, changed, readers, mute := s.withCard(wanted), s.changed, len(s.here), s.withMuteCard(wanted)
		s.mu.Unlock()
		if name != "" {
			return name, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return "", ctx.Err()
			}
			if readers == 0 {
				return "", fmt.Errorf("no card reader: plug one in, and see that pcscd is running: %w", devices.ErrAbsent)
			}
			if mute {
				return "", fmt.Errorf("a card is in and does not answer: turn it over, chip first: %w", smartcard.ErrUnreadable)
			}
			return "", fmt.Errorf("no card came: put one in, chip first: %w", devices.ErrAbsent)
		}
	}
}

// withCard names the first reader, in the order of names, that holds a card.
func (s *slots) withCard(wanted string) (first string) {
	for name, slot := range s.here {
		if slot.holds == smartcard.CardIn && (wanted == "" || name == wanted) && (first == "" || name < first) {
			first = name
		}
	}
	return first
}

// withMuteCard reports whether the wanted reader, or any, holds a card that does not
// answer.
func (s *slots) withMuteCard(wanted string) bool {
	for name, slot := range s.here {
		if slot.holds == smartcard.MuteCard && (wanted == "" || name == wanted) {
			return true
		}
	}
	return false
}

// cards counts the readers that hold one.
func (s *slots) cards() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, slot := range s.here {
		if slot.holds == smartcard.CardIn {
			n++
		}
	}
	return n
}

func readerStatus(readers int) devices.Status {
	if readers == 0 {
		return devices.Status{State: devices.Absent, Reason: "absent", Since: time.Now()}
	}
	return devices.Status{State: devices.Ready, Since: time.Now()}
}
