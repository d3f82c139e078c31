package session

import (
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
)

// printerIs tells of the receipt printer.
func (s *story) printerIs(state devices.State, reason string) *story {
	return s.happens(DeviceChanged{Name: "printer", Status: devices.Status{State: state, Reason: reason}})
}

// paperIn leaves a paper in the mouth of the printer.
func (s *story) paperIn() *story { return s.printerIs(devices.Attention, "paper-in-mouth") }

func (s *story) paperOut() *story { return s.printerIs(devices.Ready, "") }

// prints ends the order that is on its way.
func (s *story) prints(o printer.Outcome, reason string) *story {
	return s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: o, Reason: reason}})
}

func (s *story) after(d time.Duration) *story {
	s.now = s.now.Add(d)
	return s.happens(Tick{})
}

func TestNobodyIsServedBesideThePaperOfTheLastVisit(t *testing.T) {
	for act, screen := range map[Act]Screen{Start: Notice, HaveNoCard: NoCard, OpenCode: OwnCode} {
		s := begin(t).touches(Language, "sl").paperIn().touches(act, "").wants(TakePaper)
		if s.s.Fault != FaultPaperWaits {
			t.Errorf("%s: the fault is %v", act, s.s.Fault)
		}
		if s.paperOut().wants(screen); s.s.View.Language != "sl" {
			t.Errorf("%s: who waited has to choose the language again", act)
		}
		s.touches(Exit, "").wants(Welcome).touches(Start, "").wants(Notice)
	}
	s := begin(t).paperIn().inserts("anna").wants(TakePaper)
	s.printerIs(devices.Attention, "paper-in-mouth").wants(TakePaper)
	s.paperOut().wants(Notice).touches(Continue, "").wants(PIN)
}

func TestACardThatWaitsForThePaperCanBeTakenOut(t *testing.T) {
	s := begin(t).paperIn().inserts("anna").wants(TakePaper).pulls().wants(Welcome)
	if s.s.Citizen.known() {
		t.Error("the card is remembered")
	}
	s.inserts("bruno").wants(TakePaper).paperOut().wants(Notice)
}

func TestPaperThatComesWhileTheNextPersonIsOnTheWayInIsTakenFirst(t *testing.T) {
	begin(t).touches(Start, "").wants(Notice).paperIn().wants(TakePaper).paperOut().wants(Notice)
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("anna").wants(PIN).touches(Digit, "1").paperIn().wants(TakePaper)
	if s.s.Citizen.Keypad.Typed != 0 {
		t.Error("a digit of the PIN is still counted")
	}
	s.paperOut().wants(PIN)
}

func TestWhoHasPrintedTheNoticeIsNotAskedForIt(t *testing.T) {
	s := begin(t).touches(Start, "").touches(ReadAll, "").touches(PrintIt, "").wants(Printing)
	s.prints(printer.Printed, "").wants(Printed).touches(Taken, "").wants(NoticeFull)
	s.paperIn().wants(NoticeFull)
}

func TestAPersonInTheirOwnVisitIsNotStoppedByTheirPaper(t *testing.T) {
	begin(t).logsIn("anna").paperIn().wants(Home)
}

func TestASensorThatHangsDoesNotCloseTheTerminal(t *testing.T) {
	s := begin(t).paperIn().inserts("anna").wants(TakePaper)
	if wake := s.s.wake(); wake.IsZero() || wake.After(s.now.Add(s.m.mouthPatience)) {
		t.Errorf("the clock wakes nobody before %v", wake)
	}
	s.after(s.m.mouthPatience - 10*time.Second).wants(TakePaper).after(10 * time.Second).wants(Notice)
	s.pulls().inserts("bruno").wants(Notice)
	s.pulls().paperOut().paperIn().inserts("anna").wants(TakePaper) // another paper
}

func TestAnotherTroubleOfThePrinterDoesNotSayThatThePaperIsGone(t *testing.T) {
	for _, reason := range []string{"paper-out", "cover-open", "printer-jam"} {
		s := begin(t).paperIn().printerIs(devices.Attention, reason).inserts("anna").wants(TakePaper)
		s.printerIs(devices.Attention, reason).wants(TakePaper).paperOut().wants(Notice)
	}
	for _, gone := range []devices.State{devices.Absent, devices.Failed} {
		begin(t).paperIn().inserts("anna").wants(TakePaper).printerIs(gone, "").wants(Notice)
	}
	s := begin(t).paperIn().printerIs(devices.Attention, "paper-out").inserts("anna").wants(TakePaper)
	s.after(s.m.mouthPatience).wants(Notice)
}

func TestAnOfficersWordLetsTheNextPersonIn(t *testing.T) {
	s := begin(t).paperIn().inserts("olga").wants(OfficerPIN).typesPIN().wants(Board)
	turn := &turn{machine: s.m, s: s.s, now: s.now}
	turn.freeMouth()
	s.s = turn.s
	s.touches(Lock, "").wants(Goodbye).pulls().wants(Removed).inserts("anna").wants(Notice)
}

func TestAnOfficerReachesTheBoardPastACardThatWaitsForThePaper(t *testing.T) {
	s := begin(t).paperIn().inserts("anna").wants(TakePaper)
	s.happens(CardChange{Role: OfficerReader, Change: smartcard.Change{Reader: "B", Slot: smartcard.CardIn}}).wants(Reading)
}

func TestAPausedFormStillWaitsWhileItsPaperIsTaken(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().paperIn().pulls().wants(Removed)
	s.inserts("anna").wants(TakePaper).pulls().wants(Removed).inserts("anna").wants(TakePaper)
	s.paperOut().wants(PIN)
	if s.s.Citizen.Form == nil {
		t.Error("the form is gone")
	}
}

func TestPaperThatWaitsDoesNotShortenTheWaitForACard(t *testing.T) {
	s := begin(t)
	s.m.resume = 3 * time.Minute
	s.logsIn("anna").fillsForm().paperIn().pulls().wants(Removed).after(s.m.resume - 10*time.Second).wants(Removed)
	if s.s.Paused == nil {
		t.Error("the form is gone")
	}
}

func TestAVisitEndsWithAWordOnThePaperThatStillWaits(t *testing.T) {
	s := begin(t).logsIn("anna").paperIn().touches(Exit, "").wants(Goodbye)
	if !s.view().PaperWaits {
		t.Error("goodbye says nothing of it")
	}
	s.pulls().wants(Removed).after(limits[Removed].idle).wants(Removed)
	if !s.view().PaperWaits {
		t.Error("the page behind the card says nothing of it")
	}
	if s.paperOut(); s.view().PaperWaits {
		t.Error("it speaks of paper that was taken")
	}
	s.after(0).wants(Welcome)
}
