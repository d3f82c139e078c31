package ui

import (
	"strings"
	"testing"

	"pue/kiosk/session"
)

func TestTheGoodbyeAsksForAPaperOnlyWhereOneCameOut(t *testing.T) {
	u := drawn(t, &fake{})
	for papers, want := range map[int]string{0: "", 1: "Ha preso anche il foglio?", 2: "Ha preso anche tutti i fogli?"} {
		s := on(session.Goodbye)
		s.Farewell = &session.FarewellView{CardIn: true, Papers: papers}
		page := render(t, u, story{"goodbye", s}.seen("it", "m", "normal"))
		if strings.Contains(page, "Ha preso") != (want != "") || !strings.Contains(page, want) {
			t.Errorf("%d papers: want %q on\n%s", papers, want, page)
		}
	}
}
