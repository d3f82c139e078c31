package session

import (
	"testing"

	"pue/devices/printer"
)

func TestWhatIsReadIsTakenHomeOnPaperToo(t *testing.T) {
	for id, screen := range map[string]Screen{"notizie": Info, "naspi": Bring} {
		s := begin(t).logsIn("anna").touches(Open, id).wants(screen)
		s.touches(PrintIt, "").wants(Printing).wantsEffect(Print{Order: Order{Kind: PaperInfo}})
		if got := s.s.Print.Order.Service.ID; got != id {
			t.Errorf("%s: the paper is about %s", id, got)
		}
		s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Printed}}).wants(Printed)
		s.touches(Taken, "").wants(screen).touches(GoBack, "").wants(Home)
	}
}

func TestASheetIsReadPageByPageAndLeadsOn(t *testing.T) {
	s := begin(t).logsIn("anna")
	s.touches(Open, "notizie").wants(Info)
	v := s.m.snapshot(&s.s, Place{}, NoticeView{}).Sheet
	if v.Page != 1 || v.Pages != 2 || len(v.Lines) != sheetRows || v.Next.ID != "naspi" {
		t.Fatalf("page %d of %d with %d lines, then %v", v.Page, v.Pages, len(v.Lines), v.Next)
	}
	s.touches(Page, "2")
	v = s.m.snapshot(&s.s, Place{}, NoticeView{}).Sheet
	if len(v.Lines) != 1 || v.Lines[0].Law == nil || v.Lines[0].Law.Verified() || v.Lines[0].Law.Source == "" {
		t.Errorf("the last page has %+v", v.Lines)
	}
	s.touches(Continue, "").wants(Bring)
}

func TestAnApplicationSaysFirstWhatItNeeds(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Open, "naspi").wants(Bring)
	s.touches(GoBack, "").wants(Home).touches(Open, "naspi").wants(Bring)
	s.touches(Continue, "").wants(Form)
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
	s.touches(GoBack, "").touches(GoBack, "").wants(Home)
	s.touches(Open, "naspi").wants(Form) // it was read, and something is written already
}
