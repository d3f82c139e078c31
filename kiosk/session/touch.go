package session

import (
	"maps"
	"slices"

	"pue/kiosk/audit"
	"pue/kiosk/messages"
)

// touch sorts presses: first what is the same on every screen, then what the
// screen itself offers.
func (t *turn) touch(e Touch) {
	if e.Visit != t.s.Visit || e.Screen != t.s.visible() {
		return // its button is no longer there: a double tap, or another visitor's
	}
	t.keepTyped(e)
	t.alive()
	if !t.touchAnywhere(e) {
		t.touchScreen(e)
	}
}

// touchAnywhere reports whether a press was one that every screen offers, or one for
// what lies over the screen.
func (t *turn) touchAnywhere(e Touch) bool {
	switch e.Act {
	case Stay:
	case CallHelp:
		t.s.HelpCalled, t.s.Over = true, Help
		t.do(note(audit.Event{Name: audit.HelpCalled}))
	case EndHelp:
		t.s.HelpCalled, t.s.Over = false, ""
	case Adjust:
		t.s.Over = Settings
	case Language, Size, Contrast:
		t.look(e)
	case EndAssistance:
		t.endPresence()
	case Exit:
		if !t.s.lent() {
			t.leave()
		}
	default:
		over := t.s.Over != ""
		if over && e.Act == GoBack {
			t.s.Over = ""
		}
		return over
	}
	return true
}

func (t *turn) touchScreen(e Touch) {
	switch t.s.Screen {
	case Welcome, Notice, NoticeFull, InsertCard, CardProblem, NoCard, PINBlocked, Removed:
		t.touchEntrance(e)
	case Goodbye:
		t.touchGoodbye(e)
	case PIN, SignPIN, OfficerPIN:
		t.touchKeypad(e)
	case LastTry:
		t.touchLastTry(e)
	case Home, Unavailable, AskDrop, Preparing, Statement, StatementTable, Result:
		t.touchServices(e)
	case Requests, OneRequest, AskWithdraw, Withdrawn:
		t.touchRequests(e)
	case LeavePhone:
		t.touchPhone(e)
	case Cardless:
		t.touchCardless(e)
	case OwnCode, CodeState:
		t.touchCode(e)
	case Loading:
		if e.Act == GoHome {
			t.goHome() // whatever comes of it now is dropped
		}
	case AnswerPage:
		t.touchAnswer(e)
	case OnScreenOnly:
		t.touchOnScreenOnly(e)
	case ForWhom:
		t.touchWhom(e)
	case NoticeOther:
		t.touchNoticeOther(e)
	case Info, Bring:
		t.touchSheet(e)
	case Form, Review:
		t.touchForm(e)
	case Documents, Capture, DocumentPage:
		t.touchDocuments(e)
	case Printing, PrintTrouble, Printed:
		t.touchPrint(e)
	case Board:
		t.touchBoard(e)
	case Queue, QueueItem, AskClose, AskPhone, Collect, FindClaim:
		t.touchDesk(e)
	case PaperList, OnePaper, AskPaper, Report, Roll:
		t.touchPrinted(e)
	}
}

// look changes language, size or contrast; what is typed stays.
func (t *turn) look(e Touch) {
	switch v := &t.s.View; {
	case e.Act == Language && slices.Contains(messages.Languages(), e.Value):
		v.Language = e.Value
	case e.Act == Size && slices.Contains([]string{"m", "l", "xl"}, e.Value):
		v.Size = e.Value
	case e.Act == Contrast && slices.Contains([]string{"normal", "dark"}, e.Value):
		v.Contrast = e.Value
	}
}

// keepTyped remembers what stands in the fields of a form when another button
// than its own is pressed, so that help or a larger text costs nobody a line.
func (t *turn) keepTyped(e Touch) {
	if t.s.Screen != Form || t.s.Over != "" || len(e.Fields) == 0 {
		return
	}
	f := t.s.Citizen.form().clone()
	f.Typed = maps.Clone(e.Fields)
	t.s.Citizen.setForm(f)
}

// touchEntrance leads from the door to the card.
func (t *turn) touchEntrance(e Touch) {
	c := &t.s.Citizen
	switch {
	case t.s.Screen == Welcome && (e.Act == Start || e.Act == HaveNoCard || e.Act == OpenCode) && t.s.Mouth.holds(t.now):
		c.Awaits = e.Act
		t.paperFirst()
	case t.s.Screen == Welcome && e.Act == Start:
		t.show(Notice)
	case t.s.Screen == Removed && e.Act == Start:
		if !t.nextInLine() {
			t.rest() // somebody else: what was paused is gone
		}
	case t.s.Screen == Notice && e.Act == ReadAll:
		t.show(NoticeFull)
	case t.s.Screen == NoticeFull && e.Act == GoBack:
		t.show(Notice)
	case t.s.Screen == NoticeFull && e.Act == PrintIt:
		t.print(Order{Kind: PaperNotice}, NoticeFull)
	case (t.s.Screen == Notice || t.s.Screen == NoticeFull) && e.Act == Continue:
		c.Notice.Seen = true
		if c.WantsForm.Service != nil {
			t.openCardless(c.WantsForm.Service)
			return
		}
		t.towardsPIN()
	case t.s.Screen == CardProblem && e.Act == Continue:
		t.afterCardProblem()
	case e.Act == HaveNoCard && t.s.Screen != PINBlocked:
		t.noCard()
	case t.s.Screen == NoCard && e.Act == NeedNoCard:
		t.show(Cardless)
	case (t.s.Screen == NoCard || t.s.Screen == Welcome) && e.Act == OpenCode:
		t.openCode(t.s.Screen)
	case t.s.Screen == NoCard && e.Act == GoBack, t.s.Screen == InsertCard && e.Act == GoBack:
		t.show(Notice)
	}
}

// towardsPIN asks for the card, or for the PIN of the card that is in.
func (t *turn) towardsPIN() {
	c := &t.s.Citizen
	if c.known() {
		c.Notice.By = c.Identity.Fingerprint
		t.askPIN(PIN)
		return
	}
	if reader, slot := t.s.filledReader(); reader != "" {
		t.read(reader, slot)
		return
	}
	t.show(InsertCard)
}

// afterCardProblem waits for the next card. One that is still in must come out
// first; the way out of it is cardOut.
func (t *turn) afterCardProblem() {
	switch {
	case t.s.Citizen.Reader != "":
	case t.s.Citizen.Notice.Seen:
		t.show(InsertCard)
	default:
		t.show(Notice)
	}
}

// noCard informs whoever has no card or no PIN. A card that is in is let go.
func (t *turn) noCard() {
	notice, reader := t.s.Citizen.Notice, t.s.Citizen.Reader
	t.endVisit()
	t.s.Citizen.Notice, t.s.Citizen.Reader, t.s.Citizen.LetGo = notice, reader, reader != ""
	t.show(NoCard)
}

func (t *turn) touchKeypad(e Touch) {
	c := &t.s.Citizen
	switch back := e.Act == GoBack && !t.s.keypad().Busy; {
	case e.Act == HaveNoCard && t.s.Screen == PIN:
		t.noCard()
	case back && t.s.Screen == SignPIN:
		t.do(WipePIN{})
		t.show(Review)
	case back && t.s.Screen == PIN && c.LoggedIn:
		t.do(WipePIN{})
		t.goHome()
	default:
		t.press(e)
	}
}
