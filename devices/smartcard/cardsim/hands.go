package cardsim

import "time"

// Hands do with cards and readers what people and other programs do.

// Insert puts c into a reader, after taking out what was there.
func (r *Readers) Insert(reader string, c *Card) error {
	return r.handle(reader, func(s *slot) {
		r.empty(s)
		r.fill(s, c)
	})
}

// Remove takes the card out of a reader, if there is one.
func (r *Readers) Remove(reader string) error { return r.handle(reader, r.empty) }

// PullAfter takes the card out in the middle of things: n more APDUs are
// answered, then the card is gone.
func (r *Readers) PullAfter(reader string, n int) error {
	return r.handle(reader, func(s *slot) { s.pullAfter = n })
}

// Slip takes the card off the reader and puts it back at once, as happens to
// one that lies on a plate.
func (r *Readers) Slip(reader string) error {
	return r.handle(reader, func(s *slot) {
		if c := s.card; c != nil {
			r.empty(s)
			r.fill(s, c)
		}
	})
}

// ResetByOther resets the card as another program does that does not wait for
// its turn.
func (r *Readers) ResetByOther(reader string) error { return r.handle(reader, (*slot).jog) }

// ResetByOtherAfter does it in the middle of things: n more APDUs are answered.
func (r *Readers) ResetByOtherAfter(reader string, n int) error {
	return r.handle(reader, func(s *slot) { s.jogAfter = n })
}

// Slow makes each APDU take so long, whatever card is in.
func (r *Readers) Slow(reader string, delay time.Duration) error {
	return r.handle(reader, func(s *slot) { s.delay = delay })
}

// Unplug takes the reader itself away, with what is in it.
func (r *Readers) Unplug(reader string) error {
	return r.handle(reader, func(s *slot) {
		s.card, s.pullAfter, s.jogAfter, s.unplugged = nil, -1, -1, true
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

func (r *Readers) fill(s *slot, c *Card) {
	c.Reset()
	s.card = c
	s.insertion++
	r.tell(s)
}

func (r *Readers) empty(s *slot) {
	if s.card != nil {
		s.card, s.pullAfter, s.jogAfter = nil, -1, -1
		r.tell(s)
	}
}

// jog resets the card behind the back of those who are connected to it.
func (s *slot) jog() {
	s.jogAfter = -1
	if s.card != nil {
		s.card.Reset()
		s.resets++
	}
}
