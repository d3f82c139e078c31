package session

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

func TestACertificateIsAskedForWithTheAnswersToItsQuestions(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Open, "certificato").wants(Form)
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: map[string]string{"anno": "2025"}}).wants(Loading)
	ask, ok := s.effects[len(s.effects)-1].(Ask)
	if !ok || ask.Service.ID != "certificato" || ask.Behalf != "" {
		t.Fatalf("effects %+v", s.effects)
	}
	if diff := cmp.Diff(catalog.Answers{"anno": "2025"}, ask.Answers); diff != "" {
		t.Error(diff)
	}
	rows := make([]map[string]string, 2*answerRows+1)
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Answer: upstream.Answer{Facts: map[string]string{"importo": "1.00"}, Rows: rows}}).wants(AnswerPage)
	if v := s.view().Answer; v.Pages != 4 || len(v.Facts) != 1 || len(v.Rows) != 0 {
		t.Errorf("page 1 of %d has %d values and %d rows", v.Pages, len(v.Facts), len(v.Rows))
	}
	if v := s.touches(Page, "4").view().Answer; v.Page != 4 || len(v.Facts) != 0 || len(v.Rows) != 1 {
		t.Errorf("page %d has %d values and %d rows", v.Page, len(v.Facts), len(v.Rows))
	}
	s.touches(GoBack, "").wants(Form)
	if got := s.view().Form.Answers["anno"]; got != "2025" {
		t.Errorf("the question has the answer %q", got)
	}
	s.touches(GoBack, "").wants(Home)
}

func TestWhatINPSHasNothingOfIsSaidSo(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Open, "certificato")
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: map[string]string{"anno": "1999"}})
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Err: upstream.ErrNothing}).wants(AnswerPage)
	if v := s.view().Answer; !v.None || v.Pages < 1 {
		t.Errorf("%+v", v)
	}
	if !s.s.Citizen.Token {
		t.Error("the PIN is asked again although INPS has answered")
	}
}

func TestAnAnswerIsTakenHomeOnPaperAndStaysOnTheScreen(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Open, "certificato")
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: map[string]string{"anno": "2025"}})
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Answer: upstream.Answer{Facts: map[string]string{"importo": "1.00"}}}).wants(AnswerPage)
	if !s.view().Answer.Print {
		t.Error("it is not offered on paper")
	}
	s.touches(PrintIt, "").wants(Printing).wantsEffect(Print{Order: Order{Kind: PaperPersonal}})
	if o := s.s.Print.Order; o.Service.ID != "certificato" || o.Answer.Facts["importo"] != "1.00" || o.Behalf {
		t.Errorf("the order is %+v", o)
	}
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Printed}}).wants(Printed)
	s.touches(Taken, "").wants(AnswerPage)
}

// What is about health could be left lying about; what is nothing needs no paper.
func TestNoPaperIsOfferedOfHealthOrOfNothing(t *testing.T) {
	for name, change := range map[string]func(*answered){
		"health":  func(a *answered) { a.Service.Article9 = true },
		"nothing": func(a *answered) { a.None = true },
	} {
		s := begin(t).logsIn("anna").touches(Open, "certificato")
		s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: map[string]string{"anno": "2025"}})
		s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Answer: upstream.Answer{Facts: map[string]string{"importo": "1.00"}}})
		service := *s.s.Citizen.Answer.Service
		s.s.Citizen.Answer.Service = &service
		change(s.s.Citizen.Answer)
		if s.view().Answer.Print {
			t.Errorf("%s is offered on paper", name)
		}
		s.touches(PrintIt, "").wants(AnswerPage)
	}
}

func TestTheQuestionsOfACertificateLeaveAFormThatWasBegun(t *testing.T) {
	s := halfway(t).touches(GoBack, "").touches(GoBack, "").wants(Home)
	s.touches(Open, "certificato").wants(Form)
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Adjust, Fields: map[string]string{"anno": "20"}}).touches(GoBack, "")
	if got := s.view().Form.Answers["anno"]; got != "20" {
		t.Errorf("what was typed is %q", got)
	}
	s.touches(GoBack, "").wants(Home).touches(Open, "naspi").wants(Form)
	if s.s.Citizen.Form.Answers["telefono"] == "" {
		t.Error("looking at a certificate was enough to lose the application")
	}
}

func TestAQueryThatFailedIsAskedAgainWithItsAnswers(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Open, "certificato")
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: map[string]string{"anno": "2025"}})
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Err: outbox.ErrNoLine}).wants(Unavailable).touches(Retry, "").wants(PIN)
	s.typesPIN().happens(LoggedIn{Visit: s.s.Visit}).wants(Loading)
	if ask, ok := s.effects[len(s.effects)-1].(Ask); !ok || ask.Answers["anno"] != "2025" {
		t.Errorf("effects %+v", s.effects)
	}
}

func TestNothingOfAnAnswerStaysBehindACardThatIsPulled(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.Report(sheetsAre(devices.Ready, ""))
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.logIn(t)
		w.touch(Open, "certificato")
		w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: Form, Act: Answer, Fields: map[string]string{"anno": "2025"}})
		synctest.Wait()
		w.wants(t, AnswerPage)
		if w.inps.question.Answers["anno"] != "2025" {
			t.Errorf("INPS was asked %v", w.inps.question.Answers)
		}
		w.slot(smartcard.EmptySlot)
		w.wants(t, Removed)
		if w.Snapshot().Answer != nil {
			t.Error("the answer is still shown")
		}
	})
}

// served is a citizen who may act for two others, and has been asked for whom.
func served(t *testing.T) *story {
	t.Helper()
	s := begin(t).touches(Start, "").touches(Continue, "").inserts("anna").typesPIN()
	return s.happens(LoggedIn{Visit: s.s.Visit, Delegations: []upstream.Delegation{delegation("dina"), delegation("elio")}}).wants(ForWhom)
}

func TestWhoIsServedForAnotherSeesItOnEveryPageAndItStandsInTheRecord(t *testing.T) {
	s := served(t)
	if !s.view().Behalf.IsZero() {
		t.Error("a page names another before one was chosen")
	}
	s.touches(Open, "1").wants(Home)
	if got := s.view().Behalf.Reveal(); got != "elio" {
		t.Errorf("the page names %q", got)
	}
	s.touches(Open, "estratto-contributivo").wants(Loading)
	if ask, ok := s.effects[len(s.effects)-1].(Ask); !ok || ask.Behalf != "delega-elio" {
		t.Errorf("effects %+v", s.effects)
	}
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions}).touches(PrintIt, "")
	if !s.s.Print.Order.Behalf {
		t.Error("the paper does not say that it is for another")
	}
	s.happens(PrintEnded{Visit: s.s.Visit, Number: s.s.Print.Number, Result: printer.Result{Outcome: printer.Printed}})
	s.touches(Taken, "").wants(Home).fillsForm().touches(Confirm, "").typesPIN()
	if got := s.view().Behalf.Reveal(); got != "elio" {
		t.Errorf("while it is signed the page names %q", got)
	}
	submit, ok := s.effects[len(s.effects)-1].(Submit)
	if !ok || submit.Behalf == nil || submit.Behalf.ID != "delega-elio" {
		t.Errorf("effects %+v", s.effects)
	}
}

func TestACardThatLeavesForgetsForWhomItWas(t *testing.T) {
	s := served(t).touches(Open, "0").pulls()
	if s.s.Citizen.Behalf != nil || s.s.Citizen.Delegations != nil || !s.view().Behalf.IsZero() {
		t.Error("it is still known")
	}
}

func TestAFormThatFindsItsCardAgainIsStillForTheSamePerson(t *testing.T) {
	s := served(t).touches(Open, "0").opens("naspi")
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).pulls().inserts("anna").typesPIN()
	if !s.view().Behalf.IsZero() {
		t.Error("the other is named before it is known that the card's holder is here")
	}
	s.happens(LoggedIn{Visit: s.s.Visit, Err: outbox.ErrNoLine}).wants(Form)
	if got := s.view().Behalf.Reveal(); got != "dina" {
		t.Errorf("the form is for %q now", got)
	}
}

func TestAFormForOnePersonIsNotContinuedForAnother(t *testing.T) {
	s := served(t).touches(Open, "0").opens("naspi")
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).touches(GoBack, "").touches(GoBack, "").wants(Home)
	s.touches(ChooseWhom, "").wants(ForWhom).touches(Open, "me").wants(Home)
	if !s.view().Behalf.IsZero() {
		t.Error("the page still names another")
	}
	s.touches(Open, "naspi").wants(AskDrop).touches(Confirm, "").wants(Bring)
	if s.s.Citizen.Form.Behalf != nil || !s.s.Citizen.Form.untouched() {
		t.Error("the form of the other goes on")
	}
}

func TestAFormForWhomMayNoLongerBeActedForDoesNotGoOn(t *testing.T) {
	s := served(t).touches(Open, "0").opens("naspi")
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).pulls().inserts("anna").typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit, Delegations: []upstream.Delegation{delegation("elio")}}).wants(ForWhom)
	if s.s.Citizen.Form != nil || s.s.Citizen.Behalf != nil || !s.view().Whom.Ended {
		t.Error("the form goes on, or nobody is told why it is gone")
	}
	if s.touches(Open, "me").wants(Home); s.view().Tiles.Ended {
		t.Error("it is still said after a choice was made")
	}
}

func TestWhoHasNobodyLeftToActForIsToldSoAmongTheServices(t *testing.T) {
	s := served(t).touches(Open, "0").opens("naspi").pulls().inserts("anna").typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit}).wants(Home)
	if s.s.Citizen.Form != nil || !s.view().Tiles.Ended {
		t.Error("the form goes on, or nobody is told why it is gone")
	}
	s = served(t).touches(Open, "0").opens("naspi").pulls().inserts("anna").typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit, Unasked: true}).wants(Form)
	if got := s.view().Behalf.Reveal(); got != "dina" {
		t.Errorf("INPS did not say, and the form is for %q now", got)
	}
}

func TestWhoMayNoLongerBeActedForIsLetGo(t *testing.T) {
	s := served(t).touches(Open, "0").touches(Open, "estratto-contributivo")
	s.happens(AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions, Err: outbox.ErrNoLine}).touches(Retry, "").typesPIN()
	s.happens(LoggedIn{Visit: s.s.Visit, Delegations: []upstream.Delegation{delegation("elio")}}).wants(ForWhom)
	if s.s.Citizen.Behalf != nil {
		t.Error("INPS does not name this person any more")
	}
}

func TestTroubleWithDelegationsNeverStopsTheLogIn(t *testing.T) {
	testCertificate()
	synctest.Test(t, func(t *testing.T) {
		w := live(t)
		w.inps.silent = outbox.ErrNoLine
		w.Report(DeviceChanged{Name: "line", Status: devices.Status{State: devices.Ready}})
		w.logIn(t)
		w.wants(t, Home)
		if h := w.Snapshot().Tiles; h.Others || !h.Unasked {
			t.Errorf("others %v, unasked %v", h.Others, h.Unasked)
		}
	})
}

func TestWhoDoesNotWaitForAnAnswerNeverSeesItUnderAnotherQuestion(t *testing.T) {
	s := begin(t).logsIn("anna").touches(Open, "estratto-contributivo").wants(Loading)
	late := AnswerCame{Visit: s.s.Visit, Number: s.s.Citizen.Questions}
	s.touches(GoHome, "").wants(Home).happens(late).wants(Home)
	s.touches(Open, "certificato").happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).wants(Loading)
	s.happens(late).wants(Loading)
}

func TestWhatIsForAnotherHasAnIdOfItsOwn(t *testing.T) {
	dina, elio := delegation("dina"), delegation("elio")
	service := serviceOf(testCatalogue(t), "naspi")
	var v visit
	seen := map[string]bool{}
	for _, behalf := range []*upstream.Delegation{nil, &dina, &elio} {
		e := Submit{Service: service, Behalf: behalf}
		id := v.submission(e.what())
		if seen[id] {
			t.Errorf("for %q: the id of somebody else's", idOf(behalf))
		}
		if again := v.submission(e.what()); again != id {
			t.Errorf("for %q: confirming once more makes it two", idOf(behalf))
		}
		seen[id] = true
	}
}
