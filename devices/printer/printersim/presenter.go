package printersim

import "time"

// ticket is a sheet between the blade and a hand, on printers with a presenter.
type ticket struct {
	receipt int
	place   place
}

type place uint8

const (
	nowhere place = iota
	inside        // cut, held by the rollers
	atMouth       // somebody can take it
)

// presenterSpeed of the rollers, in mm/s.
const presenterSpeed = 150

// Mouth returns the number of the receipt that waits to be taken, 0 when none
// does.
func (s *Sim) Mouth() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ticket.place != atMouth {
		return 0
	}
	return s.ticket.receipt
}

// Take takes the receipt out of the mouth, if there is one.
func (s *Sim) Take() {
	s.turn(func() {
		if s.ticket.place == atMouth {
			s.leave(Taken)
		}
	})
}

// hold gives the presenter a sheet fresh from the blade; it pushes out the one
// that nobody took.
func (s *Sim) hold(receipt int) {
	if !s.model.presenter {
		return
	}
	if s.ticket.place != nowhere {
		s.leave(Ejected)
	}
	s.ticket = ticket{receipt, inside}
}

func (s *Sim) leave(how EventKind) {
	s.happened(how, s.ticket.receipt)
	s.ticket = ticket{}
	s.reportChange()
}

// obeyPresenter is GS e n, with a number of steps for n = 3.
func (s *Sim) obeyPresenter(b []byte) {
	switch n := b[2]; {
	case n == 6:
		s.say(s.ejectorStatus())
	case n != 2 && n != 3 && n != 5:
		s.fault(&s.count.Unknown, "GS e %d is unknown", n)
	case s.ticket.place == nowhere:
		// Nothing to move: the motor turns for nothing.
	case n == 2:
		s.counters.retracts++
		s.leave(Retracted)
	case n == 3:
		s.present(int(b[3]))
	case n == 5:
		s.leave(Ejected)
	}
}

// present moves the ticket outwards by steps.
func (s *Sim) present(steps int) {
	mm := float64(steps) * s.model.step
	if s.speed > 0 {
		s.delay += time.Duration(mm / presenterSpeed * float64(time.Second))
	}
	if steps > 0 && s.ticket.place == inside {
		s.ticket.place = atMouth
		s.happened(Presented, s.ticket.receipt)
		s.reportChange()
	}
}

// ejectorStatus is the answer to GS e 6.
func (s *Sim) ejectorStatus() byte {
	return bit(s.paperLow || s.paperOut, 0x01) | bit(s.ticket.place != nowhere, 0x04) | bit(s.ticket.place == atMouth, 0x08) |
		bit(s.inError(), 0x40) | bit(s.jamError, 0x80)
}
