package session

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/paper"
)

// papersOf is an officer before the papers that want something.
func papersOf(t *testing.T) *story {
	t.Helper()
	return everyOfficersScreen(t)[PaperList]
}

func TestAPaperIsCalledSeenOnlyAfterASecondYes(t *testing.T) {
	s := papersOf(t).touches(ShowPaper, "1").wants(OnePaper)
	if s.touches(Confirm, "").touches(Acknowledge, "").wants(OnePaper); len(s.effects) > 0 {
		t.Fatalf("one touch was enough: %v", s.effects)
	}
	s.touches(Taken, "").wants(AskPaper).touches(GoBack, "").wants(OnePaper)
	s.touches(Taken, "").touches(Confirm, "").wants(AskPaper)
	s.wantsEffect(SettlePaper{Visit: s.s.Visit, Job: 1, Officer: "op-1"})
	if s.touches(Confirm, "").touches(GoBack, "").wants(AskPaper); len(s.effects) > 0 {
		t.Error("it is said twice")
	}
	s.happens(PapersChanged{paper.Standing{Open: somePapers.Open[1:]}}).happens(PaperSettled{Visit: s.s.Visit, Job: 1}).wants(PaperList)
	if n := len(s.view().Papers.Rows); n != 2 {
		t.Errorf("%d papers are left", n)
	}
}

func TestAPaperThatIsNotThereIsPrintedAgainAsACopy(t *testing.T) {
	s := papersOf(t).touches(ShowPaper, "1").touches(PrintAgain, "").wants(Printing)
	s.wantsEffect(Print{Visit: s.s.Visit, Number: s.s.Print.Number, Order: Order{Kind: PaperLocal, Again: 1}})
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Job: 8, Result: printer.Result{Outcome: printer.Printed}}).wants(Printed)
	s.touches(Taken, "").wants(PaperList)
}

func TestAPersonalPaperIsOnlyReadAbout(t *testing.T) {
	s := papersOf(t).touches(ShowPaper, "2").wants(OnePaper)
	if s.touches(PrintAgain, "").touches(Taken, "").wants(OnePaper); len(s.effects) > 0 {
		t.Fatalf("%v", s.effects)
	}
	s.touches(Acknowledge, "").wantsEffect(SettlePaper{Visit: s.s.Visit, Job: 2, Officer: "op-1"})
}

func TestAForgottenPaperIsTakenOutOfThePrinter(t *testing.T) {
	s := papersOf(t).touches(GoBack, "").wants(Board)
	if b := s.view().Board; b.Doubts != 2 || b.TakenBack != 1 {
		t.Errorf("%+v", b)
	}
	s.touches(OpenPapers, "").touches(ShowPaper, "3").touches(Acknowledge, "")
	s.wantsEffect(SettlePaper{Visit: s.s.Visit, Job: 3, Clear: true, Officer: "op-1"})
	s.happens(PaperSettled{Visit: s.s.Visit, Job: 3, Err: errors.New("disk")}).wants(OnePaper)
	if s.view().Paper.Notice == "" {
		t.Error("nothing says that it was not stored")
	}
}

func TestAForgottenFinalReceiptIsHandedOverAfterASecondYes(t *testing.T) {
	s := papersOf(t).touches(ShowPaper, "3").touches(Taken, "").wants(AskPaper).touches(GoBack, "").wants(OnePaper)
	if len(s.effects) > 0 {
		t.Fatalf("one touch was enough: %v", s.effects)
	}
	s.touches(Taken, "").touches(Confirm, "").wants(AskPaper)
	s.wantsEffect(SettlePaper{Visit: s.s.Visit, Job: 3, Clear: true, HandedOver: true, Officer: "op-1"})
	s.happens(PapersChanged{paper.Standing{Open: somePapers.Open[:2]}}).happens(PaperSettled{Visit: s.s.Visit, Job: 3}).wants(PaperList)
}

func TestNobodyCountsWhoHasAForgottenPaperThatIsNoFinalReceipt(t *testing.T) {
	now := paper.Standing{Open: slices.Clone(somePapers.Open)}
	now.Open[0].Retracted = true
	s := papersOf(t).happens(PapersChanged{now}).touches(ShowPaper, "1")
	if s.touches(Taken, "").wants(OnePaper); len(s.effects) > 0 {
		t.Errorf("%v", s.effects)
	}
}

func TestWhatAnOfficerSaysOfAForgottenPaperReachesTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.papers.open = []paper.Job{{ID: 7, Kind: "final", Retracted: true}, {ID: 8, Kind: "final", Retracted: true}}
		w.runner.settlePaper(t.Context(), SettlePaper{Job: 7, Clear: true, HandedOver: true, Officer: "op-1"})
		w.runner.settlePaper(t.Context(), SettlePaper{Job: 8, Clear: true, Officer: "op-1"})
		synctest.Wait()
		if !slices.Equal(w.papers.cleared, []uint64{7, 8}) || !slices.Equal(w.papers.handedOver, []uint64{7}) {
			t.Errorf("cleared %v, handed over %v", w.papers.cleared, w.papers.handedOver)
		}
	})
}

func TestAnOpenPaperCallsTheOfficerWithoutAWordOnWhy(t *testing.T) {
	s := begin(t)
	if s.happens(PapersChanged{somePapers}); !s.view().Attention || s.s.public().Papers != 3 {
		t.Error("nobody is called")
	}
	if s.happens(PapersChanged{}); s.view().Attention {
		t.Error("somebody is called for nothing")
	}
}

func TestAPageOfAPaperThatWantsNothingAnyMoreCloses(t *testing.T) {
	papersOf(t).touches(ShowPaper, "1").happens(PapersChanged{}).wants(PaperList)
}

func TestAPaperThatIsDrawnBackInWhileItIsAskedForIsNotCalledSeen(t *testing.T) {
	now := paper.Standing{Open: slices.Clone(somePapers.Open)}
	now.Open[0].Retracted = true
	s := papersOf(t).touches(ShowPaper, "1").touches(Taken, "").wants(AskPaper).happens(PapersChanged{now}).wants(OnePaper)
	s.touches(Acknowledge, "").wantsEffect(SettlePaper{Visit: s.s.Visit, Job: 1, Clear: true, Officer: "op-1"})
}

func TestReportsAreReadOnTheScreenAndPrinted(t *testing.T) {
	s := papersOf(t).touches(OpenReport, "final").wants(PaperList).touches(OpenReport, "day").wants(Report)
	s.wantsEffect(WriteReport{Visit: s.s.Visit, Kind: PaperDay, Language: "it"})
	s.happens(ReportWritten{Visit: s.s.Visit, Kind: PaperReadiness, Document: printer.Document{Blocks: []printer.Block{printer.Rule{}}}})
	s.happens(ReportWritten{Visit: s.s.Visit, Kind: PaperDay, Document: printer.Document{Blocks: []printer.Block{
		printer.Logo{Text: "x"}, printer.Heading{Text: "TITLE"}, printer.Row{Label: "filed", Value: "3"}, printer.Text{Text: "all"},
	}}})
	if lines := s.view().Report.Lines; len(lines) != 3 || lines[1] != (ReportLine{Label: "filed", Text: "3"}) {
		t.Errorf("%+v", lines)
	}
	s.touches(PrintIt, "").wants(Printing).wantsEffect(Print{Visit: s.s.Visit, Number: s.s.Print.Number, Order: Order{Kind: PaperDay}})
}

func TestAnOfficersWordOnTheMouthHoldsUntilTheSensorSaysOtherwise(t *testing.T) {
	s := papersOf(t)
	if s.touches(MouthEmptied, ""); len(s.effects) > 0 {
		t.Fatal("a mouth that is empty was emptied")
	}
	waits := DeviceChanged{Name: "printer", Status: devices.Status{State: devices.Attention, Reason: "paper-in-mouth"}}
	if s.happens(waits); !s.view().Papers.MouthFull {
		t.Fatal("nothing says that a paper waits")
	}
	s.touches(MouthEmptied, "").wantsEffect(note(audit.Event{Name: audit.MouthEmptied, Officer: "op-1"}))
	if s.happens(waits); s.view().Papers.MouthFull {
		t.Error("the sensor is believed more than the officer")
	}
	s.happens(DeviceChanged{Name: "printer", Status: devices.Status{State: devices.Ready}})
	if s.happens(waits); !s.view().Papers.MouthFull {
		t.Error("the officer's word holds for the next paper too")
	}
}

func TestACitizenWhoHasThePaperEndsTheDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.papers.open = []paper.Job{{ID: 7, Kind: "notice", State: paper.JobUncertain}}
		w.runner.settlePaper(t.Context(), SettlePaper{Job: 7})
		synctest.Wait()
		if len(w.papers.by) != 1 || w.papers.by[0] != "" || len(w.papers.open) != 0 {
			t.Errorf("%+v", w.papers)
		}
	})
	s := begin(t).touches(Start, "").touches(ReadAll, "").touches(PrintIt, "").wants(Printing)
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Job: 7, Result: printer.Result{Outcome: printer.Uncertain, Reason: "no-answer"}}).wants(PrintTrouble)
	s.touches(Taken, "").wantsEffect(SettlePaper{Visit: s.s.Visit, Job: 7})
}

func TestTheBoardHearsOfPapersThatWereOpenBeforeTheTerminalStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.papers.open = []paper.Job{{ID: 7, Kind: "local", Claim: "PUE-0001-OPEN", State: paper.JobUncertain, Reason: "restart"}}
		changes := make(chan struct{}, 1)
		go w.FollowPapers(t.Context(), changes)
		synctest.Wait()
		if !w.Snapshot().Attention {
			t.Error("nobody is called")
		}
		if err := w.papers.Dismiss(t.Context(), 7, "op-1"); err != nil {
			t.Fatal(err)
		}
		changes <- struct{}{}
		synctest.Wait()
		if w.Snapshot().Attention {
			t.Error("somebody is called for nothing")
		}
		w.slot(smartcard.EmptySlot)
	})
}
