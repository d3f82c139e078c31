package session

import (
	"slices"

	"pue/devices"
	"pue/kiosk/outbox"
)

// Who has confirmed something today may take its codes home on a slip of their own. It
// names nobody, so that it can be had after the visit, while the card is still in.

// did notes what was confirmed in this visit, as it stands now.
func (c *citizen) did(e outbox.Entry) {
	c.Today = append(c.without(e.ID), e)
}

// without is what was confirmed in this visit, but for one that is taken back, or
// whose place another has taken.
func (c *citizen) without(id string) []outbox.Entry {
	return slices.DeleteFunc(slices.Clone(c.Today), func(e outbox.Entry) bool { return e.ID == id })
}

// today is what there is to take home, as it stands now; nil when nothing was done.
func (s *State) today() *Today {
	c := &s.Citizen
	if len(c.Today) == 0 {
		return s.Today
	}
	now := slices.Clone(c.Today)
	for i, e := range now {
		if r := slices.IndexFunc(c.Requests, func(r Request) bool { return r.ID == e.ID }); r >= 0 {
			now[i] = c.Requests[r].Entry
		}
	}
	return &Today{Entries: now}
}

// offersSlip: there are codes to take home, and they can be printed now.
func (s *State) offersSlip() bool { return s.Today != nil && s.Printer.State == devices.Ready }

func (t *turn) touchGoodbye(e Touch) {
	if e.Act == PrintIt && t.s.offersSlip() {
		t.print(Order{Kind: PaperGoodbye, Today: t.s.Today}, Goodbye)
	}
}
