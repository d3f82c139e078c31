package ui

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pue/kiosk/session"
)

// Bounds of one touch, far above what any page sends.
const (
	touchBytes = 16 << 10
	maxFields  = 32
	maxName    = 64  // bytes of a field's name
	maxValue   = 500 // characters of one answer
)

// acts are the touches that a page can send.
var acts = []session.Act{
	session.Start, session.Continue, session.ReadAll, session.GoBack, session.Exit, session.HaveNoCard, session.NeedNoCard, session.OpenCode,
	session.Digit, session.Erase, session.EraseAll, session.OK,
	session.Open, session.OpenGroup, session.ChooseWhom, session.Chart, session.Table, session.Answer, session.Change, session.Confirm, session.GoHome,
	session.Retry, session.PrintIt, session.PrintSheets, session.PrintSlip, session.StopWaiting, session.Taken, session.NotTaken,
	session.Stay, session.CallHelp, session.EndHelp, session.Adjust,
	session.Language, session.Size, session.Contrast, session.EndAssistance,
	session.Assist, session.ClosePoint, session.OpenPoint, session.Lock,
	session.Page, session.Withdraw, session.Redo, session.GivePhone, session.DropPhone,
	session.OpenQueue, session.OpenCollect, session.OpenFind, session.ShowItem, session.TryNow, session.PrintSheet,
	session.CloseItem, session.SeePhone, session.Acknowledge,
	session.OpenPapers, session.ShowPaper, session.PrintAgain, session.MouthEmptied, session.OpenReport, session.OpenRoll,
	session.OpenDocuments, session.Remove, session.NoCamera,
}

var (
	errVisit  = errors.New("no visit number")
	errScreen = errors.New("no such screen")
	errAct    = errors.New("no such act")
	errFields = errors.New("too many or too long fields")
)

// takeTouch hands one press to the session and sends the browser back to the
// page, which by then shows the answer.
func (u *UI) takeTouch(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, touchBytes))
	if err != nil {
		http.Error(w, "too much", http.StatusRequestEntityTooLarge)
		return
	}
	touch, err := parseTouch(string(body))
	if err != nil {
		// The body may hold personal data: neither it nor the error is logged.
		http.Error(w, "not a touch", http.StatusBadRequest)
		return
	}
	u.session.Touch(touch)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// parseTouch reads a form body: visit, screen, act, value, and the answers as f.<name>.
// A button can carry one value only, so its act may hold both: "open:naspi".
func parseTouch(body string) (session.Touch, error) {
	form, err := url.ParseQuery(body)
	if err != nil {
		return session.Touch{}, fmt.Errorf("parsing a form body: %w", err)
	}
	act, value, _ := strings.Cut(form.Get("act"), ":")
	if form.Has("value") {
		value = form.Get("value")
	}
	visit, err := strconv.ParseUint(form.Get("visit"), 10, 64)
	if err != nil {
		return session.Touch{}, errVisit
	}
	t := session.Touch{Visit: visit, Screen: session.Screen(form.Get("screen")), Act: session.Act(act), Value: value}
	switch {
	case !slices.Contains(session.Screens, t.Screen):
		return session.Touch{}, errScreen
	case !slices.Contains(acts, t.Act):
		return session.Touch{}, errAct
	case !plain(value):
		return session.Touch{}, errFields
	}
	for key, values := range form {
		name, ok := strings.CutPrefix(key, "f.")
		if !ok {
			continue
		}
		if len(t.Fields) == maxFields || len(name) > maxName || !plain(strings.Join(values, ",")) {
			return session.Touch{}, errFields
		}
		if t.Fields == nil {
			t.Fields = map[string]string{}
		}
		t.Fields[name] = strings.Join(values, ",") // the boxes that are ticked
	}
	return t, nil
}

// plain reports whether a value is text of bearable length, without the control
// characters that no key of ours types.
func plain(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxValue &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
