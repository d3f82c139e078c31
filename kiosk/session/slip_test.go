package session

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/paper"
)

func (s *story) wantsSlip(want paper.Certificate) *story {
	s.t.Helper()
	o := s.s.Print.Order
	if o.Kind != PaperPersonal || o.Certificate == nil {
		s.t.Fatalf("the order is %+v", o)
	}
	want.Service, want.AsOf = s.s.Citizen.Answer.Service, s.s.Citizen.Answer.AsOf
	if o.Certificate.Service != want.Service {
		s.t.Errorf("the slip is of %s", o.Certificate.Service.ID)
	}
	got := *o.Certificate
	got.Service, want.Service = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Error(diff)
	}
	return s
}

func TestASlipFollowsTheSheetsThatCameOut(t *testing.T) {
	s := begin(t).logsIn("anna").sees(t)
	if s.view().Answer.Slip {
		t.Error("it is offered before the sheets")
	}
	s.touches(PrintSheets, "").touches(PrintSlip, "").wants(Printing)
	if s.s.Print.Order.Kind != PaperSheets {
		t.Fatal("it comes before the sheets")
	}
	s.sheetsEnd(printer.Result{Outcome: printer.Delivered}).wants(Printed)
	if !s.view().Print.Slip {
		t.Error("it is not offered")
	}
	s.touches(PrintSlip, "").wants(Printing).wantsSlip(paper.Certificate{Pages: 3, OnPaper: true})
	s.prints(printer.Printed, "").wants(Printed)
	if s.view().Print.Slip {
		t.Error("a slip has a slip")
	}
	s.touches(Taken, "").wants(AnswerPage)
}

func TestASlipStandsForSheetsThatCannotBePrinted(t *testing.T) {
	s := begin(t).logsIn("anna").sees(t).happens(sheetsAre(devices.Absent, "absent")).wants(AnswerPage)
	if !s.view().Answer.Slip {
		t.Error("it is not offered")
	}
	s.touches(PrintSlip, "").wants(Printing).wantsSlip(paper.Certificate{Pages: 3})
	s.pulls().wants(Removed)
	if s.s.Print != (printing{}) {
		t.Error("it is kept behind its card")
	}
}

func TestNoSlipIsOfferedWithoutPaper(t *testing.T) {
	s := begin(t).logsIn("anna").sees(t).happens(sheetsAre(devices.Absent, "absent")).printerIs(devices.Attention, "paper-out")
	if s.view().Answer.Slip {
		t.Error("it is offered")
	}
	s.touches(PrintSlip, "").wants(AnswerPage)
}
