package session

import (
	"testing"

	"pue/devices"
	"pue/kiosk/outbox"
)

func TestACitizenKnowsBeforeConfirmingThatTheReceiptMayNotComeOut(t *testing.T) {
	for _, c := range []struct {
		name   string
		status devices.Status
		want   Outlook
	}{
		{"all is well", devices.Status{State: devices.Ready}, ""},
		{"the roll is near its end", devices.Status{State: devices.Ready, Low: true}, LowPaper},
		{"there is no paper", devices.Status{State: devices.Attention, Reason: "paper-out", Low: true}, NoPaper},
		{"the printer is away", devices.Status{State: devices.Absent, Reason: "absent"}, NoPaper},
		{"its own paper waits", devices.Status{State: devices.Attention, Reason: "paper-in-mouth"}, ""},
		{"the printer was just switched on", devices.Status{State: devices.Starting}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begin(t).logsIn("anna").fillsForm().happens(DeviceChanged{Name: "printer", Status: c.status}).wants(Review)
			if got := s.view().Review.Paper; got != c.want {
				t.Errorf("the review says %q, want %q", got, c.want)
			}
			s.touches(Confirm, "").wants(SignPIN) // nothing depends on paper
		})
	}
}

func TestARollNearItsEndCallsAnOfficerBeforeTheNextCitizen(t *testing.T) {
	s := begin(t).happens(DeviceChanged{Name: "printer", Status: devices.Status{State: devices.Ready, Low: true}})
	if !s.view().Attention {
		t.Error("nobody is called")
	}
	if s.paperOut(); s.view().Attention {
		t.Error("a new roll is in, and somebody is called")
	}
}

func TestThePaperOfWhoReadsLargeLettersHasLargeLetters(t *testing.T) {
	for size, want := range map[string]bool{"m": false, "l": false, "xl": true} {
		s := begin(t).logsIn("anna")
		s.s.View.Size = size
		s.fillsForm().touches(Confirm, "").typesPIN()
		s.happens(Stored{Visit: s.s.Visit, Entry: kept}).happens(Settled{Visit: s.s.Visit, Entry: kept}).wants(Result)
		s.touches(PrintIt, "").wants(Printing)
		if got := s.s.Print.Order.Large; got != want {
			t.Errorf("size %s: large paper %v", size, got)
		}
	}
}

func TestThePaperBehindAPulledCardHasItsCitizensLetters(t *testing.T) {
	s := begin(t).logsIn("anna")
	s.s.View.Size = "xl"
	s.fillsForm().touches(Confirm, "").typesPIN()
	visit := s.s.Visit
	s.pulls().happens(Stored{Visit: visit, Entry: outbox.Entry{Claim: "PUE-0421-TEST", State: outbox.Waiting}})
	for _, e := range s.effects {
		if p, ok := e.(Print); ok && p.Order.Large {
			return
		}
	}
	t.Errorf("effects %+v", s.effects)
}

func TestAnOfficersPaperHasUsualLetters(t *testing.T) {
	s := begin(t)
	s.s.View.Size = "xl"
	s.inserts("olga").typesPIN().wants(Board).happens(deskOf(ReadDesk{Visit: s.s.Visit}))
	s.touches(OpenQueue, "").touches(ShowItem, "PUE-0001-DEAD").touches(PrintSheet, "").wants(Printing)
	if s.s.Print.Order.Large {
		t.Error("it is large")
	}
}
