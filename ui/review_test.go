package ui

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/messages"
	"pue/kiosk/session"
)

func TestEveryAnswerIsOnSomePageOfTheReviewWhateverStandsAboveIt(t *testing.T) {
	m, err := messages.Load()
	if err != nil {
		t.Fatal(err)
	}
	naspi := service(t, "naspi")
	for _, helper := range []string{"", "Olga R."} {
		for _, outlook := range []session.Outlook{"", session.LowPaper, session.NoPaper} {
			p := page{session.Snapshot{
				Screen: session.Review, Helper: helper, View: session.View{Language: "it", Size: "xl"},
				Review: &session.ReviewView{Service: naspi, Steps: naspi.Steps, Answers: answers, Paper: outlook},
			}, m.In("it")}
			var seen []line
			for at := 1; at <= p.reviewPages().Pages; at++ {
				p.Review.Page = at
				seen = append(append(seen, p.FirstLines()...), p.RestLines()...)
			}
			if diff := cmp.Diff(p.AllLines(), seen); diff != "" {
				t.Errorf("beside %q, paper %q: %s", helper, outlook, diff)
			}
			if first := len(p.FirstLines()); outlook != "" && first > halfReview-2 {
				t.Errorf("beside %q, paper %q: %d answers stand where there is no room", helper, outlook, first)
			}
		}
	}
}
