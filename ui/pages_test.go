package ui

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pue/kiosk/messages"
	"pue/kiosk/session"
)

// render draws one page.
func render(tb testing.TB, u *UI, s session.Snapshot) string {
	tb.Helper()
	var b bytes.Buffer
	if err := u.Render(&b, s); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// everyPage draws all stories in all languages, sizes and themes.
func everyPage(t *testing.T, check func(t *testing.T, s story, html string)) {
	t.Helper()
	u := drawn(t, &fake{})
	for _, s := range stories(t) {
		for _, language := range messages.Languages() {
			for _, size := range []string{"m", "l", "xl"} {
				for _, contrast := range []string{"normal", "dark"} {
					t.Run(strings.Join([]string{s.name, language, size, contrast}, "/"), func(t *testing.T) {
						check(t, s, render(t, u, s.seen(language, size, contrast)))
					})
				}
			}
		}
	}
}

func TestEveryScreenHasAStory(t *testing.T) {
	var told []session.Screen
	for _, s := range stories(t) {
		told = append(told, s.Screen)
	}
	for _, s := range session.Screens {
		if !slices.Contains(told, s) {
			t.Errorf("no story of %q", s)
		}
	}
}

// The Go parser of HTML in its lenient mode knows void elements and entities,
// and still demands that what is opened is closed in order.
func TestEveryPageIsWellFormedAndWhole(t *testing.T) {
	ids := regexp.MustCompile(` id="([^"]+)"`)
	everyPage(t, func(t *testing.T, s story, html string) {
		d := xml.NewDecoder(strings.NewReader(html))
		d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		d.AutoClose = append(d.AutoClose, "input")
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v\n%s", err, html)
			}
		}
		if n := strings.Count(html, "<h1 "); n != 1 {
			t.Errorf("%d first headings", n)
		}
		if i := strings.Index(html, "⟦"); i >= 0 {
			t.Errorf("a text is missing: %.60q", html[i:])
		}
		if strings.Contains(html, "ZgotmplZ") || strings.Contains(html, "<no value>") {
			t.Error("the page shows a hole")
		}
		seen := map[string]bool{}
		for _, id := range ids.FindAllStringSubmatch(html, -1) {
			if seen[id[1]] {
				t.Errorf("the id %q stands twice", id[1])
			}
			seen[id[1]] = true
		}
		for _, what := range []string{` style="`, "<style", "javascript:", " onclick", "http://", "https://", `method="get"`} {
			if strings.Contains(html, what) {
				t.Errorf("the page contains %q", what)
			}
		}
		if n := strings.Count(html, "<script"); n != 1 {
			t.Errorf("%d scripts", n)
		}
		if n := strings.Count(html, `class="main"`); n > 1 {
			t.Errorf("%d main actions", n)
		}
	})
}

func TestEveryCitizensPageOffersHelpLanguageAndSight(t *testing.T) {
	everyPage(t, func(t *testing.T, s story, html string) {
		staff := s.Staff
		called := s.HelpCalled || s.Screen == session.Help
		if got := strings.Contains(html, `name="act" value="help"`); got == (staff || called) {
			t.Errorf("help can be called: %v", got)
		}
		if got := strings.Contains(html, `value="language:`); got == staff {
			t.Errorf("the language can be changed: %v", got)
		}
		if got := strings.Contains(html, `value="adjust"`); got == (staff || s.Screen == session.Settings) {
			t.Errorf("the sight can be changed: %v", got)
		}
		if s.InSession && !strings.Contains(html, `value="exit"`) {
			t.Error("the citizen cannot leave")
		}
		if s.Helper != "" && !(strings.Contains(html, s.Helper) && strings.Contains(html, `value="end-assistance"`)) {
			t.Error("nothing says that somebody is beside the citizen, or they cannot be sent away")
		}
	})
}

// Nobody acts in the citizen's place: the officer's buttons stand on the officer's
// pages only, and the citizen's on none of those.
func TestTheOfficersButtonsAndTheCitizensNeverMeet(t *testing.T) {
	buttons := regexp.MustCompile(`name="act" value="([a-z-]+)`)
	officers := []session.Act{
		session.Assist, session.ClosePoint, session.OpenPoint, session.Lock, session.OpenQueue, session.OpenCollect, session.OpenFind,
		session.ShowItem, session.TryNow, session.PrintSheet, session.CloseItem, session.SeePhone, session.Acknowledge,
		session.OpenPapers, session.ShowPaper, session.PrintAgain, session.MouthEmptied, session.OpenReport, session.OpenRoll,
	}
	citizens := []session.Act{
		session.Start, session.Open, session.Change, session.GoHome, session.Withdraw, session.Redo, session.GivePhone, session.DropPhone,
		session.EndAssistance, session.HaveNoCard,
	}
	everyPage(t, func(t *testing.T, s story, html string) {
		for _, b := range buttons.FindAllStringSubmatch(html, -1) {
			if act := session.Act(b[1]); slices.Contains(officers, act) && !s.Staff || slices.Contains(citizens, act) && s.Staff {
				t.Errorf("%q can be pressed here", act)
			}
		}
	})
}

// Every button must be something that parseTouch accepts.
func TestEveryButtonIsATouch(t *testing.T) {
	buttons := regexp.MustCompile(`name="act" value="([^"]*)"`)
	u := drawn(t, &fake{})
	for _, s := range stories(t) {
		html := render(t, u, s.seen("it", "m", "normal"))
		for _, b := range buttons.FindAllStringSubmatch(html, -1) {
			touch, err := parseTouch("visit=0&screen=" + string(s.Screen) + "&act=" + strings.ReplaceAll(b[1], "+", "%2B"))
			if err != nil {
				t.Errorf("%s: the button %q is no touch: %v", s.name, b[1], err)
			}
			if touch.Screen != s.Screen {
				t.Errorf("%s: the button %q touches %q", s.name, b[1], touch.Screen)
			}
		}
	}
}

func TestEveryFaultHasWordsForAllWhoMeetIt(t *testing.T) {
	m, err := messages.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range messages.Languages() {
		for _, f := range session.Faults {
			for _, part := range []string{"title", "text", "remedy"} {
				if key := "fault." + f.Code + "." + part; !m.In(language).Has(key) {
					t.Errorf("no %q in %q", key, language)
				}
			}
		}
	}
}

// A message that no page asks for is a message nobody checks.
func TestEveryTextOfTheScreensIsUsed(t *testing.T) {
	m, err := messages.Load()
	if err != nil {
		t.Fatal(err)
	}
	u := drawn(t, &fake{})
	var shown strings.Builder
	for _, s := range stories(t) {
		for _, size := range []string{"m", "xl"} {
			shown.WriteString(render(t, u, s.seen("it", size, "normal")))
		}
	}
	sources := sourcesOfPages(t)
	dynamic := regexp.MustCompile(`^(banner\.no-line|fault|flaw|board\.(reason|state|device|recovery|clock)|choice|service|problem|month|receipt|unit|why|paper\.kind|statement\.kind|home\.group|for-whom\.kind|requests\.state|queue\.(state|alarm|reason|todo)|withdrawn|result\.way|language|insert-card\.(slot|plate)|goodbye\.(slot|plate)|printing|printed|settings\.(size|contrast)|review\.paper|print-trouble\.uncertain)\b`)
	variant := regexp.MustCompile(`\.(comune|cie|plate|sheets|personal)$`)
	for _, key := range m.Keys() {
		if dynamic.MatchString(key) || !strings.Contains(screenKeys(t), `"`+key+`"`) {
			continue
		}
		// Words for another destination, card or paper come where the usual ones would.
		if !strings.Contains(sources, `"`+variant.ReplaceAllString(key, "")+`"`) {
			t.Errorf("no page asks for %q", key)
		}
	}
}

func TestTheResultTellsWhatIsSentFromWhatIsOnlySaved(t *testing.T) {
	u := drawn(t, &fake{})
	for _, s := range stories(t) {
		html := render(t, u, s.seen("it", "m", "normal"))
		switch s.name {
		case "result-waiting":
			if !strings.Contains(html, "NON è la ricevuta INPS") || !strings.Contains(html, "PUE-0421-7K3F-9M2X-4QPAT") {
				t.Error("a saved application does not say so")
			}
			if strings.Contains(html, "rotocollo") {
				t.Error("a saved application speaks of a protocol number")
			}
		case "result-filed":
			if !strings.Contains(html, "INPS.2100.20/11/2026.0001234") || strings.Contains(html, "NON è") {
				t.Error("a filed application does not show its protocol number")
			}
		}
	}
}

// Nothing of a person may stand on the pages before the PIN and after the card.
func TestPagesWithoutASessionNameNobody(t *testing.T) {
	u := drawn(t, &fake{})
	for _, s := range stories(t) {
		html := render(t, u, s.seen("it", "m", "normal"))
		if named := strings.Contains(html, "Anna"); named && !s.InSession {
			t.Errorf("%s names the citizen", s.name)
		}
		if strings.Contains(html, "•••") {
			t.Errorf("%s shows dots in place of a name", s.name)
		}
	}
}

func TestAFullKeypadShowsCountsAndNoDigit(t *testing.T) {
	u := drawn(t, &fake{})
	dots := regexp.MustCompile(`<i class="on"></i>`)
	for _, s := range stories(t) {
		if s.Keypad == nil || s.Screen == session.LastTry {
			continue
		}
		html := render(t, u, s.seen("it", "m", "normal"))
		if n := len(dots.FindAllString(html, -1)); n != s.Keypad.Typed {
			t.Errorf("%s: %d dots for %d digits", s.name, n, s.Keypad.Typed)
		}
		if strings.Contains(html, `type="password"`) || strings.Contains(html, `type="text"`) {
			t.Errorf("%s keeps a PIN in a field", s.name)
		}
		wantOK := s.Keypad.Typed >= s.Keypad.Min && !s.Keypad.Busy
		if gotOK := !strings.Contains(html, `value="ok" class="main" disabled`); gotOK != wantOK {
			t.Errorf("%s: OK can be pressed: %v", s.name, gotOK)
		}
	}
}

func TestAnUnknownScreenIsAnErrorAndNotAnEmptyPage(t *testing.T) {
	var b bytes.Buffer
	if err := drawn(t, &fake{}).Render(&b, session.Snapshot{Screen: "elsewhere"}); err == nil || b.Len() > 0 {
		t.Errorf("got %d bytes and error %v", b.Len(), err)
	}
}

func BenchmarkRender(b *testing.B) {
	u := drawn(b, &fake{})
	for _, s := range stories(b) {
		switch s.name {
		case "home", "statement", "form-residenza", "review":
			b.Run(s.name, func(b *testing.B) {
				now := s.seen("it", "m", "normal")
				for b.Loop() {
					if err := u.Render(io.Discard, now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func TestEveryLanguageIsOneTouchAwayFromEveryPageOfCitizens(t *testing.T) {
	u, seen := drawn(t, &fake{}), 0
	for _, s := range stories(t) {
		for _, spoken := range messages.Languages() {
			html := render(t, u, s.seen(spoken, "xl", "dark"))
			header, _, _ := strings.Cut(html, "</header>")
			if !strings.Contains(header, `class="tools"`) {
				continue // of the officer, who speaks as the point does
			}
			seen++
			for _, tag := range messages.Languages() {
				pressed := "false"
				if tag == spoken {
					pressed = "true"
				}
				if want := `value="language:` + tag + `" lang="` + tag + `" aria-pressed="` + pressed + `"`; !strings.Contains(header, want) {
					t.Errorf("%s in %q: no %s", s.name, spoken, want)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no page has a header for citizens")
	}
}
