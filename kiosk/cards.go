package kiosk

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
	"pue/kiosk/control"
)

// cards opens cards for the session. It remembers, for as long as a card is
// open, what the technician may know of it: its certificate, not its holder.
type cards struct {
	readers smartcard.Readers
	anchors *trust.Anchors

	mu   sync.Mutex
	open map[*openCard]control.CardInfo
}

// Open implements session.Cards.
func (c *cards) Open(ctx context.Context, reader string) (smartcard.Card, error) {
	line, err := c.readers.Connect(ctx, reader)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", reader, err)
	}
	card, err := smartcard.Open(line, c.anchors)
	if err != nil {
		line.Close()
		return nil, fmt.Errorf("recognising the card in %s: %w", reader, err)
	}
	return &openCard{Card: card, reader: reader, of: c}, nil
}

// inUse describes the card that the session has open in a reader, or in any
// when reader is empty.
func (c *cards) inUse(reader string) (control.CardInfo, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for card, info := range c.open {
		if reader == "" || card.reader == reader {
			return info, true
		}
	}
	return control.CardInfo{}, false
}

// openCard is a card that cards knows to be open.
type openCard struct {
	smartcard.Card
	reader string
	of     *cards
}

// Identity implements [smartcard.Card].
func (o *openCard) Identity(now time.Time) (smartcard.Identity, error) {
	id, err := o.Card.Identity(now)
	if err != nil {
		return id, err
	}
	if id.Complete() {
		id.Issuers = o.of.anchors.Path(id.Certificate)
	}
	o.of.mu.Lock()
	defer o.of.mu.Unlock()
	if o.of.open == nil {
		o.of.open = map[*openCard]control.CardInfo{}
	}
	o.of.open[o] = control.Describe(id)
	return id, nil
}

// Close implements [smartcard.Card].
func (o *openCard) Close() error {
	o.of.mu.Lock()
	delete(o.of.open, o)
	o.of.mu.Unlock()
	return o.Card.Close()
}
