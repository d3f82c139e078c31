package ui

import (
	"html/template"
	"strings"
	"testing"

	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

// A refusal is INPS's word about a submission. The officer who reads it learns
// what it means and what to do, and never sees a bare key.
func TestEveryRefusalHasWordsAndARemedyForTheOfficer(t *testing.T) {
	u := drawn(t, &fake{})
	for _, reason := range outbox.Refusals() {
		e := outbox.Entry{Claim: "PUE-0421-7K3F-9M2X-4QPAT", State: outbox.Refused, Reason: reason, CapturedAt: morning, Attempts: 1}
		i := session.Item{Entry: e, Alarm: outbox.AlarmRefused}
		for _, language := range messages.Languages() {
			l := u.messages.In(language)
			for _, key := range []string{"queue.reason." + reason, "queue.todo." + reason} {
				if !l.Has(key) {
					t.Errorf("no %q in %q", key, language)
				}
			}
			s := session.Snapshot{Screen: session.QueueItem, Line: true, Staff: true, Item: &session.ItemView{Item: i}}
			html := render(t, u, story{"refused", s}.seen(language, "m", "normal"))
			for _, words := range []string{l.T("queue.reason." + reason), l.T("queue.todo." + reason)} {
				if !strings.Contains(html, strings.ReplaceAll(words, "'", "&#39;")) {
					t.Errorf("%s in %q does not say %q", reason, language, words)
				}
			}
		}
	}
}

func TestATermThatIsOverIsNotCalledNear(t *testing.T) {
	u := drawn(t, &fake{})
	near, past := u.messages.In("it").T("queue.alarm.deadline"), u.messages.In("it").T("queue.alarm.overdue")
	for _, s := range stories(t) {
		html := render(t, u, s.seen("it", "m", "normal"))
		switch s.name {
		case "queue-item-deadline":
			if !strings.Contains(html, near) || strings.Contains(html, past) {
				t.Error("a near term is called otherwise")
			}
		case "queue-item-overdue":
			if strings.Contains(html, near) || !strings.Contains(html, past) {
				t.Error("a term that is over is called otherwise")
			}
		}
	}
}

func TestANumberThatIsShownIsNotOfferedAgain(t *testing.T) {
	u := drawn(t, &fake{})
	shown := session.Item{Entry: outbox.Entry{State: outbox.Stuck, Phone: true}, Alarm: outbox.AlarmStuck}
	for _, s := range stories(t) {
		if s.name != "queue-item-phone" {
			continue
		}
		item := *s.Item
		item.Item = shown
		s.Item = &item
		if html := render(t, u, s.seen("it", "m", "normal")); strings.Contains(html, `value="see-phone"`) {
			t.Error("the number can be asked for beside the number")
		}
	}
}

func TestARollNearItsEndIsToldOnTheBoardBeforeItEnds(t *testing.T) {
	u := drawn(t, &fake{})
	words := u.messages.In("it").T("board.low")
	for _, s := range stories(t) {
		html := render(t, u, s.seen("it", "m", "normal"))
		if told := strings.Contains(html, words); told != (s.name == "board-low") {
			t.Errorf("%s tells of a roll near its end: %v", s.name, told)
		}
	}
}

// At large text the end of the review is folded away, and what it takes the place
// of must not be.
func TestTheReviewNamesWhatItReplacesAboveTheAnswers(t *testing.T) {
	u := drawn(t, &fake{})
	for _, s := range stories(t) {
		if s.name != "review-replaces" {
			continue
		}
		html := render(t, u, s.seen("it", "xl", "normal"))
		claim, answers := strings.Index(html, s.Review.Replaces), strings.Index(html, `<ul class="review">`)
		if claim < 0 || claim > answers {
			t.Error("the replaced submission stands below the answers")
		}
	}
}

func TestAnOfficerBeforeAnEmptyPrinterReadsWhatToDoWithTheRoll(t *testing.T) {
	u := drawn(t, &fake{})
	out := session.FaultPaperOut
	for _, language := range messages.Languages() {
		s := session.Snapshot{Screen: session.PrintTrouble, Line: true, Staff: true, Fault: &out, Print: &session.PrintView{Kind: "day", GoesOn: true}}
		l := u.messages.In(language)
		staff, citizen := l.T("fault.P-01.remedy.staff"), l.T("fault.P-01.remedy")
		if got := render(t, u, story{"staff", s}.seen(language, "m", "normal")); !strings.Contains(got, template.HTMLEscapeString(staff)) || strings.Contains(got, template.HTMLEscapeString(citizen)) {
			t.Errorf("%s: an officer is not told %q, or is told %q", language, staff, citizen)
		}
		s.Staff = false
		if got := render(t, u, story{"citizen", s}.seen(language, "m", "normal")); !strings.Contains(got, template.HTMLEscapeString(citizen)) {
			t.Errorf("%s: a citizen is not told %q", language, citizen)
		}
	}
}
