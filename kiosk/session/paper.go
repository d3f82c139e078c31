package session

import (
	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
)

// print sends an order to the printer; afterwards the visit goes on at back.
func (t *turn) print(o Order, back Screen) {
	o.Language = t.s.View.Language
	if t.s.Officer.Unlocked {
		o.Officer = t.s.Officer.Pseudonym
	} else {
		o.Large = t.s.View.large()
	}
	t.show(Printing)
	t.send(t.s.Citizen.marked(o), back)
	t.printerChanged()
}

// paperOf is the one paper that tells the citizen of a submission the truth, and
// what to do: INPS's receipt, the way to INPS without this terminal, or that it is
// saved here.
func (s *State) paperOf(r *Request) Order {
	o := Order{Kind: PaperLocal, Entry: &r.Entry, Language: s.View.Language, Large: s.View.large(), Case: s.caseOf(r)}
	switch {
	case r.State == outbox.Filed:
		o.Kind = PaperFinal
	case r.Alarm != "":
		o.Kind = PaperPatronato
	}
	return o
}

// caseOf is what only the citizen's own papers say of a submission.
func (s *State) caseOf(r *Request) paper.Case {
	c := paper.Case{Behalf: r.Behalf, Down: !s.reaches(r.receiver()), Unasked: r.Unasked}
	if term := r.term(); term != nil {
		c.Warn, c.Unverified = term.Warn, !term.Verified
	}
	c.Booking = r.Service != nil && r.Service.Class == catalog.Booking
	return c
}

// large: who needs the largest letters on the screen needs them on paper too.
func (v View) large() bool { return v.Size == "xl" }

// outlook is what a citizen should know of the paper before confirming; empty while
// all is well. Paper in the mouth is taken, and no reason.
func (s *State) outlook() Outlook {
	switch p := s.Printer; {
	case p.State == devices.Starting, p.Reason == "paper-in-mouth":
		return ""
	case p.State != devices.Ready:
		return NoPaper
	case p.Low:
		return LowPaper
	}
	return ""
}

// send hands the order over under a number of its own.
func (t *turn) send(o Order, back Screen) {
	t.s.Orders++
	t.s.Citizen.Printed = t.s.Officer.Reader == ""
	t.s.Print = printing{Number: t.s.Orders, Order: o, Return: back, Open: true}
	t.do(Print{Visit: t.s.Visit, Number: t.s.Orders, Order: o})
}

// sendAgain repeats, once, an order of which nothing reached the paper.
func (t *turn) sendAgain() {
	p := t.s.Print
	t.s.Screen, t.s.Fault = Printing, Fault{}
	t.send(p.Order, p.Return)
	t.s.Print.Again = true
}

// printerChanged moves between "printing" and "put paper in": with the paper
// back, an open job goes on by itself, and one that never began is sent again.
// A job that may be on paper is not: a person looks first. A printer is not a
// person: the time of the visit runs on.
func (t *turn) printerChanged() {
	p, device := t.s.Print, t.s.press()
	switch ready := device.State == devices.Ready; {
	case t.s.Screen == Printing && p.Open && device.State == devices.Attention:
		t.trouble(p.Order.fault(device.Reason))
	case t.s.Screen == PrintTrouble && ready && p.Open:
		t.s.Screen, t.s.Fault = Printing, Fault{}
	case t.s.Screen == PrintTrouble && ready && !p.Uncertain && !p.Again:
		t.sendAgain()
	}
}

// trouble says why no paper comes.
func (t *turn) trouble(f Fault) {
	t.s.Screen, t.s.Fault = PrintTrouble, f
	t.do(note(audit.Event{Name: audit.FaultShown, Code: f.Code}))
}

func (t *turn) printEnded(e PrintEnded) {
	r := e.Result
	if t.s.Screen != Printing && t.s.Screen != PrintTrouble {
		return
	}
	p := &t.s.Print
	p.Open, p.Uncertain, p.Job = false, r.Outcome == printer.Uncertain, e.Job
	if r.Outcome != printer.NotPrinted {
		t.mayBeOut(p.Order)
		t.s.Citizen.Papers += p.Order.papers()
	}
	f := p.Order.fault(r.Reason)
	switch {
	case r.Outcome == printer.Printed, r.Outcome == printer.Delivered:
		t.s.Screen, t.s.Fault = Printed, Fault{}
	case r.Outcome == printer.NotPrinted && t.s.press().State == devices.Ready && !p.Again && (f == FaultPaperOut || f == FaultCoverOpen || f == FaultTrayEmpty):
		t.sendAgain() // the paper was put in while the refusal was on its way
	default:
		t.trouble(f)
	}
}

// mayBeOut notes a paper of which nobody can say any more that nothing of it came out.
func (t *turn) mayBeOut(o Order) {
	switch c := &t.s.Citizen; {
	case !c.LoggedIn && !c.Cardless:
	case o.Entry != nil:
		c.Receipted = true
	case o.Kind == PaperPersonal:
		c.Out = o
	}
}

// marked counts o as a copy when it says the same as a paper of this visit that may be
// out: the journal, which counts those of a claim code, does not know what it says.
func (c *citizen) marked(o Order) Order {
	if out := c.Out; o.Kind == PaperPersonal && out.Kind == o.Kind && out.Answer == o.Answer && out.Statement == o.Statement && out.Certificate == o.Certificate {
		o.Reprint = max(o.Reprint, out.Reprint+1)
	}
	return o
}

func (t *turn) touchPrint(e Touch) {
	p := t.s.Print
	switch {
	case e.Act == StopWaiting, e.Act == GoBack && t.s.Screen == PrintTrouble:
		t.do(StopPrint{Number: p.Number})
		if p.Open {
			t.mayBeOut(p.Order)
			t.s.Citizen.Papers += p.begun()
		}
		if p.Return == Home && p.Order.Entry != nil {
			t.s.Print.Return = Result // which has the code that no paper bears
		}
		t.afterPrint()
	case e.Act == PrintSlip && t.s.slipAfterSheets():
		t.printSlip(true)
	case e.Act == Taken:
		if p.Uncertain && p.Job != 0 { // else it would be asked for at the board
			t.do(SettlePaper{Visit: t.s.Visit, Job: p.Job, Officer: p.Order.Officer})
		}
		t.afterPrint()
	case (e.Act == NotTaken || e.Act == PrintIt) && !p.Open:
		if e.Act == NotTaken || p.Uncertain {
			p.Order.Reprint++
		}
		t.print(p.Order, p.Return)
	}
}

func (t *turn) afterPrint() {
	back := t.s.Print.Return
	if back == Goodbye && t.s.Screen == Printed {
		t.s.Today = nil // they have it
	}
	t.s.Print = printing{}
	if back == Home {
		t.goHome()
		return
	}
	t.show(back)
}
