package session

import (
	"bytes"
	"context"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/catalog"
)

// Some answers come with a document of INPS, a PDF on A4. Where it cannot be printed
// now, the citizen learns so before anything is asked, and where else to get it.

// sheetsFault is why no A4 page can be printed now, or the zero Fault.
func (s *State) sheetsFault() Fault {
	switch {
	case s.Documents == nil:
		return FaultNoSheets
	case s.Documents.State == devices.Ready:
		return Fault{}
	case s.Documents.State == devices.Attention:
		return sheetsFault(s.Documents.Reason)
	}
	return FaultSheetsAway
}

// sheetsFault maps a reason of the A4 printer to a fault.
func sheetsFault(reason string) Fault {
	switch reason {
	case "paper-out":
		return FaultTrayEmpty
	case "printer-jam", "cover-open", "tray-full":
		return FaultSheetsJammed
	case "absent", "printer-offline", "not-trusted", "wrong-device":
		return FaultSheetsAway
	case "bad-document", "no-document":
		return FaultSheetsRefused
	case "failed":
		return FaultUnprepared
	}
	return FaultSheetsStuck
}

// lacksSheets: the document of a service cannot be printed now.
func (s *State) lacksSheets(service *catalog.Service) bool {
	return service.Answer.Document && s.sheetsFault() != Fault{}
}

// mayPrintSheets: the answer on the screen has a document, and it can be printed now.
func (s *State) mayPrintSheets() bool {
	a := s.Citizen.Answer
	return a != nil && a.Document != nil && a.printable() && s.sheetsFault() == Fault{}
}

// sayOnScreenOnly says it before the service starts.
func (t *turn) sayOnScreenOnly(s *catalog.Service) {
	t.s.Citizen.Sheet = s
	t.showFault(OnScreenOnly, t.s.sheetsFault())
}

func (t *turn) touchOnScreenOnly(e Touch) {
	c := &t.s.Citizen
	switch e.Act {
	case Continue:
		s := c.Sheet
		c.Sheet = nil
		t.start(s)
	case GoBack, GoHome:
		t.goHome()
	}
}

// press is the printer that the order on its way is for.
func (s *State) press() devices.Status {
	switch {
	case s.Print.Order.Kind != PaperSheets:
		return s.Printer
	case s.Documents == nil:
		return devices.Status{}
	}
	return *s.Documents
}

// fault maps a reason of the printer that an order is for to a fault.
func (o Order) fault(reason string) Fault {
	if o.Kind == PaperSheets {
		return sheetsFault(reason)
	}
	return printFault(reason)
}

// sheets is how many pages of A4 an order has.
func (o Order) sheets() int {
	if o.Document == nil {
		return 0
	}
	return o.Document.Pages
}

// printSheets fetches the document of an answer and has it printed. It is in memory
// meanwhile, and nowhere else.
func (r *runner) printSheets(ctx context.Context, v *visit, o Order) (printer.Result, uint64) {
	lost := printer.Result{Outcome: printer.NotPrinted, Reason: "no-document"}
	if v == nil || r.o.Sheets == nil {
		return lost, 0
	}
	v.card.Lock()
	token := v.token
	v.card.Unlock()
	if token == nil {
		return lost, 0
	}
	pdf := bytes.NewBuffer(make([]byte, 0, o.Document.Size))
	defer func() { clear(pdf.Bytes()) }()
	if err := r.o.INPS.Document(ctx, *token, *o.Document, pdf); err != nil {
		r.o.Log.Warn("no document from INPS", "fault", lineFault(err).Code, "err", err)
		return lost, 0
	}
	return r.o.Sheets.PrintPDF(ctx, pdf.Bytes(), o.Officer)
}
