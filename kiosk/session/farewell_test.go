package session

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/outbox"
)

// confirms fills and signs an application that is stored and settled as e.
func (s *story) confirms(e outbox.Entry) *story {
	s.fillsForm().touches(Confirm, "").typesPIN().wants(Saving)
	waiting := e
	waiting.State = outbox.Waiting
	return s.happens(Stored{Visit: s.s.Visit, Entry: waiting}).happens(Settled{Visit: s.s.Visit, Entry: e}).wants(Result)
}

func TestTheCodesOfTodayAreOfferedAtTheEndOfAVisit(t *testing.T) {
	first := outbox.Entry{ID: "a", Claim: "PUE-0421-AAAA", State: outbox.Filed}
	second := outbox.Entry{ID: "b", Claim: "PUE-0421-BBBB", State: outbox.Waiting}
	s := begin(t).logsIn("anna").confirms(first).touches(GoHome, "").confirms(second)
	second.State = outbox.Filed // while the citizen looked on
	s.happens(QueueChanged{Visit: s.s.Visit, Requests: []Request{{Entry: second}, {Entry: first}}})
	s.touches(Exit, "").wants(Goodbye)
	if !s.view().Farewell.Slip {
		t.Fatal("no slip is offered")
	}
	s.touches(PrintIt, "").wants(Printing)
	if o := s.s.Print.Order; o.Kind != PaperGoodbye || o.Entry != nil {
		t.Errorf("the order is %+v", o)
	}
	if diff := cmp.Diff([]outbox.Entry{first, second}, s.s.Print.Order.Today.Entries); diff != "" {
		t.Error(diff)
	}
	s.prints(printer.Printed, "").wants(Printed).touches(Taken, "").wants(Goodbye)
	if s.view().Farewell.Slip {
		t.Error("it is offered a second time")
	}
	s.pulls().wants(Removed)
	if s.s.Farewell.Claim != second.Claim {
		t.Errorf("the farewell names %q", s.s.Farewell.Claim)
	}
}

func TestWhereNothingWasDoneOrNothingCanBePrintedNoSlipIsOffered(t *testing.T) {
	for name, s := range map[string]*story{
		"nothing was done":   begin(t).logsIn("anna"),
		"there is no paper":  begin(t).logsIn("anna").confirms(kept).printerIs(devices.Attention, "paper-out"),
		"an officer's board": begin(t).inserts("olga").typesPIN().wants(Board),
	} {
		act := Exit
		if s.s.Screen == Board {
			act = Lock
		}
		s.touches(act, "").wants(Goodbye).touches(PrintIt, "").wants(Goodbye)
		if s.view().Farewell.Slip {
			t.Errorf("%s: it is offered", name)
		}
	}
}

func TestACodeThatWasTakenBackOrReplacedIsNotOnTheSlip(t *testing.T) {
	e := outbox.Entry{ID: "a", Claim: "PUE-0421-AAAA", State: outbox.Waiting}
	s := begin(t).logsIn("anna").confirms(e)
	s.happens(QueueChanged{Visit: s.s.Visit, Requests: []Request{{Entry: e}}}).touches(GoHome, "")
	s.touches(Open, "requests").touches(Open, e.Claim).touches(Withdraw, "").touches(Confirm, "")
	s.happens(TakenBack{Visit: s.s.Visit, ID: e.ID}).touches(Exit, "").wants(Goodbye)
	if s.view().Farewell.Slip {
		t.Error("what was withdrawn is offered")
	}
}

func TestACardThatIsTakenWhileTheSlipIsPrintedEndsOnItsCode(t *testing.T) {
	s := begin(t).logsIn("anna").confirms(kept).touches(Exit, "").touches(PrintIt, "").wants(Printing).pulls().wants(Removed)
	if s.s.Farewell.Claim != kept.Claim || s.s.Today != nil {
		t.Errorf("farewell %+v, today %v", s.s.Farewell, s.s.Today)
	}
}
