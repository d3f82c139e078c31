package session

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
)

func TestASickDiskHoldsNobodysPageUp(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.disk.hold = make(chan struct{})
		w.open("naspi")
		w.wants(t, Preparing)
		w.slot(smartcard.EmptySlot)
		w.wants(t, Removed)
		close(w.disk.hold)
		synctest.Wait()
		w.wants(t, Removed)
	})
}

func TestAFormThatIsLeftAtItsFirstQuestionOpensNoSubmission(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").touches(Redo, "").touches(Continue, "").wants(Form).touches(GoBack, "").wants(Home)
	if s.s.Citizen.Opened != nil {
		t.Error("the page of services still looks at the submission that was opened before")
	}
}

func TestALookThatComesLateOpensNothing(t *testing.T) {
	s := begin(t).logsIn("anna")
	s.happens(Touch{Visit: s.s.Visit, Screen: Home, Act: Open, Value: "naspi"}).wants(Preparing)
	s.wantsEffect(LookAfter{Visit: s.s.Visit})
	visit := s.s.Visit
	s.touches(GoHome, "").wants(Home).happens(Looked{Visit: visit}).wants(Home)
	s.pulls().inserts("bruno").touches(Continue, "").typesPIN().happens(LoggedIn{Visit: s.s.Visit}).wants(Home)
	s.happens(Touch{Visit: s.s.Visit, Screen: Home, Act: Open, Value: "naspi"}).happens(Looked{Visit: visit}).wants(Preparing)
}

func TestADiskThatFailsIsNotCalledFull(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.disk.full = errors.New("statfs: input/output error")
		w.open("naspi")
		w.wants(t, Unavailable)
		if f := w.Snapshot().Fault; f == nil || *f != FaultDisk {
			t.Errorf("fault %v", f)
		}
	})
}

// halfway is a citizen who has begun a form, and looks at a saved submission.
func halfway(t *testing.T) *story {
	t.Helper()
	s := listed(t).touches(GoBack, "").opens("naspi").wants(Form)
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).touches(GoBack, "").touches(GoBack, "").wants(Home)
	return s.touches(Open, "requests").touches(Open, "PUE-0001-TEST").wants(OneRequest)
}

func TestAFormThatWasBegunIsGivenUpOnlyAfterAYes(t *testing.T) {
	s := halfway(t).touches(Redo, "").wants(AskDrop).touches(GoBack, "").wants(OneRequest)
	if s.s.Citizen.Form.Answers["telefono"] == "" {
		t.Fatal("looking was enough to lose it")
	}
	s.touches(Redo, "").touches(Confirm, "").touches(Continue, "").wants(Form)
	if f := s.s.Citizen.Form; len(f.Answers) > 0 || f.Replaces != "a" {
		t.Errorf("answers %v, replaces %q", f.Answers, f.Replaces)
	}
}

func TestAFormThatWasBegunOutlastsTheRefusalOfAnother(t *testing.T) {
	s := halfway(t).happens(UpkeepChanged{Upkeep{Full: true}})
	s.touches(Redo, "").touches(Confirm, "").wants(Unavailable)
	if s.s.Citizen.Form == nil || s.s.Citizen.Form.Answers["telefono"] == "" {
		t.Error("the form is lost, and nothing was begun in its place")
	}
}

func TestARefillThatWasBegunGoesOn(t *testing.T) {
	s := listed(t).touches(Open, "PUE-0001-TEST").touches(Redo, "").touches(Continue, "").wants(Form)
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).touches(GoBack, "").touches(GoBack, "").wants(Home)
	s.touches(Open, "requests").touches(Open, "PUE-0001-TEST").touches(Redo, "").touches(Continue, "").wants(Form)
	if s.s.Citizen.Form.Answers["telefono"] == "" {
		t.Error("what was refilled is asked for again")
	}
}

func TestTheTermIsKnownToTheCitizensOwnScreensAndPapers(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.logIn(t)
		w.apply(t)
		term := time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC) // 68 days after the last day of work
		if got := w.Snapshot().Result.Term.Last; !got.Equal(term) {
			t.Fatalf("the result names %v", got)
		}
		w.touch(PrintIt, "")
		if got := w.paper.orders[0].Entry.Term; !got.Equal(term) {
			t.Errorf("the receipt names %v", got)
		}
		w.touch(Taken, "")
		p := w.outbox.stored[0]
		w.outbox.entries = []outbox.Entry{{ID: p.ID, Claim: "PUE-0421-TEST", State: outbox.Waiting, Label: p.Label}}
		w.Report(w.runner.queue())
		synctest.Wait()
		w.touch(Open, "requests")
		w.touch(Open, "PUE-0421-TEST")
		if got := w.Snapshot().Request.Term; !got.Equal(term) {
			t.Errorf("the list names %v", got)
		}
	})
}
