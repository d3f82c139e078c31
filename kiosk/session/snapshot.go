package session

import (
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/upstream"
)

// Snapshot is all that a page may know: the part of the state that belongs on
// the screen now, and nothing else. Exactly one of the pointers below Shown is
// set, the one the screen needs; many screens need none.
type Snapshot struct {
	Rev    uint64 // grows with every change; an open page reloads itself when it does
	Visit  uint64 // goes back with each touch
	Screen Screen
	View   View

	Place      Place
	Line       bool   // INPS can be reached
	About      string // who receives the submission that is on the screen; empty for INPS, or when there is none
	Helper     string // name of the officer who is beside the citizen, or empty
	HelpCalled bool
	// Behalf is for whom the citizen acts; zero: for themselves.
	Behalf smartcard.Private
	// InSession is true while leaving means ending a citizen's session.
	InSession bool
	CardIn    bool // the card of this visit is in the reader
	// PaperWaits: a paper is in the mouth of the printer; told where a visit ends.
	PaperWaits bool
	// Card is the kind of the card that the page is about; empty while none was read.
	Card smartcard.Kind
	// Asking: it is being asked whether that card was taken back, and waited for.
	Asking bool
	Staff  bool // an officer stands before the screen, no citizen
	// Attention: the board has something for an officer, of which nobody else needs
	// to know what.
	Attention bool
	// EndsAt is when the session ends by itself; zero while no warning shows.
	EndsAt time.Time
	Fault  *Fault // shown on CardProblem, Unavailable, OutOfOrder, PrintTrouble

	// Shown
	Notice    *NoticeView
	Keypad    *Keypad
	Tiles     *HomeView
	Sheet     *SheetView
	Cardless  *CardlessView
	Code      *CodeView
	Answer    *AnswerView
	Whom      *WhomView
	Statement *StatementView
	Form      *FormView
	Review    *ReviewView
	Result    *ResultView
	Requests  *RequestsView
	Request   *RequestView
	Phone     *PhoneView
	Print     *PrintView
	Farewell  *FarewellView
	Board     *BoardView
	Desk      *DeskView
	Item      *ItemView
	Papers    *PapersView
	Paper     *JobView
	Report    *ReportView

	Documents    *DocumentsView
	Capture      *CaptureView
	DocumentPage *DocumentPageView
}

// View is how the citizen wants to see; Welcome resets it.
type View struct {
	Language string // BCP 47: it, de
	Size     string // m, l, xl
	Contrast string // normal, dark
}

// Place is where this terminal stands, from the config.
type Place struct {
	Municipality string
	Terminal     string
	CardSlot     string // where the reader is, seen from the screen: left, right, below
	CardPlate    string // where a CIE is laid: left, right, below, none
	Opening      string
	PhoneFixed   string // INPS contact centre from a landline
	PhoneMobile  string
	PhoneComune  string // of the municipality's own office; empty where nothing goes there
}

// HasPlate reports whether a CIE can be read here.
func (p Place) HasPlate() bool { return p.CardPlate != "" && p.CardPlate != "none" }

// NoticeView is the privacy notice's variable part.
type NoticeView struct{ Controller, Processor, Contact, Version string }

// Keypad is a PIN being typed: how much, never what.
type Keypad struct {
	Typed, Min, Max int
	Left            int  // attempts left, -1 when the card did not say
	Wrong           bool // the last one was
	Again           bool // the last one was right, and the card has forgotten it
	Busy            bool // the card is checking
}

// StatementView is the contribution statement and where in the table we are.
type StatementView struct {
	upstream.Statement
	Page, Pages int // of the table, from 1
	Rows        []upstream.Period
}

// FormView is one question.
type FormView struct {
	Service  *catalog.Service
	Step     catalog.Step
	Number   int // from 1, counted over the steps that apply
	Of       int
	Answers  catalog.Answers
	Problems catalog.Problems
	Resumed  bool      // the answers of a card that came back
	Term     *TermView // that runs from what is asked here; nil: none
}

// ReviewView is what will be sent, in the order it was asked.
type ReviewView struct {
	Service  *catalog.Service
	Steps    []catalog.Step
	Answers  catalog.Answers
	Term     *TermView // nil: none runs
	Replaces string    // claim code of the submission that this one takes the place of
	Page     int       // from 1

	Unasked bool // nobody could say whether the card was taken back

	Papers   []PaperView
	Captures bool // this terminal can take papers in

	Paper Outlook // whether the receipt will come out; no submission depends on it
}

// Outlook is whether a receipt will come out.
type Outlook string

const (
	LowPaper Outlook = "low"  // the roll is near its end
	NoPaper  Outlook = "none" // nothing can be printed now
)

// ResultView says the truth about a submission: filed by INPS, or only saved here.
type ResultView struct {
	Request
	Leave bool      // a number can be left
	Term  *TermView // nil: none runs
	// Down: who is to receive it cannot be reached.
	Down   bool
	Notice string // message key
	Said   string // the receipt as sentences, one to a line
}

// RequestsView is one page of what a citizen filed here, newest first.
type RequestsView struct {
	Rows        []Request
	Page, Pages int // from 1
}

// RequestView is one submission and what its citizen can do with it.
type RequestView struct {
	Request
	Print, Redo, Leave bool
	Busy               bool   // it is being withdrawn
	Notice             string // message key
	Outcome            string // on Withdrawn: a withdrawal
}

// PhoneView is a telephone number being typed.
type PhoneView struct {
	Number  smartcard.Private
	Problem string // message key
	Busy    bool
}

// PrintView is a receipt on its way to the paper.
type PrintView struct {
	Kind      string // of the order
	Sheets    int    // of A4, when the order is for those
	Claim     string // of the submission that the paper is about; empty for other papers
	Device    devices.Status
	Uncertain bool // sent, and the printer never said that it came out
	CanRetry  bool // the printer is not working on it any more
	Slip      bool // the sheets are out, and their slip can follow
	GoesOn    bool // it ends by itself once the printer is mended
	Progress  Progress
}

// FarewellView names the claim code of a card that is gone, nothing else.
type FarewellView struct {
	Claim  string
	Resume time.Time // until when the same card finds its form again; zero for never
	CardIn bool
	Slip   bool           // the codes of today can be printed
	Papers int            // that may lie in a printer for whoever leaves
	Card   smartcard.Kind // of the card; empty when it was never read
}

// BoardView is what an officer may see: counts, ages and devices.
type BoardView struct {
	Officer string
	Open    bool
	Queue   outbox.Counts
	Upkeep  Upkeep
	// NoPhones: no citizen can leave a number for this officer.
	NoPhones bool
	Devices  []DeviceView
	// Doubts are the papers of which nobody knows whether they came out. TakenBack are
	// those that were drawn back into the printer.
	Doubts, TakenBack int
	// MouthFull: a paper waits in the mouth of the printer.
	MouthFull bool
}

// OpenPapers is how many papers want something of an officer.
func (b *BoardView) OpenPapers() int {
	if b.MouthFull {
		return b.Doubts + b.TakenBack + 1
	}
	return b.Doubts + b.TakenBack
}

// PapersView is one page of the papers that want something of an officer, newest
// first, and the counts of the day.
type PapersView struct {
	Rows        []paper.Job
	Page, Pages int // from 1
	Today       paper.PaperCounts
	MouthFull   bool // a paper waits in the mouth of the printer
}

// JobView is one of them.
type JobView struct {
	paper.Job
	Busy   bool   // what was said of it is being stored
	Notice string // message key
}

// ReportView is one page of what the terminal says of itself.
type ReportView struct {
	Kind        Kind
	Lines       []ReportLine // none: it is being put together
	Page, Pages int          // from 1
}

// DeskView is one page of submissions by their codes, or the search for one.
type DeskView struct {
	Rows        []Item
	Page, Pages int    // from 1
	More        int    // beyond the last page
	Typed       string // the code that was looked for
	Notice      string // message key
}

// ItemView is one submission at the board: nothing of its content, and of its
// citizen at most the number that was left for this.
type ItemView struct {
	Item
	Phone  smartcard.Private // opened now, and nowhere else any more
	Busy   bool              // a yes is being carried out
	Notice string            // message key
	Until  time.Time         // which the notice may name
}

// DeviceView is one device on the board.
type DeviceView struct {
	Name string // "reader", "printer", "line", "line-comune"
	devices.Status
}
