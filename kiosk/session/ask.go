package session

import (
	"context"
	"errors"

	"pue/devices"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/upstream"
)

// What INPS knows and a citizen wants to see: the questions of the service first, if
// it has some, then INPS is asked, then its answer stands on the screen.

// Rows of an answer that fit on one page, also under the lines that say for whom it is: values that
// stand alone, and lines of its table.
const factsPerPage, answerRows = 6, 6

// question is what a citizen wants to know.
type question struct {
	Service *catalog.Service
	Answers catalog.Answers
}

// Ask asks INPS what it knows, for the citizen or on behalf of another.
type Ask struct {
	Visit   uint64
	Number  uint64 // of the question, in its visit
	Service *catalog.Service
	Answers catalog.Answers
	Behalf  string // id of a delegation, or empty
}

// AnswerCame is the end of Ask. Its name stands in the log, and does not say what
// was asked.
type AnswerCame struct {
	Visit     uint64
	Number    uint64             // of the question; the citizen may have gone on to another
	Statement upstream.Statement // of the service whose answer has that view
	Answer    upstream.Answer    // of all others
	Err       error
}

func (Ask) effect()       {}
func (AnswerCame) event() {}

// answered is what INPS said. None: it has nothing of the kind.
type answered struct {
	question
	upstream.Answer
	None bool
}

// see leads to a service that shows something: to its first question, or straight
// to INPS.
func (t *turn) see(s *catalog.Service) {
	if t.s.lacksSheets(s) {
		t.sayOnScreenOnly(s)
		return
	}
	t.start(s)
}

// start begins a service that shows something.
func (t *turn) start(s *catalog.Service) {
	c := &t.s.Citizen
	if len(s.Steps) == 0 {
		t.query(question{Service: s})
		return
	}
	c.Asking = &draft{Card: c.Identity.Fingerprint, Service: s, Step: s.Steps[0].ID, Answers: catalog.Answers{}}
	t.show(Form)
}

// query asks INPS. Without a token it needs the card's signature first, and so
// the PIN again; without a line it says so.
func (t *turn) query(q question) {
	c := &t.s.Citizen
	c.Wants = &q
	switch {
	case t.s.Line.State != devices.Ready:
		t.showFault(Unavailable, lineDown(t.s.Line))
	case !c.Token:
		t.askPINAgain()
	default:
		c.Questions++
		t.show(Loading)
		t.do(note(audit.Event{Name: audit.ServiceOpened}), Ask{Visit: t.s.Visit, Number: c.Questions, Service: q.Service, Answers: q.Answers, Behalf: idOf(c.Behalf)})
	}
}

func (t *turn) askPINAgain() {
	t.askPIN(PIN)
}

func (t *turn) answerCame(e AnswerCame) {
	c := &t.s.Citizen
	none := errors.Is(e.Err, upstream.ErrNothing)
	if e.Err != nil && !none {
		c.Token = false // expired, or refused: the next try proves the card again
		t.showFault(Unavailable, lineFault(e.Err))
		return
	}
	asked := *c.Wants
	c.Wants, c.Page = nil, 1
	if asked.Service.Answer.View == catalog.Statement && !none {
		c.Statement = &e.Statement
		t.show(Statement)
		return
	}
	c.Answer = &answered{asked, e.Answer, none}
	t.show(AnswerPage)
}

// touchAnswer walks through an answer, and back to its questions.
func (t *turn) touchAnswer(e Touch) {
	c := &t.s.Citizen
	switch {
	case e.Act == Page:
		c.Page = pageOf(e.Value, c.Answer.pages(), 1)
	case e.Act == PrintIt && c.Answer.printable():
		t.print(Order{Kind: PaperPersonal, Service: c.Answer.Service, Answer: &c.Answer.Answer, Behalf: c.Behalf != nil}, AnswerPage)
	case e.Act == PrintSheets && t.s.mayPrintSheets():
		t.print(Order{Kind: PaperSheets, Document: c.Answer.Document}, AnswerPage)
	case e.Act == PrintSlip && t.s.mayPrintSlip() && !t.s.mayPrintSheets():
		t.printSlip(false)
	case e.Act == GoBack && c.Asking != nil:
		c.Answer = nil
		t.show(Form)
	case e.Act == GoBack, e.Act == GoHome:
		t.goHome()
	}
}

// AnswerView is one page of what INPS said: its values first, then its table.
type AnswerView struct {
	Service     *catalog.Service
	None        bool // INPS has nothing of the kind
	Answer      upstream.Answer
	Facts       []catalog.Fact // on this page
	Rows        []map[string]string
	Page, Pages int  // from 1
	Asked       bool // there are questions to go back to
	Print       bool
	Sheets      bool // its document can be printed on A4 now
	Slip        bool // it cannot, and a slip that stands for it can
}

// printable: there is something to take away, and nothing about anybody's health,
// which could lie about.
func (a *answered) printable() bool { return !a.None && !a.Service.Article9 }

func (a *answered) factPages() int {
	return (len(a.Service.Answer.Facts) + factsPerPage - 1) / factsPerPage
}

func (a *answered) rowPages() int { return (len(a.Rows) + answerRows - 1) / answerRows }

func (a *answered) pages() int { return max(1, a.factPages()+a.rowPages()) }

func (c *citizen) answerView() *AnswerView {
	a := c.Answer
	v := &AnswerView{Service: a.Service, None: a.None, Answer: a.Answer, Page: min(max(c.Page, 1), a.pages()), Pages: a.pages(), Asked: c.Asking != nil, Print: a.printable()}
	if v.Page <= a.factPages() {
		v.Facts, _ = onPage(a.Service.Answer.Facts, v.Page, factsPerPage)
	} else {
		v.Rows, _ = onPage(a.Rows, v.Page-a.factPages(), answerRows)
	}
	return v
}

// ask carries out Ask.
func (r *runner) ask(v *visit, e Ask) {
	ctx, cancel := context.WithTimeout(v.ctx, askPatience)
	defer cancel()
	v.card.Lock()
	token := v.token
	v.card.Unlock()
	result := AnswerCame{Visit: e.Visit, Number: e.Number, Err: errNoCard}
	switch {
	case token == nil:
	case e.Service.Answer.View == catalog.Statement:
		result.Statement, result.Err = r.o.INPS.Statement(ctx, *token, e.Behalf)
	default:
		result.Answer, result.Err = r.o.INPS.Query(ctx, *token, e.Service, upstream.Question{Answers: e.Answers, Behalf: e.Behalf})
	}
	if result.Err != nil {
		r.o.Log.Warn("no answer from INPS", "fault", lineFault(result.Err).Code, "err", result.Err)
	}
	r.report(result)
}
