package session

import (
	"testing"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/outbox"
)

// asksForPapers ends the visit and compares how many papers the goodbye asks for.
func (s *story) asksForPapers(want int) {
	s.t.Helper()
	act := Exit
	if s.s.Officer.Unlocked {
		act = Lock
	}
	s.touches(act, "").wants(Goodbye)
	if got := s.view().Farewell.Papers; got != want {
		s.t.Errorf("the goodbye asks for %d papers, want %d", got, want)
	}
}

func TestWhoeverPrintedNothingIsNotAskedForAPaper(t *testing.T) {
	begin(t).logsIn("anna").asksForPapers(0)
	begin(t).inserts("olga").typesPIN().wants(Board).asksForPapers(0)
}

func TestAnOfficersOwnPaperIsNotAskedFor(t *testing.T) {
	s := papersOf(t).touches(OpenReport, "day").touches(PrintIt, "").wants(Printing)
	s.prints(printer.Printed, "").touches(Taken, "").wants(Report).asksForPapers(0)
}

func TestTheGoodbyeAsksForThePapersOfTheVisit(t *testing.T) {
	confirmed := func() *story {
		return begin(t).logsIn("anna").confirms(outbox.Entry{ID: "a", Claim: "PUE-0421-AAAA", State: outbox.Filed})
	}
	confirmed().touches(PrintIt, "").prints(printer.Printed, "").touches(Taken, "").asksForPapers(1)
	confirmed().touches(PrintIt, "").prints(printer.Uncertain, "no-answer").wants(PrintTrouble).asksForPapers(1)
	confirmed().touches(PrintIt, "").asksForPapers(1) // it comes out behind the page
	confirmed().asksForPapers(1)                      // which the terminal prints by itself
	confirmed().printerIs(devices.Attention, "paper-out").asksForPapers(0)
}

func TestSheetsOfADocumentAreAskedForLikeReceipts(t *testing.T) {
	document := func() *story { return begin(t).logsIn("anna").sees(t).touches(PrintSheets, "").wants(Printing) }
	document().sheetsEnd(printer.Result{Outcome: printer.Delivered}).touches(Taken, "").asksForPapers(3)
	document().touches(StopWaiting, "").wants(AnswerPage).asksForPapers(3) // some of them may lie in the tray
	document().sheetsEnd(printer.Result{Outcome: printer.NotPrinted, Reason: "aborted"}).touches(StopWaiting, "").asksForPapers(0)
}

func TestAPaperThatNeverBeganIsNotAskedFor(t *testing.T) {
	s := begin(t).logsIn("anna").printerIs(devices.Attention, "paper-out").sees(t).touches(PrintIt, "").wants(PrintTrouble)
	s.touches(StopWaiting, "").wants(AnswerPage).asksForPapers(0)
	s = begin(t).logsIn("anna").sees(t).touches(PrintIt, "").wants(Printing)
	s.happens(PrintGoesOn{Visit: s.s.Visit, Number: s.s.Print.Number, Progress: SendingPaper})
	s.printerIs(devices.Attention, "paper-out").touches(StopWaiting, "").wants(AnswerPage).asksForPapers(1)
}

func TestTheSlipOfTheDayIsAskedForToo(t *testing.T) {
	s := begin(t).logsIn("anna").confirms(kept)
	s.asksForPapers(1)
	s.touches(PrintIt, "").prints(printer.Printed, "").touches(Taken, "").wants(Goodbye)
	if got := s.view().Farewell.Papers; got != 2 {
		t.Errorf("%d papers", got)
	}
	s.pulls().wants(Removed).inserts("bruno").wants(Notice).asksForPapers(0)
}

func TestAReceiptThatIsStoredBehindTheGoodbyeIsAskedFor(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	visit := s.s.Visit
	s.asksForPapers(0)
	s.happens(Stored{Visit: visit, Entry: kept}).wants(Goodbye)
	if got := s.view().Farewell.Papers; got != 1 {
		t.Errorf("%d papers", got)
	}
}
