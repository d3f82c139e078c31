package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pue/devices/smartcard/cardsim"
	"pue/kiosk/control"
)

// kinds maps what a card is to who carries one by default.
var kinds = map[string]string{"cns": "anna", "cie": "carla", "bank": "banco", "mute": "muta"}

func runCard(ctx context.Context, args []string, log *slog.Logger) error {
	f := flag.NewFlagSet("card", flag.ContinueOnError)
	person := f.String("person", "", "invented person")
	data := f.String("data", "", "card described in JSON")
	vpcd := f.String("vpcd", "127.0.0.1:35963", "the virtual reader")
	socket := f.String("control", "", "control socket; the reader starts empty")
	enrol := f.Bool("fingerprint", false, "print what enrols this card's holder as an officer, and stop")
	words, err := parse(f, args, 1)
	if err != nil {
		return err
	}
	if len(words) == 0 || kinds[words[0]] == "" {
		return errUsage
	}
	if *person == "" {
		*person = kinds[words[0]]
	}
	if *enrol {
		sum, err := fingerprint(*person)
		fmt.Println(sum)
		return err
	}
	c, err := load(*data, *person)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	reader := &vpcdSlot{ctx: ctx, addr: *vpcd, log: log}
	if *socket == "" {
		return cardsim.ServeVPCD(ctx, *vpcd, c)
	}
	g.Go(func() error { return serveKnobs(ctx, *socket, cardKnobs(reader)) })
	g.Go(func() error { <-ctx.Done(); return reader.remove() })
	return g.Wait()
}

// fingerprint gives what enrols a simulated person's card, in hexadecimal, read as
// the terminal does.
func fingerprint(person string) (string, error) {
	c, err := cardsim.Person(person)
	if err != nil {
		return "", err
	}
	readers := cardsim.NewReaders(readerName)
	if err := readers.Insert(readerName, c); err != nil {
		return "", err
	}
	info, err := control.Bench{Readers: readers, Now: time.Now()}.ReadCard(context.Background(), control.CardQuery{Reader: readerName})
	return info.Fingerprint, err
}

// citizens are the simulated people whom the archive of INPS must call by their
// own names: theirs by codice fiscale.
func citizens() (map[string]string, error) {
	names := map[string]string{}
	for _, person := range []string{"anna", "bruno", "carla", "enzo"} {
		c, err := cardsim.Person(person)
		if err != nil {
			return nil, fmt.Errorf("naming the citizens: %w", err)
		}
		h := c.Holder()
		names[h.TaxCode] = h.GivenName + " " + h.Surname
	}
	return names, nil
}

func load(file, person string) (*cardsim.Card, error) {
	if file != "" {
		return cardsim.Load(file)
	}
	c, err := cardsim.Person(person)
	if err != nil {
		return nil, fmt.Errorf("%w (there are %v)", err, cardsim.People())
	}
	return c, nil
}

// vpcdSlot is the slot of a virtual reader: a card is in while its connection
// lasts.
type vpcdSlot struct {
	ctx  context.Context
	addr string
	log  *slog.Logger

	mu   sync.Mutex
	card *cardsim.Card // that is in, while pull is set
	pull context.CancelFunc
	out  chan struct{}
}

func (s *vpcdSlot) insert(c *cardsim.Card) error {
	if err := s.remove(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, pull := context.WithCancel(s.ctx)
	out := make(chan struct{})
	s.card, s.pull, s.out = c, pull, out
	go func() {
		defer close(out)
		if err := cardsim.ServeVPCD(ctx, s.addr, c); err != nil {
			s.log.Error("card lost its reader", "err", err)
		}
	}()
	return nil
}

func (s *vpcdSlot) remove() error {
	s.takeOut()
	return nil
}

// slip takes the card out and puts it in again, if there is one.
func (s *vpcdSlot) slip() error {
	if c := s.takeOut(); c != nil {
		return s.insert(c)
	}
	return nil
}

// takeOut returns the card that was in, nil when there was none.
func (s *vpcdSlot) takeOut() *cardsim.Card {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pull == nil {
		return nil
	}
	s.pull()
	<-s.out
	s.pull = nil
	return s.card
}
