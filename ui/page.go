package ui

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

//go:embed screens
var screenFiles embed.FS

// page is what a template sees: the snapshot, and the words for it.
type page struct {
	session.Snapshot
	L messages.Language
}

// T is the message under key in the language of the page, in the words for whom
// the page is about.
func (p page) T(key string, args ...any) string { return p.L.T(p.To(p.About, key), args...) }

// parseScreens reads one template for each screen, all within one layout.
func parseScreens(a assets) (map[session.Screen]*template.Template, error) {
	layout := template.New("layout.html").Funcs(template.FuncMap{
		"asset": a.address,
		"icon":  icon,
		"digits": func() []string {
			return []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}
		},
		"dots": dots,
		"add":  func(a, b int) int { return a + b },
		"dict": dict,
	})
	layout, err := layout.ParseFS(screenFiles, "screens/layout.html", "screens/parts/*.html")
	if err != nil {
		return nil, err
	}
	screens := map[session.Screen]*template.Template{}
	for _, s := range session.Screens {
		one, err := layout.Clone()
		if err != nil {
			return nil, err
		}
		if screens[s], err = one.ParseFS(screenFiles, "screens/"+string(s)+".html"); err != nil {
			return nil, err
		}
	}
	return screens, nil
}

// dict is what a part of a page gets, name by name.
func dict(pairs ...any) map[string]any {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

// showPage answers GET / with the present state.
func (u *UI) showPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	s := u.session.Snapshot()
	if err := u.Render(w, s); err != nil {
		u.log.Error("a page could not be shown", "screen", string(s.Screen), "err", err)
		http.Error(w, "this page could not be drawn", http.StatusInternalServerError)
	}
}

// Render writes the page for a snapshot, whole or not at all.
func (u *UI) Render(w io.Writer, s session.Snapshot) error {
	t, ok := u.screens[s.Screen]
	if !ok {
		return fmt.Errorf("rendering %q: there is no such page", s.Screen)
	}
	b, ok := u.buffers.Get().(*bytes.Buffer)
	if !ok {
		b = new(bytes.Buffer)
	}
	defer func() {
		clear(b.Bytes()) // the page may be about a person
		b.Reset()
		u.buffers.Put(b)
	}()
	if err := t.Execute(b, page{s, u.messages.In(s.View.Language)}); err != nil {
		return fmt.Errorf("rendering %q: %w", s.Screen, err)
	}
	_, err := b.WriteTo(w)
	return err
}

// LanguageName is a language's name in itself.
func (p page) LanguageName(tag string) string { return p.T("language." + tag) }

// LanguageCode stands for the name where large text leaves no room for five.
func (p page) LanguageCode(tag string) string { return strings.ToUpper(tag) }

// Languages are all that the terminal speaks.
func (p page) Languages() []string { return messages.Languages() }

// Size is the text size, also when the session does not say.
func (p page) Size() string { return orElse(p.View.Size, "m") }

// Contrast is the theme, also when the session does not say.
func (p page) Contrast() string { return orElse(p.View.Contrast, "normal") }

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// StepKey tells two questions apart; empty when the page asks none.
func (p page) StepKey() string {
	if p.Form == nil {
		return ""
	}
	return p.Form.Service.ID + "." + p.Form.Step.ID
}

// HasExit reports whether there is something to leave: not where nobody is yet,
// not where the visit is over, not behind the board, which is locked instead.
func (p page) HasExit() bool {
	if p.Staff {
		return p.Screen == session.OfficerPIN || p.Screen == session.StillThere
	}
	switch p.Screen {
	case session.Welcome, session.OutOfOrder, session.Goodbye, session.Removed:
		return false
	case session.Help, session.Settings, session.LastTry: // which has a way out of its own
		return p.InSession
	}
	return true
}

// ExitLabel says what leaving means here.
func (p page) ExitLabel() string {
	if p.InSession {
		return p.T("exit.card")
	}
	return p.T("exit.plain")
}

// LineMatters reports whether the page should say that INPS cannot be reached.
func (p page) LineMatters() bool {
	switch p.Screen {
	case session.Review:
		return !p.Line && p.Fault == nil // what went wrong matters more
	case session.Welcome, session.Home, session.Form, session.SignPIN:
		return !p.Line
	}
	return false
}

// PaperMatters reports whether the page should say that its receipt may not come out.
func (p page) PaperMatters() bool {
	return p.Screen == session.Review && p.Fault == nil && p.Review.Paper != ""
}

// SecondsLeft is how long the warning still has, rounded up.
func (p page) SecondsLeft() int { return secondsUntil(p.EndsAt) }

func secondsUntil(t time.Time) int {
	return max(0, int((time.Until(t)+time.Second-1)/time.Second))
}

// FaultKey is a message key of the fault on the page, in the words for an officer
// where one stands before it: who mends it needs no help to be called.
func (p page) FaultKey(part string) string {
	key := "fault." + p.Fault.Code + "." + part
	if k := key + ".staff"; p.Staff && p.L.Has(k) {
		return k
	}
	return key
}

// Lame says what still works here although a device does not, to whoever is about
// to start; empty when all is well.
func (p page) Lame() string {
	if p.Fault == nil || p.Screen != session.Welcome && p.Screen != session.InsertCard {
		return ""
	}
	switch {
	case *p.Fault == session.FaultNoReader:
		return "banner.lame.reader"
	case *p.Fault == session.FaultClockWrong:
		return "banner.lame.clock"
	case *p.Fault == session.FaultPaperWaits:
		return "banner.lame.paper"
	case strings.HasPrefix(p.Fault.Code, "P-"):
		return "banner.lame.printer"
	}
	return ""
}

// ResumeLeft is for how many seconds more a card that is put back finds its form
// again; zero when it does not.
func (p page) ResumeLeft() int {
	if p.Farewell.Resume.IsZero() {
		return 0
	}
	return secondsUntil(p.Farewell.Resume)
}

// At is a moment for a citizen: day in words and time in Italy.
func (p page) At(t time.Time) string { return p.T("at", "date", p.L.DateLong(t), "time", p.L.Time(t)) }

// dots shows how much of a PIN is typed: true for each digit that is there, and
// as many places as its longest form has.
func dots(typed, most int) []bool {
	d := make([]bool, max(typed, most))
	for i := range min(typed, len(d)) {
		d[i] = true
	}
	return d
}

// Sizes are the text sizes, smallest first.
func (p page) Sizes() []string { return []string{"m", "l", "xl"} }

// Contrasts are the themes.
func (p page) Contrasts() []string { return []string{"normal", "dark"} }

// NameOf is a submission by its service, in the citizen's own list. One whose
// label this card does not open is an application like any other, and so is one
// about health (GDPR, art. 9), since others may see the screen.
func (p page) NameOf(r session.Request) string {
	if r.Service == nil || r.Service.Article9 {
		return p.T(p.To(r.Destination, "requests.nameless"))
	}
	return p.T(r.Service.Key("title"))
}

// ResultTitle is the message key of what became of a submission.
func (p page) ResultTitle() string {
	switch r := p.Result; {
	case r.State == outbox.Filed:
		return "result.filed.title"
	case r.State == outbox.Refused:
		return "result.refused.title"
	case r.State == outbox.Stuck, r.Alarm == outbox.AlarmDamaged:
		return "result.stuck.title"
	}
	return "result.saved.title"
}

// Said are the sentences of the receipt on the page, which no eye needs to see beside
// it: who hears the page hears what the paper says.
func (p page) Said() []string {
	if p.Result.Said == "" {
		return nil
	}
	return strings.Split(p.Result.Said, "\n")
}

// HelpKey is the message key of what a citizen whose submission is in trouble
// should do.
func (p page) HelpKey(r session.Request) string {
	switch r.Alarm {
	case outbox.AlarmDamaged:
		return "request.damaged"
	case outbox.AlarmDeadline:
		return "request.deadline"
	}
	return "result.refused.next"
}

// Unconfirmed reports whether the result is of a booking, which nobody has confirmed.
func (p page) Unconfirmed() bool {
	return p.Result.Service != nil && p.Result.Service.Class == catalog.Booking
}

// GoesOn reports whether the terminal goes on sending what may be filed another
// way meanwhile.
func (p page) GoesOn(r session.Request) bool { return r.GoesOn() }

// pages is where a list stands.
type pages struct{ Page, Pages, More int }

// Pager is where the list on the page stands, if there is one.
func (p page) Pager() pages {
	switch {
	case p.Requests != nil:
		return pages{p.Requests.Page, p.Requests.Pages, 0}
	case p.Review != nil:
		return p.reviewPages()
	case p.Answer != nil:
		return pages{p.Answer.Page, p.Answer.Pages, 0}
	case p.Whom != nil:
		return pages{p.Whom.Page, p.Whom.Pages, 0}
	case p.Sheet != nil:
		return pages{p.Sheet.Page, p.Sheet.Pages, 0}
	case p.Tiles != nil:
		return pages{p.Tiles.Page, p.Tiles.Pages, 0}
	case p.Papers != nil:
		return pages{p.Papers.Page, p.Papers.Pages, 0}
	case p.Report != nil:
		return pages{p.Report.Page, p.Report.Pages, 0}
	case p.Desk != nil:
		return pages{p.Desk.Page, p.Desk.Pages, p.Desk.More}
	}
	return pages{}
}

// WhyNot is why whom it is for does not have a submission, in words for the officer.
func (p page) WhyNot(i session.Item) string {
	if k := "queue.reason." + i.Reason; p.L.Has(k) {
		return p.T(p.To(i.Destination, k))
	}
	return p.T(p.To(i.Destination, "queue.reason."+outbox.RefusedOther))
}

// AlarmKey is the message key of why an officer must look at a submission: a day
// that is over is not called near.
func (p page) AlarmKey(i session.Item) string {
	if i.Alarm == outbox.AlarmDeadline && messages.Over(i.By, time.Now()) {
		return "queue.alarm.overdue"
	}
	return "queue.alarm." + string(i.Alarm)
}

// ToDo is the message key of what the officer should do about a refusal; empty
// for all else, where the alarm says it.
func (p page) ToDo(i session.Item) string {
	if i.State != outbox.Refused {
		return ""
	}
	return "queue.todo." + i.Reason
}

// Asks reports whether the page has fields to answer.
func (p page) Asks() bool {
	return p.Form != nil || p.Screen == session.FindClaim || p.Screen == session.OwnCode
}

// OurOwn reports whether the trouble on the page is the terminal's: asking INPS
// once more does not help.
func (p page) OurOwn() bool { return p.Fault != nil && strings.HasPrefix(p.Fault.Code, "K-") }
