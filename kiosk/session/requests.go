package session

import (
	"errors"
	"slices"

	"pue/kiosk/audit"
	"pue/kiosk/outbox"
)

// listRows is how many submissions fit on one page at the largest text size.
const listRows = 3

// withdrawal is what became of the wish to take a submission back, or to put
// another in its place.
type withdrawal string

const (
	takenBack  withdrawal = "done"
	notWritten withdrawal = "failed"
	tooLate    withdrawal = "too-late" // it is on its way already
	filed      withdrawal = "filed"    // INPS has it already
	ended      withdrawal = "ended"    // it was refused, is stuck or closed: INPS does not get it from here
	// The same, of a submission that another was to take the place of.
	notReplaced      withdrawal = "not-replaced"
	notReplacedFiled withdrawal = "not-replaced-filed"
	notReplacedEnded withdrawal = "not-replaced-ended"
)

// whyTooLate tells what is true of a submission that could not be withdrawn.
func whyTooLate(now outbox.State) withdrawal {
	switch now {
	case outbox.Filed:
		return filed
	case outbox.Refused, outbox.Stuck, outbox.Closed:
		return ended
	}
	return tooLate
}

// whyNotReplaced is whyTooLate for one that another was to take the place of.
func whyNotReplaced(first outbox.State) withdrawal {
	return map[withdrawal]withdrawal{tooLate: notReplaced, filed: notReplacedFiled, ended: notReplacedEnded}[whyTooLate(first)]
}

func (t *turn) touchRequests(e Touch) {
	c := &t.s.Citizen
	switch {
	case t.s.Screen == AskWithdraw && c.Busy:
	case t.s.Screen == Requests && e.Act == Page:
		c.ListPage = pageOf(e.Value, len(c.Requests), listRows)
	case t.s.Screen == Requests && e.Act == Open:
		t.openRequest(e.Value)
	case t.s.Screen == OneRequest && e.Act == GoBack, t.s.Screen == Withdrawn && e.Act == Continue:
		c.Opened, c.Told = nil, ""
		t.show(Requests)
	case t.s.Screen == OneRequest:
		t.touchRequest(e)
	case t.s.Screen == AskWithdraw && e.Act == GoBack:
		t.show(OneRequest)
	case t.s.Screen == AskWithdraw && e.Act == Confirm:
		c.Busy = true
		t.do(TakeBack{Visit: t.s.Visit, ID: c.Opened.ID})
	case e.Act == GoHome, e.Act == GoBack:
		t.goHome()
	}
}

// openRequest shows one submission of the list.
func (t *turn) openRequest(claim string) {
	c := &t.s.Citizen
	i := slices.IndexFunc(c.Requests, func(r Request) bool { return r.Claim == claim })
	if i < 0 {
		return
	}
	r := c.Requests[i]
	c.Opened, c.Told = &r, ""
	t.show(OneRequest)
}

// touchRequest does what one submission allows.
func (t *turn) touchRequest(e Touch) {
	r := t.s.Citizen.Opened
	switch {
	case e.Act == PrintIt && r.printable():
		t.print(t.s.paperOf(r), OneRequest)
	case e.Act == Withdraw && r.Withdrawable():
		t.show(AskWithdraw)
	case e.Act == Redo && t.s.Citizen.canRedo(r):
		t.open(r.Service, r)
	default:
		t.touchPhoneOf(&r.Entry, e)
	}
}

// printable: a receipt of what was taken back or closed would say nothing.
func (r *Request) printable() bool {
	return r.State != outbox.Withdrawn && r.State != outbox.Closed
}

// canRedo: a form takes the place of one for the same person. The label of what is
// for another does not say for whom: that is withdrawn, and asked for anew.
func (c *citizen) canRedo(r *Request) bool {
	return !r.Behalf && c.Behalf == nil && r.Withdrawable() && r.Service != nil && r.Service.Class.Filed()
}

// takenBack says plainly whether the submission is withdrawn.
func (t *turn) takenBack(e TakenBack) {
	c := &t.s.Citizen
	if e.Err == nil {
		c.Today = c.without(e.ID)
	}
	if t.s.Screen != AskWithdraw || c.Opened == nil || c.Opened.ID != e.ID {
		return
	}
	switch {
	case e.Err == nil:
		r := *c.Opened
		r.State, r.Alarm = outbox.Withdrawn, ""
		c.Opened = &r
		t.endWithdrawal(takenBack)
	case errors.Is(e.Err, outbox.ErrTooLate):
		r := *c.Opened
		r.State, r.Protocol, r.FiledAt = e.Entry.State, e.Entry.Protocol, e.Entry.FiledAt
		c.Opened = &r
		t.endWithdrawal(whyTooLate(e.Entry.State))
	default:
		t.endWithdrawal(notWritten)
	}
}

func (t *turn) endWithdrawal(w withdrawal) {
	c := &t.s.Citizen
	c.Withdrawal, c.Busy = w, false
	t.show(Withdrawn)
}

// notReplaced tells a citizen whose first submission cannot be replaced any more
// where it stands, and that the second one was not kept. Its form is of no use any
// more.
func (t *turn) notReplaced(first outbox.Entry) {
	c := &t.s.Citizen
	first.ID, first.Claim = c.Form.Replaces, c.Form.ReplacesClaim
	c.Opened = &Request{Entry: first, Service: c.Form.Service}
	c.Form = nil
	t.do(note(audit.Event{Name: audit.FaultShown, Code: FaultTooLate.Code}))
	t.endWithdrawal(whyNotReplaced(first.State))
}

// refreshRequests takes over news about what the citizen is looking at: its
// protocol may arrive while the citizen reads.
func (t *turn) refreshRequests(all []Request) {
	c := &t.s.Citizen
	c.Requests = all
	for _, r := range all {
		if c.Entry != nil && r.ID == c.Entry.ID {
			if r.Term.IsZero() {
				r.Term = c.Entry.Term
			}
			r.Unasked = c.Entry.Unasked
			c.Entry = &r
		}
		if c.Opened != nil && r.ID == c.Opened.ID {
			c.Opened = &r
		}
	}
}

// pageOf reads the number of a page and keeps it within what there is.
func pageOf(value string, rows, perPage int) int {
	page := 0
	for _, d := range value {
		if d < '0' || d > '9' || page > 1000 {
			return 1
		}
		page = 10*page + int(d-'0')
	}
	return min(max(page, 1), pageCount(rows, perPage))
}

func pageCount(rows, perPage int) int { return max(1, (rows+perPage-1)/perPage) }

// onPage is the part of a list that page shows, and the page that it is now that
// the list may have become shorter.
func onPage[T any](rows []T, page, perPage int) ([]T, int) {
	page = min(max(page, 1), pageCount(len(rows), perPage))
	from := (page - 1) * perPage
	return rows[from:min(from+perPage, len(rows))], page
}
