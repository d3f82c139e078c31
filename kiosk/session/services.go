package session

import (
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
)

// tableRows is how many rows of the statement fit on one page at the largest
// text size.
const tableRows = 8

// logIn follows a verified PIN.
func (t *turn) logIn() {
	c := &t.s.Citizen
	if !c.LoggedIn {
		t.do(note(audit.Event{Name: audit.SessionStarted}))
		t.noteUnasked(c.Revocation, "")
	}
	c.LoggedIn, c.Keypad = true, Keypad{}
	t.show(Checking)
	t.do(LogIn{Visit: t.s.Visit, Actor: t.actor()})
}

// loggedIn opens the house to the citizen. INPS may be unreachable: then the
// terminal knows the citizen by card and PIN, and says what cannot be had.
func (t *turn) loggedIn(e LoggedIn) {
	switch {
	case wasReset(e.Err):
		t.askPINAfterReset(PIN)
		return
	case isCard(e.Err):
		t.cardFailed(e.Err)
		return
	}
	c := &t.s.Citizen
	c.Requests, c.Token = e.Requests, e.Err == nil
	wants := c.Wants
	stale := c.delegated(e)
	f := Fault{}
	if e.Err != nil {
		f = lineFault(e.Err)
	}
	switch {
	case f != (Fault{}) && (wants != nil || f == FaultLogin):
		t.showFault(Unavailable, f)
	case stale:
		t.askWhom()
	case wants != nil:
		t.query(*wants)
	case c.Form != nil && c.Form.Resumed:
		c.Behalf = c.Form.Behalf
		t.show(Form)
	case !c.Welcomed:
		c.Welcomed = true
		t.askWhom()
	default:
		t.goHome()
	}
}

// service finds one that is offered here; nil when it is not.
func (t *turn) service(id string) *catalog.Service {
	if s := serviceOf(t.s.Catalog, id); s != nil && t.offers(s) {
		return s
	}
	return nil
}

// touchServices walks between what is offered and what is shown.
func (t *turn) touchServices(e Touch) {
	c := &t.s.Citizen
	switch {
	case t.s.Screen == AskDrop:
		t.touchDrop(e)
	case e.Act == GoHome, e.Act == GoBack && t.s.Screen != StatementTable && t.s.Screen != Result:
		t.goHome()
	case e.Act == Open && t.s.Screen == Home && e.Value == "requests":
		c.ListPage = 1
		t.show(Requests)
	case e.Act == ChooseWhom && t.s.Screen == Home:
		t.askWhom()
	case e.Act == Open && t.s.Screen == Home:
		t.open(t.service(e.Value), nil)
	case t.s.Screen == Home:
		t.touchTiles(e)
	case e.Act == Retry && t.s.Screen == Unavailable && c.Wants != nil:
		t.query(*c.Wants)
	case e.Act == Retry && t.s.Screen == Unavailable && !t.s.Fault.ofKiosk():
		t.askPINAgain()
	case (e.Act == Table || e.Act == Chart || e.Act == GoBack) && c.Statement != nil && t.s.Screen != Result:
		t.turnPage(e)
	case e.Act == PrintIt && c.Statement != nil && (t.s.Screen == Statement || t.s.Screen == StatementTable):
		t.print(Order{Kind: PaperPersonal, Statement: c.Statement, Behalf: c.Behalf != nil}, Home)
	case e.Act == PrintIt && t.s.Screen == Result:
		t.print(t.s.paperOf(c.Entry), Home)
	case t.s.Screen == Result:
		t.touchPhoneOf(&c.Entry.Entry, e)
	}
}

func (t *turn) goHome() {
	c := &t.s.Citizen
	c.Statement, c.Entry, c.Opened, c.Receipted = nil, nil, nil, false
	c.Told, c.WantsForm, c.Sheet = "", wanted{}, nil
	c.Asking, c.Wants, c.Answer, c.Page, c.Ended = nil, nil, nil, 0, false
	if !c.LoggedIn {
		c.Cardless, c.Form = false, nil
		t.show(Cardless)
		return
	}
	t.show(Home)
}

// open leads to a service; an application may be to take the place of a saved
// submission.
func (t *turn) open(s *catalog.Service, replaces *Request) {
	switch {
	case s == nil:
	case !t.s.Citizen.LoggedIn:
		t.openCardless(s)
	case s.Class.Asked():
		t.see(s)
	case s.Class == catalog.Info:
		t.do(note(audit.Event{Name: audit.ServiceOpened}))
		t.showSheet(Info, s)
	default:
		t.wantForm(wanted{Service: s, Replaces: replaces})
	}
}

func (t *turn) turnPage(e Touch) {
	c := &t.s.Citizen
	if e.Act != Table {
		t.show(Statement)
		return
	}
	c.Page = pageOf(e.Value, len(c.Statement.Periods), tableRows)
	t.show(StatementTable)
}
