package session

import (
	"testing"
	"time"

	"pue/devices"
	"pue/kiosk/outbox"
)

// The test's own answers name 31 October 2026 as the last day of work: the term
// ends 68 days later.
var lastDay = time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC)

func TestTheTermIsShownOnceItsDateIsKnown(t *testing.T) {
	s := begin(t).logsIn("anna").opens("naspi")
	var shown []string
	for s.s.Screen == Form {
		v := s.view().Form
		if v.Term != nil {
			shown = append(shown, v.Step.ID)
			if !v.Term.Last.Equal(lastDay) || v.Term.Warn != 14 || v.Term.Verified {
				t.Errorf("on %s the term is %+v", v.Step.ID, v.Term)
			}
		}
		s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
	}
	if len(shown) != 1 || shown[0] != "motivo" {
		t.Errorf("the term is shown on %v, want the page after its date", shown)
	}
	if v := s.wants(Review).view().Review; v.Term == nil || !v.Term.Last.Equal(lastDay) {
		t.Errorf("the review says %+v", v.Term)
	}
	if v := s.touches(Change, "periodo").wants(Form).view().Form; v.Term == nil {
		t.Error("where the date stands nothing says what follows from it")
	}
}

func TestTheResultKnowsItsTermAndWhetherItsReceiverIsThere(t *testing.T) {
	s := begin(t).logsIn("anna").fillsForm().touches(Confirm, "").typesPIN()
	e := outbox.Entry{Claim: "PUE-0421-TEST", State: outbox.Waiting, Term: lastDay}
	s.happens(Stored{Visit: s.s.Visit, Entry: e}).happens(Settled{Visit: s.s.Visit, Entry: e}).wants(Result)
	v := s.view().Result
	if v.Term == nil || !v.Term.Last.Equal(lastDay) || v.Term.Warn != 14 || v.Down {
		t.Errorf("%+v, down %v", v.Term, v.Down)
	}
	s.happens(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Absent}})
	if !s.view().Result.Down {
		t.Error("the line is down, and the result does not say so")
	}
}

// What a service was whose catalogue is gone cannot vouch for its term.
func TestATermOfAServiceThatIsGoneIsVouchedForByNobody(t *testing.T) {
	r := Request{Entry: outbox.Entry{Term: lastDay}}
	if v := r.term(); v == nil || v.Verified {
		t.Errorf("%+v", v)
	}
}
