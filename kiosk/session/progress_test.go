package session

import (
	"testing"
	"testing/synctest"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/upstream"
)

// printsStatement is a citizen whose statement is on its way to the paper.
func printsStatement(t *testing.T) *story {
	t.Helper()
	s := begin(t).logsIn("anna").touches(Open, "estratto-contributivo")
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Statement: upstream.Statement{Periods: make([]upstream.Period, 3)}})
	return s.touches(PrintIt, "").wants(Printing)
}

func (s *story) progress(p Progress) *story {
	return s.happens(PrintGoesOn{Visit: s.s.Visit, Number: s.s.Print.Number, Progress: p})
}

func TestThePageSaysHowFarThePaperHasCome(t *testing.T) {
	s := printsStatement(t)
	for _, p := range []Progress{SendingPaper, PrintingPaper} {
		if s.progress(p); s.view().Print.Progress != p {
			t.Errorf("the page says %q, want %q", s.view().Print.Progress, p)
		}
	}
	s.happens(PrintGoesOn{Visit: s.s.Visit, Number: s.s.Print.Number - 1, Progress: SendingPaper})
	if s.view().Print.Progress != PrintingPaper {
		t.Error("an earlier order is heard")
	}
	s.prints(printer.Printed, "").touches(NotTaken, "").wants(Printing)
	if s.view().Print.Progress != "" {
		t.Error("the second paper begins where the first one ended")
	}
}

func TestThePrintersLineIsHeardOnTheScreen(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.paper.jam = true
		w.touch(Start, "")
		w.touch(ReadAll, "")
		w.touch(PrintIt, "")
		w.wants(t, Printing)
		if got := w.Snapshot().Print.Progress; got != PrintingPaper {
			t.Errorf("the screen says %q", got)
		}
	})
}

func TestATroubleSaysWhetherThePaperGoesOnByItself(t *testing.T) {
	s := printsStatement(t).printerIs(devices.Attention, "cover-open").wants(PrintTrouble)
	if !s.view().Print.GoesOn {
		t.Error("an open job goes on, and the page does not say so")
	}
	s.prints(printer.NotPrinted, "cover-open").wants(PrintTrouble)
	if v := s.view().Print; !v.GoesOn || !v.CanRetry {
		t.Errorf("a job that never began is sent again: %+v", v)
	}
	s.paperOut().wants(Printing).prints(printer.NotPrinted, "stalled").wants(PrintTrouble)
	if s.view().Print.GoesOn {
		t.Error("a second try is not repeated, and the page says so")
	}
	s = printsStatement(t).prints(printer.Uncertain, "no-answer").wants(PrintTrouble)
	if s.view().Print.GoesOn {
		t.Error("of a paper that may be out nothing goes on")
	}
}

// A paper about a person is printed anew for the person alone, marked, and nothing of
// it is kept when the card leaves.
func TestAStatementCutShortIsPrintedAnewOnlyWithItsCard(t *testing.T) {
	s := printsStatement(t).progress(PrintingPaper).prints(printer.Uncertain, "unplugged").wants(PrintTrouble)
	if v := s.view().Print; !v.Uncertain || v.Kind != string(PaperPersonal) {
		t.Fatalf("the page says %+v", v)
	}
	s.paperOut().wants(PrintTrouble) // the printer is back, and decides nothing
	s.touches(NotTaken, "").wants(Printing)
	if s.s.Print.Order.Reprint != 1 {
		t.Errorf("copy %d", s.s.Print.Order.Reprint)
	}
	s.prints(printer.Uncertain, "unplugged").pulls().wants(Removed)
	if s.s.Print != (printing{}) || s.s.Citizen.Statement != nil {
		t.Errorf("the statement is kept: %+v", s.s.Print)
	}
	for _, e := range s.effects {
		if p, ok := e.(Print); ok {
			t.Errorf("%s is printed behind its card", p.Order.Kind)
		}
	}
}
