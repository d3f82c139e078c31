package session

import "pue/devices"

// Who leaves is asked whether they have their papers, if there are any: what came out
// for them, what may have, and what comes out behind their back.

// papers is how many of them an order makes.
func (o Order) papers() int { return max(1, o.sheets()) }

// begun is how many papers of an open order may be out already. The A4 printer does not
// say how far it is.
func (p printing) begun() int {
	if p.Open && (p.Progress != "" || p.Order.Kind == PaperSheets) {
		return p.Order.papers()
	}
	return 0
}

// papersLeft is what somebody who leaves now may have to fetch. The receipt of what
// they confirmed comes out by itself, if the printer works.
func (s *State) papersLeft() int {
	n := s.Citizen.Papers + s.Print.begun()
	receipt := s.owesReceipt() || s.Print.Open && s.Print.begun() == 0 && s.Print.Order.Entry != nil
	if receipt && s.Printer.State == devices.Ready {
		n++
	}
	return n
}
