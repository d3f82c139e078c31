package session

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

func sheetsAre(state devices.State, reason string) Event {
	return DeviceChanged{Name: "documents", Status: devices.Status{State: state, Reason: reason}}
}

// sees is a citizen before an answer that comes with a document of three pages.
func (s *story) sees(t *testing.T) *story {
	t.Helper()
	s.touches(Open, "certificato").wants(Form)
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: map[string]string{"anno": "2025"}})
	answer := upstream.Answer{Facts: map[string]string{"importo": "1.00"}, Document: &upstream.Document{ID: "d1", Size: 7, Pages: 3}}
	return s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Answer: answer}).wants(AnswerPage)
}

func (s *story) sheetsEnd(r printer.Result) *story {
	return s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: r})
}

func TestWhereADocumentCannotBePrintedThatIsSaidBeforeTheServiceStarts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*story)
		want   Fault
	}{
		"no printer":      {func(s *story) { s.s.Documents = nil }, FaultNoSheets},
		"tray empty":      {func(s *story) { s.happens(sheetsAre(devices.Attention, "paper-out")) }, FaultTrayEmpty},
		"jam":             {func(s *story) { s.happens(sheetsAre(devices.Attention, "printer-jam")) }, FaultSheetsJammed},
		"no toner":        {func(s *story) { s.happens(sheetsAre(devices.Attention, "toner-empty")) }, FaultSheetsStuck},
		"switched off":    {func(s *story) { s.happens(sheetsAre(devices.Absent, "absent")) }, FaultSheetsAway},
		"another printer": {func(s *story) { s.happens(sheetsAre(devices.Failed, "not-trusted")) }, FaultSheetsAway},
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t).logsIn("anna")
			c.change(s)
			s.touches(Open, "certificato").wants(OnScreenOnly)
			if v := s.view(); v.Fault == nil || *v.Fault != c.want || v.Sheet.Service.ID != "certificato" {
				t.Errorf("the page says %+v", v)
			}
			s.touches(Continue, "").wants(Form)
		})
	}
	s := begin(t).logsIn("anna").happens(sheetsAre(devices.Absent, "absent"))
	s.touches(Open, "certificato").touches(GoBack, "").wants(Home)
	s.touches(Open, "estratto-contributivo").wants(Loading) // which has no document
}

func TestADocumentIsPrintedOnA4AndTheAnswerStays(t *testing.T) {
	s := begin(t).logsIn("anna").sees(t)
	if !s.view().Answer.Sheets {
		t.Error("the document is not offered")
	}
	s.touches(PrintSheets, "").wants(Printing)
	if o := s.s.Print.Order; o.Kind != PaperSheets || o.Document.ID != "d1" || o.Answer != nil {
		t.Errorf("the order is %+v", o)
	}
	s.happens(DeviceChanged{Name: "printer", Status: devices.Status{State: devices.Attention, Reason: "paper-out"}}).wants(Printing)
	s.sheetsEnd(printer.Result{Outcome: printer.Delivered}).wants(Printed)
	if v := s.view().Print; v.Sheets != 3 {
		t.Errorf("the page says %+v", v)
	}
	s.touches(Taken, "").wants(AnswerPage)
}

func TestAnEmptyTrayIsSaidInMidDocumentAndTheDocumentGoesOn(t *testing.T) {
	s := begin(t).logsIn("anna").sees(t).touches(PrintSheets, "")
	s.happens(sheetsAre(devices.Attention, "paper-out")).wants(PrintTrouble)
	if s.s.Fault != FaultTrayEmpty {
		t.Errorf("the fault is %v", s.s.Fault)
	}
	s.happens(sheetsAre(devices.Ready, "")).wants(Printing)
	s.sheetsEnd(printer.Result{Outcome: printer.NotPrinted, Reason: "aborted"}).wants(PrintTrouble)
	if s.s.Fault != FaultSheetsStuck || !s.view().Print.CanRetry {
		t.Errorf("the fault is %v", s.s.Fault)
	}
	s.touches(PrintIt, "").wants(Printing).touches(GoBack, "")
}

func TestADocumentIsNotOfferedWhileItCannotBePrinted(t *testing.T) {
	s := begin(t).logsIn("anna").sees(t).happens(sheetsAre(devices.Attention, "cover-open"))
	if s.view().Answer.Sheets {
		t.Error("it is offered")
	}
	s.touches(PrintSheets, "").wants(AnswerPage)
}

// testSheets takes what it gets, and holds on to it until its order ends.
type testSheets struct {
	got  []byte
	held []byte // the same memory
}

func (p *testSheets) PrintPDF(ctx context.Context, pdf []byte, _ string) (printer.Result, uint64) {
	p.got, p.held = bytes.Clone(pdf), pdf
	<-ctx.Done()
	return printer.Result{Outcome: printer.NotPrinted, Reason: "stopped"}, 0
}

func TestADocumentIsTakenBackAndWipedWhenTheCardLeaves(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		sheets := &testSheets{}
		w := liveWith(t, func(o *Options, _ *machine) { o.Sheets = sheets })
		w.seesDocument(t)
		w.touch(PrintSheets, "")
		w.wants(t, Printing)
		if string(sheets.got) != "%PDF-d1" {
			t.Fatalf("the printer got %q", sheets.got)
		}
		w.slot(smartcard.EmptySlot)
		if len(bytes.Trim(sheets.held, "\x00")) != 0 {
			t.Errorf("in memory stays %q", sheets.held)
		}
		if w.Snapshot().Print != nil {
			t.Error("the screen still speaks of the document")
		}
	})
}

func TestADocumentThatDoesNotComeIsSaidSo(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := liveWith(t, func(o *Options, _ *machine) { o.Sheets = &testSheets{} })
		w.inps.noDocument = outbox.ErrNoLine
		w.seesDocument(t)
		w.touch(PrintSheets, "")
		w.wants(t, PrintTrouble)
		if f := w.Snapshot().Fault; f == nil || *f != FaultSheetsRefused {
			t.Errorf("the fault is %v", f)
		}
	})
}

// seesDocument leads a citizen to an answer with a document.
func (w *world) seesDocument(t *testing.T) {
	t.Helper()
	w.inps.document = &upstream.Document{ID: "d1", Size: 7, Pages: 1}
	w.Report(sheetsAre(devices.Ready, ""))
	w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready, Since: time.Now()}})
	w.logIn(t)
	w.touch(Open, "certificato")
	w.wants(t, Form)
	w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: Form, Act: Answer, Fields: map[string]string{"anno": "2025"}})
	synctest.Wait()
	w.wants(t, AnswerPage)
}
