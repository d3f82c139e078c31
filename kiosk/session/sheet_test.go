package session

import "testing"

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
