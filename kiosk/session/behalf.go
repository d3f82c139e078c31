package session

import (
	"slices"
	"strconv"

	"pue/devices/smartcard"
	"pue/kiosk/upstream"
)

// For whom a citizen is here: for themselves, or for somebody whom INPS says they
// may act for. Nobody is ever taken for another by a card that was left in a reader.

// othersPerPage is how many people stand on one page beside the citizen, at the
// largest text size.
const othersPerPage = 3

// WhomView asks for whom; the first row is always the citizen.
type WhomView struct {
	Self        smartcard.Private
	Others      []WhomRow
	Page, Pages int  // from 1
	Ended       bool // INPS does not name any more whom the citizen had chosen
}

// WhomRow is one person that the citizen may act for.
type WhomRow struct {
	Index int
	upstream.Delegation
}

func idOf(d *upstream.Delegation) string {
	if d == nil {
		return ""
	}
	return d.ID
}

// delegated takes over what INPS says about delegations. Who was chosen and is not
// among them any more is let go, with a form that waited: then stale is true. Where
// INPS does not say, a form goes on for whom it was begun a moment ago.
func (c *citizen) delegated(e LoggedIn) (stale bool) {
	if e.Err != nil {
		return false
	}
	c.Delegations, c.Unasked = e.Delegations, e.Unasked
	if c.Form != nil && !c.Unasked && !c.mayActFor(c.Form.Behalf) {
		c.Form, stale = nil, true
	}
	if !c.mayActFor(c.Behalf) {
		c.Behalf, stale = nil, true
	}
	c.Ended = stale && !c.Unasked
	return stale
}

// mayActFor: nobody needs a delegation for themselves.
func (c *citizen) mayActFor(other *upstream.Delegation) bool {
	return other == nil || slices.ContainsFunc(c.Delegations, func(d upstream.Delegation) bool { return d.ID == other.ID })
}

// askWhom lets the citizen choose, if there is anybody to choose.
func (t *turn) askWhom() {
	c := &t.s.Citizen
	if len(c.Delegations) == 0 {
		ended := c.Ended
		t.goHome()
		c.Ended = ended
		return
	}
	c.Page = 1
	t.show(ForWhom)
}

func (t *turn) touchWhom(e Touch) {
	c := &t.s.Citizen
	switch {
	case e.Act == Page:
		c.Page = pageOf(e.Value, len(c.Delegations), othersPerPage)
	case e.Act == Open && e.Value == "me":
		c.Behalf = nil
		t.goHome()
	case e.Act == Open:
		if i, err := strconv.Atoi(e.Value); err == nil && i >= 0 && i < len(c.Delegations) {
			other := c.Delegations[i]
			c.Behalf = &other
			t.goHome()
		}
	}
}

func (c *citizen) whomView() *WhomView {
	rows := make([]WhomRow, len(c.Delegations))
	for i, d := range c.Delegations {
		rows[i] = WhomRow{i, d}
	}
	v := &WhomView{Self: c.Identity.GivenName, Ended: c.Ended, Pages: pageCount(len(rows), othersPerPage)}
	v.Others, v.Page = onPage(rows, c.Page, othersPerPage)
	return v
}
