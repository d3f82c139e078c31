package session

import (
	"reflect"
	"slices"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
)

// settle stands for the wait after a submission was stored.
type settle Submit

func (settle) effect() {}

// check holds the promises after every step.
func (w *walker) check(before State, e Event, effects []Effect) {
	t, s, c := w.t, &w.s, &w.s.Citizen
	t.Helper()
	if s.Officer.Reader != "" && (c.Reader != "" || c.known() || c.LoggedIn) {
		t.Error("an officer's board and a citizen at the same time")
	}
	if (s.Screen == Welcome || s.Screen == OutOfOrder) && (!reflect.DeepEqual(*c, citizen{}) || s.Paused != nil || s.Print != (printing{}) || s.Farewell != (FarewellView{}) || s.Today != nil) {
		t.Errorf("%s remembers a visitor", s.Screen)
	}
	if c.Form != nil && c.Form.Card != c.Identity.Fingerprint {
		t.Error("a card sees the form of another card")
	}
	if s.Paused != nil && !slices.Contains([]Screen{Removed, Reading, CardProblem, TakePaper, OfficerPIN, Board, PINBlocked, Goodbye, Queue, QueueItem, AskClose, AskPhone, Collect, FindClaim, PaperList, OnePaper, AskPaper, Report, Roll, Printing, PrintTrouble, Printed, LastTry}, s.Screen) {
		t.Errorf("a form waits for its card on %s", s.Screen)
	}
	if s.Screen == CardProblem && c.Reader == "" && s.Fault != FaultCardPulled {
		t.Errorf("a card problem %v of no card: its removal would be ignored", s.Fault)
	}
	touch, touched := e.(Touch)
	if touched && before.visible() == LastTry && touch.Act == Confirm && s.Screen != LastTry {
		w.warned = true
	}
	if s.Visit != before.Visit {
		w.warned = false
	}
	_, waited := e.(Tick)
	_, revoked := e.(RevocationKnown)
	if before.Citizen.LoggedIn && before.Citizen.Form != nil && !c.LoggedIn && s.Screen != PINBlocked && !touched && !waited && !revoked && s.Paused == nil && s.Unsigned == nil {
		t.Errorf("%s on %s lost a half-filled form", eventName(e), before.Screen)
	}
	if n := len(s.pictures()); n > 0 && c.Form == nil && s.Paused == nil && s.Unsigned == nil {
		t.Errorf("%d pages without a form on %s", n, s.Screen)
	}
	if s.collecting() != 0 && !c.LoggedIn {
		t.Errorf("the scanner is waited for on %s without a citizen", s.Screen)
	}
	if s.Finish != 0 && !w.submitting(s.Finish, effects) {
		t.Error("the next card waits for a submission that nobody makes")
	}
	if s.Unsigned != nil && s.Screen != Removed {
		t.Errorf("a form that was being signed is remembered on %s", s.Screen)
	}
	if c.LoggedIn && w.inside[c.Reader] == "" {
		t.Error("somebody is logged in without a card")
	}
	if before.Citizen.LoggedIn && c.LoggedIn && before.Citizen.Identity.Fingerprint != c.Identity.Fingerprint {
		t.Error("one citizen became another without leaving")
	}
	for _, f := range effects {
		if _, asks := f.(CheckPIN); asks {
			card := faceOf(before.Citizen.Identity)
			if before.Officer.Reader != "" {
				card = before.Officer.Card
			}
			if _, last := before.LastTries.find(card.Fingerprint); last && !w.warned {
				t.Error("a PIN that may be the last was offered without a page that says so")
			}
			w.warned = false
			if touch, ok := e.(Touch); !ok || touch.Act != OK {
				t.Errorf("%s offered a PIN that nobody confirmed", eventName(e))
			}
		}
	}
	if w.roles[c.Reader] == OfficerReader && c.known() {
		t.Error("a card in the officers' reader begins a citizen's visit")
	}
	if w.roles[s.Officer.Reader] == CitizenReader {
		t.Error("a card in the citizens' reader unlocks")
	}
	if s.Officer.Reader == "" && !reflect.DeepEqual(s.Desk, desk{}) {
		t.Errorf("%s keeps what only an unlocked officer sees", s.Screen)
	}
	if s.Officer.Reader != "" && !slices.Contains(officersScreens, s.Screen) {
		t.Errorf("an officer stands before %s", s.Screen)
	}
	if slices.Contains(officersScreens[:officersOnly], s.Screen) && s.Officer.Reader == "" {
		t.Errorf("%s without its officer", s.Screen)
	}
	for _, f := range effects {
		if settled, ok := f.(SettlePaper); ok && settled.HandedOver {
			w.checkHandOver(before, touch, settled)
		}
	}
	w.checkSnapshot()
}

// checkHandOver: an officer said twice, and once only, that the citizen has the final
// receipt which the printer had drawn back in.
func (w *walker) checkHandOver(before State, e Touch, settled SettlePaper) {
	w.handedOver++
	if job := before.Desk.Papers.Job; before.Screen != AskPaper || e.Act != Confirm || settled.Job != job.ID || !forItsCitizen(job) {
		w.t.Errorf("%s on %s hands over paper %d", e.Act, before.Screen, settled.Job)
	}
	if before.Desk.Papers.Busy || !settled.Clear || settled.Officer == "" || settled.Officer != before.Officer.Pseudonym {
		w.t.Errorf("handed over as %+v", settled)
	}
}

// officersScreens are where an officer may stand; the first officersOnly of them
// are for nobody else.
var officersScreens = []Screen{OfficerPIN, Board, Queue, QueueItem, AskClose, AskPhone, Collect, FindClaim, PaperList, OnePaper, AskPaper, Report, Roll, Printing, PrintTrouble, Printed, LastTry}

const officersOnly = 13

// submitting reports whether the outcome of a visit's submission is still to come.
func (w *walker) submitting(visit uint64, effects []Effect) bool {
	for _, e := range append(effects, w.pending...) {
		if submit, ok := e.(Submit); ok && submit.Visit == visit {
			return true
		}
	}
	return false
}

func (w *walker) checkSnapshot() {
	v := w.m.snapshot(&w.s, Place{}, NoticeView{})
	if w.s.Citizen.LoggedIn || w.s.Citizen.Cardless {
		return
	}
	if v.Tiles != nil || v.Answer != nil || v.Whom != nil || !v.Behalf.IsZero() || v.Statement != nil || v.Form != nil || v.Review != nil || v.Documents != nil || v.Capture != nil || v.DocumentPage != nil || v.Requests != nil || v.Result != nil || v.Request != nil || v.Phone != nil {
		w.t.Errorf("%s shows personal data before the PIN", v.Screen)
	}
}

// checkRemoval pulls the card in the state as it is now.
func (w *walker) checkRemoval() {
	reader := w.s.Citizen.Reader + w.s.Officer.Reader
	if reader == "" {
		return
	}
	visit := w.s.Visit
	s, effects := w.m.next(w.s, CardChange{smartcard.Change{Reader: reader, Slot: smartcard.EmptySlot}, w.roles[reader]}, w.now)
	v := w.m.snapshot(&s, Place{}, NoticeView{})
	if s.Citizen.known() || s.Citizen.LoggedIn || s.Citizen.Statement != nil || s.Citizen.Requests != nil || s.Citizen.Form != nil || s.Citizen.Phone != (phone{}) || s.Today != nil || s.Officer.Unlocked || !reflect.DeepEqual(s.Desk, desk{}) {
		w.t.Errorf("card pulled on %s: something personal stays", w.s.Screen)
	}
	if v.Tiles != nil || v.Answer != nil || v.Whom != nil || !v.Behalf.IsZero() || v.Sheet != nil || v.Statement != nil || v.Form != nil || v.Review != nil || v.Documents != nil || v.Capture != nil || v.DocumentPage != nil || v.Requests != nil || v.Result != nil || v.Request != nil || v.Phone != nil || v.Board != nil || v.Desk != nil || v.Item != nil || v.EndsAt != (time.Time{}) {
		w.t.Errorf("card pulled on %s: %s still shows it", w.s.Screen, v.Screen)
	}
	ended := false
	for _, f := range effects {
		if end, ok := f.(EndVisit); ok && end.Visit == visit {
			ended = true
		}
	}
	if !ended || s.Visit == visit {
		w.t.Errorf("card pulled on %s: the visit goes on", w.s.Screen)
	}
}

// checkTime lets time alone pass from the state as it is now.
func (w *walker) checkTime() {
	s, now := w.s, w.now
	for i := range 30 {
		// A printer that comes and goes is no sign of a person.
		flap := DeviceChanged{Name: "printer", Status: devices.Status{State: []devices.State{devices.Attention, devices.Ready}[i%2], Reason: "paper-out"}}
		s, _ = w.m.next(s, flap, now)
		if s.Screen == w.restOf(&s) && reflect.DeepEqual(s.Citizen, citizen{}) && s.View == plain && s.Over == "" {
			return
		}
		at := s.wake()
		if at.IsZero() {
			break
		}
		if at.Before(now) {
			at = now
		}
		before := s
		s, _ = w.m.next(s, Tick{}, at)
		now = at
		ended := s.Visit != before.Visit && !limits[before.Screen].ends
		if ended && (before.Over != StillThere || at.Sub(before.Warned) < warning) {
			w.t.Errorf("%s ended without a minute's warning", before.Screen)
		}
	}
	w.t.Errorf("time alone does not lead from %s to welcome, it ends on %s over %s", w.s.Screen, s.Over, s.Screen)
}

func (w *walker) restOf(s *State) Screen {
	if s.Closed {
		return OutOfOrder
	}
	return Welcome
}
