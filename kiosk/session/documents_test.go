package session

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pue/devices/capture"
	"pue/kiosk/catalog"
)

// letter is required of who was told to go; it is what fillsForm answers.
var letter = catalog.Document{ID: "lettera", When: "causale=fine_contratto", Required: true, Pages: 2}

// withPapers has the application ask for papers, at a terminal with a camera and a
// scanner.
func withPapers(t testing.TB, m *machine, papers ...catalog.Document) *machine {
	t.Helper()
	naspi, ok := m.catalog.Service("naspi")
	if !ok {
		t.Fatal("no such service")
	}
	naspi.Documents = papers
	m.camera, m.scanner = true, true
	return m
}

// beginPapers is a citizen who has answered all questions.
func beginPapers(t *testing.T, papers ...catalog.Document) *story {
	t.Helper()
	s := begin(t)
	withPapers(t, s.m, papers...)
	s.logsIn("anna").opens("naspi")
	for range goodAnswers {
		if s.s.Screen == Form {
			s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
		}
	}
	return s.wants(Documents)
}

func (s *story) photographs() *story {
	return s.happens(Photographed{Visit: s.s.Visit, Data: []byte("picture")})
}

// judges ends the look at the page that is being judged.
func (s *story) judges(id string, flaws ...capture.Flaw) *story {
	s.t.Helper()
	for _, e := range s.effects {
		if j, ok := e.(JudgePage); ok {
			return s.happens(PageJudged{Visit: j.Visit, Round: j.Round, Scanned: j.Scanned, Page: &picture{id, capture.Page{Flaws: flaws}}})
		}
	}
	s.t.Fatal("nobody looks at the page")
	return s
}

func (s *story) scans() *story {
	return s.happens(Scanned{Round: s.s.collecting(), Data: []byte("scan")})
}

// wantsPages compares the kept pages of the letter by their ids.
func (s *story) wantsPages(want ...string) *story {
	s.t.Helper()
	var got []string
	for _, p := range s.s.Citizen.Form.Documents["lettera"] {
		got = append(got, p.id)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("pages %v, want %v", got, want)
	}
	return s
}

func (s *story) wantsNotice(key string) *story {
	s.t.Helper()
	if got := s.s.Citizen.Capture.Notice; got != key {
		s.t.Errorf("notice %q, want %q", got, key)
	}
	return s
}

func TestPapersStandBetweenTheLastQuestionAndTheReview(t *testing.T) {
	s := beginPapers(t, letter)
	s.touches(Continue, "").wants(Documents).wantsNotice("documents.missing")
	s.touches(Open, "lettera").wants(Capture).photographs().judges("one").wants(DocumentPage)
	s.touches(Confirm, "").wants(Capture).wantsPages("one")
	s.touches(Continue, "").wants(Documents).touches(Continue, "").wants(Review)
	v := s.m.snapshot(&s.s, Place{}, NoticeView{}).Review
	if len(v.Papers) != 1 || v.Papers[0].Taken != 1 || v.Papers[0].ID != "lettera" {
		t.Errorf("the review lists %+v", v.Papers)
	}
	s.touches(GoBack, "").wants(Documents).touches(GoBack, "").wants(Form).touches(Answer, "")
	s.wantsPages("one")
}

func TestTheLastPageThatThereIsRoomForEndsTheTaking(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera")
	s.photographs().judges("one").touches(Confirm, "").wants(Capture)
	s.photographs().judges("two").touches(Confirm, "").wants(Documents).wantsPages("one", "two")
	s.touches(Open, "lettera").wants(Capture).photographs().wantsNotice("capture.full")
	if len(s.effects) > 0 {
		t.Errorf("a page too many is looked at: %T", s.effects)
	}
}

func TestAPageThatIsHardToReadIsKeptOnlyAfterASecondTry(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera")
	s.photographs().judges("dark", capture.TooDark).wants(DocumentPage)
	if s.touches(Confirm, "").wants(DocumentPage); s.m.snapshot(&s.s, Place{}, NoticeView{}).DocumentPage.Keep {
		t.Error("the first dark page may be kept")
	}
	s.touches(Redo, "").wants(Capture).photographs().judges("soft", capture.Blurred).wants(DocumentPage)
	s.touches(Confirm, "").wants(Capture).wantsPages("soft")
	s.photographs().judges("dark again", capture.TooDark).touches(Confirm, "").wants(DocumentPage).wantsPages("soft")
}

func TestWhatIsNoPictureIsSaidInWords(t *testing.T) {
	for want, err := range map[string]error{"capture.no-picture": capture.ErrUnreadable, "capture.too-large": fmt.Errorf("reading: %w", capture.ErrTooLarge)} {
		s := beginPapers(t, letter).touches(Open, "lettera").photographs()
		j := s.effects[0].(JudgePage)
		s.happens(PageJudged{Visit: j.Visit, Round: j.Round, Err: err}).wants(Capture).wantsNotice(want).wantsPages()
		s.photographs().judges("one").wants(DocumentPage)
	}
}

func TestAKeptPageIsLookedAtTakenAgainAndTakenOut(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera")
	s.photographs().judges("one").touches(Confirm, "").photographs().judges("two").touches(Confirm, "")
	s.touches(Open, "lettera").touches(Page, "1").wants(DocumentPage).touches(Redo, "").wants(Capture)
	s.photographs().judges("one again").touches(Confirm, "").wantsPages("one again", "two")
	s.touches(Open, "lettera").touches(Page, "2").touches(Redo, "").touches(GoBack, "").wants(Capture).wantsPages("one again", "two")
	s.touches(Page, "2").touches(Remove, "").wants(Capture).wantsPages("one again")
	s.touches(Page, "1").touches(GoBack, "").wants(Capture).wantsPages("one again")
}

func TestPagesOfTheScannerAreKeptWithoutAQuestionWhereTheyCanBeRead(t *testing.T) {
	paper := letter
	paper.Pages = 4
	s := beginPapers(t, paper).scans()
	if len(s.effects) > 0 {
		t.Error("a scan is looked at although no paper is being taken")
	}
	s.touches(Open, "lettera").scans().judges("one").wants(Capture).wantsPages("one")
	s.scans().judges("pale", capture.TooBright).wants(DocumentPage)
	s.scans().judges("three").wantsPages("one", "three")
	s.scans().judges("dark", capture.TooDark).wants(DocumentPage)
	s.touches(Redo, "").wants(DocumentPage).touches(Redo, "").wants(Capture).wantsPages("one", "three")
	s.scans().judges("four").wantsPages("one", "three", "four").scans()
	s.judges("five").wantsPages("one", "three", "four", "five").scans().wantsNotice("capture.full")
}

func TestALatePageReachesNobodyElse(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera").photographs()
	first := s.effects[0].(JudgePage)
	late := PageJudged{Visit: first.Visit, Round: first.Round, Page: &picture{id: "late"}}
	s.touches(GoBack, "").wants(Documents).happens(late).wants(Documents).wantsPages()
	s.touches(Open, "lettera").wants(Capture).happens(late).wants(Capture).wantsPages()
	s.happens(Scanned{Round: first.Round}).happens(Photographed{Visit: s.s.Visit - 1})
	if len(s.effects) > 0 {
		t.Errorf("a page of before is looked at: %T", s.effects)
	}
	s.pulls().happens(late)
	if len(s.s.pictures()) > 0 {
		t.Error("a page that came after its citizen is kept")
	}
}

func TestPapersComeBackWithTheFormAndToItsCardAlone(t *testing.T) {
	taken := func() *story {
		s := beginPapers(t, letter).touches(Open, "lettera")
		return s.photographs().judges("one").touches(Confirm, "").pulls().wants(Removed)
	}
	taken().inserts("anna").typesPIN().happens(LoggedIn{Visit: 2}).wantsPages("one")
	s := taken().inserts("bruno")
	if len(s.s.pictures()) > 0 {
		t.Error("another card finds the pages")
	}
	s = taken()
	s.now = s.now.Add(2 * time.Minute)
	if s.happens(Tick{}); len(s.s.pictures()) > 0 {
		t.Error("pages outlive the time of their form")
	}
}

func TestAPageThatIsNotKeptYetIsGoneWithTheCard(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera").photographs().judges("one").wants(DocumentPage).pulls()
	if len(s.s.pictures()) > 0 {
		t.Error("a page that nobody has kept is there")
	}
}

func TestAChangedAnswerDropsThePapersItNoLongerAsksFor(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera").photographs().judges("one").touches(Confirm, "")
	s.touches(Continue, "").touches(Continue, "").wants(Review).touches(Change, "motivo").wants(Form)
	other := map[string]string{"causale": "licenziamento"}
	s.happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: other}).wants(Review)
	if len(s.s.pictures()) > 0 || len(s.s.Citizen.Form.enclosed()) > 0 {
		t.Error("a page that is not asked for any more stays")
	}
	s.touches(Change, "motivo").happens(Touch{Visit: s.s.Visit, Screen: Form, Act: Answer, Fields: goodAnswers}).wants(Documents)
}

func TestAnOptionalPaperMayBeLeftOut(t *testing.T) {
	paper := letter
	paper.Required = false
	beginPapers(t, paper).touches(Continue, "").wants(Review)
}

func TestABrokenCameraStopsNobodyWhereThereIsNoScanner(t *testing.T) {
	s := beginPapers(t, letter)
	s.m.scanner = false
	s.touches(Continue, "").wants(Documents).touches(Open, "lettera").touches(NoCamera, "").wants(Capture).wantsEffect(MissCamera{})
	v := s.m.snapshot(&s.s, Place{}, NoticeView{})
	if v.Capture.Camera || v.Capture.Scanner {
		t.Errorf("offered: %+v", v.Capture)
	}
	s.touches(GoBack, "").wants(Documents)
	if !s.m.snapshot(&s.s, Place{}, NoticeView{}).Documents.Closed {
		t.Error("the list does not say that nothing can be taken here")
	}
	s.touches(Open, "lettera").wants(Documents).touches(Continue, "").wants(Review)
}

func TestWithoutCameraAndScannerTheReviewFollowsAndSaysWhatIsMissing(t *testing.T) {
	s := begin(t)
	withPapers(t, s.m, letter)
	s.m.camera, s.m.scanner = false, false
	s.logsIn("anna").fillsForm()
	v := s.m.snapshot(&s.s, Place{}, NoticeView{}).Review
	if v.Captures || len(v.Papers) != 1 || !v.Papers[0].Missing {
		t.Errorf("the review says %+v", v.Papers)
	}
}

func TestNoMorePagesAreTakenThanINPSTakes(t *testing.T) {
	paper, other := letter, letter
	paper.Pages, other.Pages, other.ID = 15, 15, "altro"
	s := beginPapers(t, paper, other).touches(Open, "altro")
	for range 12 {
		s.scans().judges("other")
	}
	s.touches(Continue, "").touches(Open, "lettera")
	for range 8 {
		s.scans().judges("one")
	}
	if s.scans().wantsNotice("capture.full"); s.s.Citizen.Form.Documents.count() != mostPages {
		t.Errorf("%d pages are taken", s.s.Citizen.Form.Documents.count())
	}
}

func TestWhatIsOnTheScreenAloneCanBeLookedAt(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera")
	s.photographs().judges("one").touches(Confirm, "").photographs().judges("two")
	wants := func(screen Screen, id string) {
		t.Helper()
		if shown := s.wants(screen).s.onScreen(); len(shown) != 1 || shown[id] == nil {
			t.Errorf("on %s %d pages can be looked at, want %s alone", screen, len(shown), id)
		}
	}
	wants(DocumentPage, "two")
	s.touches(Redo, "")
	wants(Capture, "one")
	s.touches(CallHelp, "")
	if len(s.s.onScreen()) > 0 {
		t.Error("pages can be looked at from under the help")
	}
}

func TestAPaperAboutHealthIsHiddenUntilItIsLookedAt(t *testing.T) {
	for _, service := range []bool{false, true} {
		paper := letter
		paper.Article9 = !service
		s := beginPapers(t, paper)
		s.s.Citizen.Form.Service.Article9 = service
		s.touches(Open, "lettera").photographs().judges("one").touches(Confirm, "").wants(Capture)
		if v := s.m.snapshot(&s.s, Place{}, NoticeView{}).Capture; !v.Pages[0].Hidden {
			t.Errorf("a small picture of health, of the service %v", service)
		}
	}
}

func TestAScanIsASignOfAPerson(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera")
	s.now = s.now.Add(limits[Capture].idle)
	s.happens(Tick{}).wants(StillThere).scans().wants(Capture)
}

func TestASubmissionWhosePagesCannotBeKeptGoesNowhere(t *testing.T) {
	s := beginPapers(t, letter).touches(Open, "lettera").photographs().judges("one").touches(Confirm, "")
	s.touches(Continue, "").touches(Continue, "").touches(Confirm, "").wants(SignPIN).typesPIN().wants(Saving)
	submit := s.effects[len(s.effects)-1].(Submit)
	if len(submit.Documents) != 1 || submit.Documents[0].document != "lettera" || submit.Documents[0].page.id != "one" {
		t.Errorf("enclosed %+v", submit.Documents)
	}
	s.happens(Stored{Visit: s.s.Visit, Err: errors.New("disk")}).wants(Review).wantsPages("one")
}
