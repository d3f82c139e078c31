package ui

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pue/devices/capture"
	"pue/kiosk/catalog"
	"pue/kiosk/session"
)

// paperStories are the pages on which papers are taken in.
func paperStories(tb testing.TB) []story {
	tb.Helper()
	bonus := service(tb, "bonus-nido")
	receipt, certificate := bonus.Documents[0], bonus.Documents[1]
	var all []story
	add := func(name string, screen session.Screen, change func(*session.Snapshot)) {
		s := session.Snapshot{Screen: screen, Line: true, InSession: true, Rev: 7, Place: here}
		change(&s)
		all = append(all, story{name, s})
	}
	list := func(name string, v session.DocumentsView) {
		v.Service = bonus
		add(name, session.Documents, func(s *session.Snapshot) { s.Documents = &v })
	}
	list("documents", session.DocumentsView{Papers: []session.PaperView{{Document: receipt, Taken: 2}, {Document: certificate, Missing: true}}})
	list("documents-missing", session.DocumentsView{Papers: []session.PaperView{{Document: receipt, Missing: true}}, Notice: "documents.missing"})
	list("documents-closed", session.DocumentsView{Papers: []session.PaperView{{Document: receipt, Missing: true}}, Closed: true})

	taking := func(name string, v session.CaptureView) {
		v.Service, v.Paper = bonus, receipt
		add(name, session.Capture, func(s *session.Snapshot) { s.Capture = &v })
	}
	var pages []session.PageView
	for n := range 12 {
		pages = append(pages, session.PageView{ID: fmt.Sprint("p", n+1), Number: n + 1, PDF: n == 3, Hidden: n == 5})
	}
	taking("capture", session.CaptureView{Camera: true, Room: 12})
	taking("capture-scanner", session.CaptureView{Camera: true, Scanner: true, Room: 10, Pages: pages[:2]})
	taking("capture-busy", session.CaptureView{Camera: true, Room: 11, Pages: pages[:1], Busy: true})
	taking("capture-instead", session.CaptureView{Camera: true, Room: 10, Pages: pages[:2], Instead: 2})
	taking("capture-full", session.CaptureView{Camera: true, Scanner: true, Pages: pages, Notice: "capture.full"})
	taking("capture-no-room", session.CaptureView{Camera: true, Pages: pages})
	taking("capture-no-picture", session.CaptureView{Camera: true, Scanner: true, Room: 12, Notice: "capture.no-picture"})
	taking("capture-too-large", session.CaptureView{Scanner: true, Room: 12, Notice: "capture.too-large"})
	taking("capture-scan", session.CaptureView{Scanner: true, Room: 8, Pages: pages[:4]})
	taking("capture-nothing", session.CaptureView{Room: 12})

	looking := func(name string, keep bool, p session.PageView) {
		p.ID = "known"
		add(name, session.DocumentPage, func(s *session.Snapshot) {
			s.DocumentPage = &session.DocumentPageView{Service: bonus, Paper: receipt, Page: p, Keep: keep}
		})
	}
	looking("document-page", true, session.PageView{})
	looking("document-page-kept", true, session.PageView{Number: 2})
	looking("document-page-pdf", true, session.PageView{Number: 4, PDF: true})
	for _, flaw := range []capture.Flaw{capture.TooSmall, capture.TooDark, capture.TooBright, capture.Blurred} {
		looking("document-page-"+string(flaw), false, session.PageView{Flaws: []capture.Flaw{flaw}})
	}
	looking("document-page-worn", true, session.PageView{Flaws: []capture.Flaw{capture.TooSmall, capture.Blurred}})

	review := func(name string, captures bool, papers ...session.PaperView) {
		add(name, session.Review, func(s *session.Snapshot) {
			s.Review = &session.ReviewView{Service: bonus, Papers: papers, Captures: captures}
		})
	}
	review("review-papers", true, session.PaperView{Document: receipt, Taken: 2}, session.PaperView{Document: certificate, Taken: 1})
	review("review-papers-none", true, session.PaperView{Document: catalog.Document{ID: receipt.ID}})
	review("review-papers-later", false, session.PaperView{Document: receipt, Missing: true})
	return all
}

// storyOf finds one of them.
func storyOf(t *testing.T, name string) story {
	t.Helper()
	for _, s := range paperStories(t) {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("no story %q", name)
	return story{}
}

func TestAPaperAboutHealthHasNoSmallPicture(t *testing.T) {
	html := render(t, drawn(t, &fake{}), storyOf(t, "capture-full").seen("it", "m", "normal"))
	for n, want := range map[string]bool{"p1": true, "p4": false, "p6": false} {
		if got := strings.Contains(html, `src="/picture/`+n+`/small"`); got != want {
			t.Errorf("small picture of %s: %v", n, got)
		}
	}
}

func TestPicturesComeInOneAtATime(t *testing.T) {
	s := &fake{}
	u := drawn(t, s)
	slow, camera := io.Pipe()
	first := make(chan int)
	go func() { first <- sent(u, slow) }()
	if _, err := camera.Write([]byte("half of a picture")); err != nil { // returns once it is being read
		t.Fatal(err)
	}
	if got := sent(u, strings.NewReader("another")); got != http.StatusTooManyRequests {
		t.Errorf("a second picture beside the first: %d", got)
	}
	camera.Close()
	if got := <-first; got != http.StatusSeeOther {
		t.Errorf("the first picture: %d", got)
	}
	if got := sent(u, strings.NewReader("the next")); got != http.StatusSeeOther {
		t.Errorf("the picture after it: %d", got)
	}
}

// sent posts a picture as the page does, and returns the status of the answer.
func sent(u *UI, picture io.Reader) int {
	r := httptest.NewRequest(http.MethodPost, "/documents", picture)
	r.Header.Set("Content-Type", capture.JPEG)
	r.Header.Set(visitHeader, "1")
	w := httptest.NewRecorder()
	u.Handler().ServeHTTP(w, r)
	return w.Code
}

func TestAPageThatIsHardToReadCanBeKeptOnlyWhenTheSessionSaysSo(t *testing.T) {
	u := drawn(t, &fake{})
	for name, want := range map[string]bool{"document-page": true, "document-page-dark": false, "document-page-worn": true} {
		html := render(t, u, storyOf(t, name).seen("it", "m", "normal"))
		if got := strings.Contains(html, `value="confirm"`); got != want {
			t.Errorf("%s: can be kept: %v", name, got)
		}
	}
}

func TestTheReviewNamesThePapersAndThoseThatINPSWillAskFor(t *testing.T) {
	u := drawn(t, &fake{})
	title := u.messages.In("it").T("service.bonus-nido.document.ricevuta.title")
	for name, want := range map[string]string{"review-papers": title + " (2 pagine)", "review-papers-later": title} {
		html := render(t, u, storyOf(t, name).seen("it", "m", "normal"))
		if !strings.Contains(html, strings.ReplaceAll(want, "'", "&#39;")) {
			t.Errorf("%s does not name %q", name, want)
		}
		if got := strings.Contains(html, `value="documents"`); got != (name == "review-papers") {
			t.Errorf("%s leads to the papers: %v", name, got)
		}
	}
}

func TestAPictureIsHandedOverWithItsVisitAndBounded(t *testing.T) {
	for name, c := range map[string]struct {
		visit, kind string
		size        int
		want        int
	}{
		"a photograph":  {"7", "image/jpeg", 3, http.StatusSeeOther},
		"no visit":      {"", "image/jpeg", 3, http.StatusBadRequest},
		"another thing": {"7", "text/html", 3, http.StatusBadRequest},
		"too large":     {"7", "image/jpeg", capture.MostBytes + 1, http.StatusRequestEntityTooLarge},
	} {
		f := &fake{}
		r := httptest.NewRequest("POST", "/documents", bytes.NewReader(make([]byte, c.size)))
		r.Header.Set("Pue-Visit", c.visit)
		r.Header.Set("Content-Type", c.kind)
		w := httptest.NewRecorder()
		drawn(t, f).Handler().ServeHTTP(w, r)
		if w.Code != c.want || len(f.photographs) != map[bool]int{true: 1}[c.want == http.StatusSeeOther] {
			t.Errorf("%s: status %d, %d handed over", name, w.Code, len(f.photographs))
		}
	}
}

func TestAnotherOriginHandsOverNoPicture(t *testing.T) {
	f := &fake{}
	r := httptest.NewRequest("POST", "/documents", strings.NewReader("x"))
	r.Header.Set("Pue-Visit", "7")
	r.Header.Set("Content-Type", "image/jpeg")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	if drawn(t, f).Handler().ServeHTTP(w, r); w.Code != http.StatusForbidden || len(f.photographs) > 0 {
		t.Errorf("status %d, %d handed over", w.Code, len(f.photographs))
	}
}

func TestOnlyAPictureOnTheScreenIsShownAndNobodyKeepsIt(t *testing.T) {
	h := drawn(t, &fake{}).Handler()
	for path, want := range map[string]string{"/picture/known": "large", "/picture/known/small": "small", "/picture/other": "", "/picture/other/small": ""} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if want == "" && w.Code != http.StatusNotFound || want != "" && w.Body.String() != want {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s may be kept: %q", path, got)
		}
	}
}
