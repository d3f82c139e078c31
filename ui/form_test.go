package ui

import (
	"regexp"
	"strings"
	"testing"

	"pue/kiosk/catalog"
	"pue/kiosk/session"
)

// named is the story of that name.
func named(tb testing.TB, name string) story {
	tb.Helper()
	for _, s := range stories(tb) {
		if s.name == name {
			return s
		}
	}
	tb.Fatalf("no story %q", name)
	return story{}
}

func TestSeveralTickedBoxesAreOneAnswer(t *testing.T) {
	touch, err := parseTouch("visit=3&screen=form&act=answer&f.mesi=01&f.mesi=02&f.nome=Anna")
	if err != nil {
		t.Fatal(err)
	}
	if got := touch.Fields["mesi"]; got != "01,02" {
		t.Errorf("the months are %q", got)
	}
	if got := touch.Fields["nome"]; got != "Anna" {
		t.Errorf("the name is %q", got)
	}
	if _, err := parseTouch("visit=3&screen=form&act=answer" + strings.Repeat("&f.mesi="+strings.Repeat("1", maxValue/2), 3)); err == nil {
		t.Error("answers that are too long together are taken")
	}
}

func TestWhatCanBeChosenTogetherHasBoxesAndTheChosenAreTicked(t *testing.T) {
	u := drawn(t, &fake{})
	html := render(t, u, named(t, "form-bonus-nido-periodo").seen("it", "m", "normal"))
	if boxes, ticked := strings.Count(html, `type="checkbox"`), strings.Count(html, " checked>"); boxes != 12 || ticked != 2 {
		t.Errorf("%d boxes of which %d are ticked, want 12 and 2", boxes, ticked)
	}
}

func TestAReviewOfManyAnswersIsReadToItsEndBeforeItCanBeConfirmed(t *testing.T) {
	u := drawn(t, &fake{})
	first := render(t, u, named(t, "review-auu-1").seen("it", "m", "normal"))
	if strings.Contains(first, `value="confirm"`) || !strings.Contains(first, `value="page:2"`) {
		t.Error("the first page can be confirmed, or does not lead to the second")
	}
	second := render(t, u, named(t, "review-auu-2").seen("it", "m", "normal"))
	if !strings.Contains(second, `value="confirm"`) {
		t.Error("the last page cannot be confirmed")
	}
	if strings.Contains(first+second, "figlio_altro.1") || !strings.Contains(first+second, "figlio_altro.2") {
		t.Error("the review asks about another child where one stands, or not where one could be added")
	}
}

func TestTheSecondChildIsCalledTheSecond(t *testing.T) {
	v := named(t, "review-auu-1").seen("it", "m", "normal")
	p := page{v, drawn(t, &fake{}).messages.In("it")}
	titles := map[string]string{}
	for _, l := range p.AllLines() {
		titles[strings.TrimPrefix(l.Act, "change:")] = l.Title
	}
	if !strings.HasSuffix(titles["figlio.2"], " (2)") || strings.HasSuffix(titles["figlio.1"], ")") {
		t.Errorf("the children are %q and %q", titles["figlio.1"], titles["figlio.2"])
	}
}

func TestAComuneThatIsNotFoundIsSuggestedByItsName(t *testing.T) {
	u := drawn(t, &fake{})
	html := render(t, u, named(t, "form-comune").seen("it", "m", "normal"))
	suggested := regexp.MustCompile(`value="answer:nido_comune=([A-Z][0-9]{3})"`).FindAllStringSubmatch(html, -1)
	if len(suggested) != 3 {
		t.Fatalf("%d are suggested", len(suggested))
	}
	touch, err := parseTouch("visit=1&screen=form&act=answer%3Anido_comune%3D" + suggested[0][1])
	if err != nil || touch.Value != "nido_comune="+suggested[0][1] {
		t.Errorf("the button sends %q: %v", touch.Value, err)
	}
}

// The codice fiscale tells a birth in 2010: the nursery bonus is for those under three.
func TestTheReviewSaysWhatToLookAtOnceMore(t *testing.T) {
	nursery := service(t, "bonus-nido")
	p := page{session.Snapshot{Review: &session.ReviewView{
		Service: nursery, Steps: nursery.Steps, Answers: catalog.Answers{"minore_cf": "BNCMRA10A41X999N"},
	}}, drawn(t, &fake{}).messages.In("it")}
	warned := 0
	for _, l := range p.AllLines() {
		if l.Warning != "" {
			warned++
		}
	}
	if warned != 1 {
		t.Errorf("%d lines warn, want the child's", warned)
	}
}
