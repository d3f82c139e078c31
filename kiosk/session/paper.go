package session

import (
	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/outbox"
)

// print sends an order to the printer; afterwards the visit goes on at back.
func (t *turn) print(o Order, back Screen) {
	o.Language = t.s.View.Language
	t.s.Print = printing{Order: o, Return: back, Open: true}
	t.s.Fault = Fault{}
	t.show(Printing)
	t.do(Print{Visit: t.s.Visit, Order: o})
	t.printerChanged()
}

func (t *turn) printReceipt(e *outbox.Entry, back Screen) {
	t.s.Citizen.Receipted = true
	t.print(receiptOf(e, t.s.View.Language), back)
}

// printerChanged moves between "printing" and "put paper in": with the paper
// back, an open job goes on by itself, and one that never began is sent again.
// A job that may be on paper is not: a person looks first.
func (t *turn) printerChanged() {
	p := t.s.Print
	switch {
	case t.s.Screen == Printing && p.Open && t.s.Printer.State == devices.Attention:
		t.showFault(PrintTrouble, printFault(t.s.Printer.Reason))
	case t.s.Screen == PrintTrouble && t.s.Printer.State != devices.Ready:
	case t.s.Screen == PrintTrouble && p.Open:
		t.s.Fault = Fault{}
		t.show(Printing)
	case t.s.Screen == PrintTrouble && !p.Uncertain:
		t.print(p.Order, p.Return)
	}
}

func (t *turn) printEnded(r printer.Result) {
	if t.s.Screen != Printing && t.s.Screen != PrintTrouble {
		return
	}
	t.s.Print.Open = false
	if r.Outcome == printer.Printed {
		t.s.Fault = Fault{}
		t.show(Printed)
		return
	}
	t.s.Print.Uncertain = r.Outcome == printer.Uncertain
	t.showFault(PrintTrouble, printFault(r.Reason))
}

func (t *turn) touchPrint(e Touch) {
	p := t.s.Print
	switch {
	case e.Act == StopWaiting, e.Act == GoBack && t.s.Screen == PrintTrouble:
		t.do(StopPrint{Visit: t.s.Visit})
		t.afterPrint()
	case e.Act == Taken:
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
	t.s.Print = printing{}
	t.s.Fault = Fault{}
	if back == Home {
		t.goHome()
		return
	}
	t.show(back)
}
