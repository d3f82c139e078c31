package session

import (
	"slices"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// snapshot is the projection of a state onto the screen: what is not copied here
// or in what it calls cannot be seen.
func (m *machine) snapshot(s *State, place Place, notice NoticeView) Snapshot {
	c := &s.Citizen
	v := Snapshot{
		Visit: s.Visit, Screen: s.visible(), View: s.View, Place: place,
		Line: s.Line.State == devices.Ready, HelpCalled: s.HelpCalled, InSession: c.LoggedIn, CardIn: c.Reader != "",
		Staff: s.Officer.Reader != "", Attention: s.attention(),
	}
	v.About, v.Card = s.about(), s.cardAbout()
	if f := s.fault(); f != (Fault{}) {
		v.Fault = &f
	}
	if s.Officer.present() {
		v.Helper = s.Officer.Name
	}
	if c.Behalf != nil && c.LoggedIn {
		v.Behalf = c.Behalf.Name
	}
	m.fill(&v, s, notice)
	return v
}

// fill adds what the screen alone shows.
func (m *machine) fill(v *Snapshot, s *State, notice NoticeView) {
	c := &s.Citizen
	switch v.Screen {
	case StillThere:
		v.EndsAt = s.endsAt()
	case Notice, NoticeFull:
		v.Notice = &notice
	case PIN, SignPIN, OfficerPIN, LastTry:
		v.Keypad = s.keypad()
	case Checking:
		v.Asking = c.Revocation == ""
	case Home:
		v.Tiles = m.home(s)
	case Cardless:
		v.Cardless = m.cardless(s)
	case OwnCode, CodeState:
		v.Code = c.Code.view()
	case AnswerPage:
		v.Answer = c.answerView()
		v.Answer.Sheets = s.mayPrintSheets()
		v.Answer.Slip = !v.Answer.Sheets && s.mayPrintSlip()
	case ForWhom:
		v.Whom = c.whomView()
	case NoticeOther:
		other := m.notices[c.Form.Service.Destination]
		v.Notice = &other
	case Info, Bring:
		v.Sheet = m.sheet(s)
	case OnScreenOnly:
		v.Sheet = &SheetView{Service: c.Sheet}
	case Statement, StatementTable:
		v.Statement = statementView(c)
	case Form:
		v.Form = c.form().view()
	case Documents:
		v.Documents = m.documentsView(c)
	case Capture:
		v.Capture = m.captureView(c)
	case DocumentPage:
		v.DocumentPage = c.documentPageView()
	case Review:
		v.Review = m.review(s)
	case Result:
		v.Result = m.result(s)
	case Requests:
		v.Requests = &RequestsView{Pages: pageCount(len(c.Requests), listRows)}
		v.Requests.Rows, v.Requests.Page = onPage(c.Requests, c.ListPage, listRows)
	case OneRequest, AskWithdraw, Withdrawn:
		v.Request = s.request()
	case LeavePhone:
		v.Phone = &PhoneView{Number: c.Phone.Number, Problem: c.Phone.Problem, Busy: c.Phone.Busy}
	case Printing, PrintTrouble, Printed:
		v.Print = s.printView()
	case Goodbye, Removed:
		f := s.Farewell
		f.Slip, f.Papers = v.Screen == Goodbye && s.offersSlip(), c.Papers
		v.Farewell, v.PaperWaits = &f, s.paperInMouth()
	case Board:
		v.Board = s.board()
	case PaperList:
		v.Papers = s.papersView()
	case OnePaper, AskPaper:
		d := s.Desk.Papers
		v.Paper = &JobView{Job: d.Job, Busy: d.Busy, Notice: d.Notice}
	case Report:
		v.Report = s.Desk.Papers.Report.view()
	case Queue, Collect, FindClaim:
		v.Desk = s.desk(v.Screen)
	case QueueItem, AskClose, AskPhone:
		v.Item = &ItemView{Item: *s.Desk.Item, Phone: s.Desk.Phone, Busy: s.Desk.Busy, Notice: s.Desk.Notice, Until: s.Desk.Until}
	}
}

func (m *machine) review(s *State) *ReviewView {
	c := &s.Citizen
	return &ReviewView{
		Service: c.Form.Service, Steps: c.Form.asked(), Answers: c.Form.Answers,
		Term: termOf(c.Form.Service, c.Form.Answers), Replaces: c.replaced(), Page: c.Page, Unasked: c.unasked(),
		Papers: c.Form.papers(), Captures: m.camera || m.scanner, Paper: s.outlook(),
	}
}

func (m *machine) result(s *State) *ResultView {
	e := s.Citizen.Entry
	v := &ResultView{Request: *e, Leave: s.mayLeavePhone(&e.Entry), Notice: s.Citizen.Told, Term: e.term(), Down: !s.reaches(e.receiver())}
	if m.said != nil {
		v.Said = m.said(s.paperOf(e), s.Seen)
	}
	return v
}

func (s *State) printView() *PrintView {
	v := &PrintView{
		Kind: string(s.Print.Order.Kind), Sheets: s.Print.Order.sheets(), Device: s.press(),
		Uncertain: s.Print.Uncertain, CanRetry: !s.Print.Open,
		Slip: s.slipAfterSheets(), GoesOn: s.Print.goesOn(s.press().State == devices.Ready), Progress: s.Print.Progress,
	}
	if e := s.Print.Order.Entry; e != nil {
		v.Claim = e.Claim
	}
	return v
}

func (s *State) request() *RequestView {
	c := &s.Citizen
	return &RequestView{
		Request: *c.Opened, Print: c.Opened.printable(), Redo: c.canRedo(c.Opened), Leave: s.mayLeavePhone(&c.Opened.Entry),
		Busy: c.Busy, Notice: c.Told, Outcome: string(c.Withdrawal),
	}
}

// replaced is the code of what the form takes the place of: not of one that INPS has
// refused meanwhile, since there is nothing left to replace.
func (c *citizen) replaced() string {
	refused := func(r Request) bool { return r.ID == c.Form.Replaces && r.State == outbox.Refused }
	if slices.ContainsFunc(c.Requests, refused) {
		return ""
	}
	return c.Form.ReplacesClaim
}

func (s *State) desk(screen Screen) *DeskView {
	d := &DeskView{Notice: s.Desk.Notice, Typed: s.Desk.Typed}
	all, total := s.Desk.Open, s.Queue.Waiting+s.Queue.Unknown+s.Queue.Refused+s.Queue.Stuck
	switch screen {
	case FindClaim:
		return d
	case Collect:
		all, total = s.Desk.Collect, s.Queue.ToDeliver
	}
	d.Rows, d.Page = onPage(all, s.Desk.Page, deskRows)
	d.Pages, d.More = pageCount(len(all), deskRows), max(0, total-len(all))
	return d
}

// fault is what to say on the screen: what went wrong in the visit, or what a
// person at the door should know before starting.
func (s *State) fault() Fault {
	switch {
	case s.Fault != (Fault{}) || s.Screen != Welcome && s.Screen != OutOfOrder && s.Screen != InsertCard:
		return s.Fault
	case s.lent():
		return FaultLent
	case s.Closed:
		return FaultClosed
	case s.Reader.State == devices.Absent || s.Reader.State == devices.Failed:
		return FaultNoReader
	case s.Upkeep.Clock == ClockWrong:
		return FaultClockWrong
	case s.Printer.State == devices.Absent || s.Printer.State == devices.Failed:
		return FaultNoPrinter
	case s.Printer.State == devices.Attention:
		return printFault(s.Printer.Reason)
	}
	return Fault{}
}

// attention calls an officer to the board, from where nobody is served: without a
// word on why, which is nobody else's business.
func (s *State) attention() bool {
	return (s.Screen == Welcome || s.Screen == OutOfOrder) && !s.lent() && (s.Queue.Alarms > 0 || len(s.Papers.Open) > 0 || s.Printer.Low || s.Upkeep.needsSomebody())
}

func statementView(c *citizen) *StatementView {
	all := c.Statement.Periods
	from := min((c.Page-1)*tableRows, len(all))
	return &StatementView{
		Statement: *c.Statement, Page: c.Page, Pages: pageCount(len(all), tableRows),
		Rows: append([]upstream.Period(nil), all[from:min(from+tableRows, len(all))]...),
	}
}

// view shows the typed text where there is some, else the checked answer.
func (d *draft) view() *FormView {
	asked, i := d.asked(), d.at()
	v := &FormView{
		Service: d.Service, Step: asked[i], Number: i + 1, Of: len(asked),
		Answers: catalog.Answers{}, Problems: d.Problems, Resumed: d.Resumed, Term: d.term(),
	}
	for _, f := range asked[i].Fields {
		v.Answers[f.Name] = d.Answers[f.Name]
		if typed, ok := d.Typed[f.Name]; ok {
			v.Answers[f.Name] = typed
		}
	}
	return v
}

func (s *State) board() *BoardView {
	b := &BoardView{
		Officer: s.Officer.Name, Open: !s.Closed, Queue: s.Queue, Upkeep: s.Upkeep, NoPhones: s.Desk.NoPhones,
		Devices: []DeviceView{{"reader", s.Reader}, {"printer", s.Printer}, {"line", s.Line}},
	}
	b.MouthFull = s.Mouth.waits()
	b.TakenBack = s.takenBack()
	b.Doubts = len(s.Papers.Open) - b.TakenBack
	if s.Documents != nil {
		b.Devices = append(b.Devices, DeviceView{"documents", *s.Documents})
	}
	if s.LineComune != nil {
		b.Devices = append(b.Devices, DeviceView{"line-comune", *s.LineComune})
	}
	return b
}

// reaches reports whether who receives a submission can be reached now.
func (s *State) reaches(destination string) bool {
	if destination == "comune" {
		return s.LineComune != nil && s.LineComune.State == devices.Ready
	}
	return s.Line.State == devices.Ready
}

// Public is what the terminal says of itself to the technician: no citizen.
type Public struct {
	Screen  string         `json:"screen"` // "busy" while a citizen is served, "board" wherever an officer is
	Open    bool           `json:"open"`
	Help    bool           `json:"help_called"`
	Officer bool           `json:"officer_present"`
	Reader  devices.Status `json:"reader"`
	Printer devices.Status `json:"printer"`
	Line    devices.Status `json:"line"`
	// Documents is the A4 printer, absent where there is none.
	Documents *devices.Status `json:"documents,omitempty"`
	// LineComune is absent where nothing goes to the municipality.
	LineComune *devices.Status `json:"line_comune,omitempty"`
	Queue      outbox.Counts   `json:"queue"`
	// Papers is how many want something of an officer.
	Papers int    `json:"papers_open,omitempty"`
	Upkeep Upkeep `json:"upkeep"`
}

func (s *State) public() Public {
	p := Public{
		Screen: string(s.Screen), Open: !s.Closed, Help: s.HelpCalled, Officer: s.Officer.present(),
		Reader: s.Reader, Printer: s.Printer, Documents: s.Documents, Line: s.Line, LineComune: s.LineComune, Queue: s.Queue, Papers: len(s.Papers.Open), Upkeep: s.Upkeep,
	}
	if s.Citizen.Reader != "" || s.Citizen.LoggedIn || s.Citizen.Cardless {
		p.Screen = "busy"
	}
	if s.Officer.Unlocked {
		p.Screen = string(Board) // wherever behind it
	}
	return p
}

// idle reports whether nobody uses the readers.
func (s *State) idle() bool {
	return (s.Screen == Welcome || s.Screen == OutOfOrder) && s.Citizen.Reader == "" && s.Left == "" && !s.lent()
}

// cardAbout is the kind of the card that the screen is about.
func (s *State) cardAbout() smartcard.Kind {
	switch {
	case s.FaultOf != "":
		return s.FaultOf
	case s.Farewell.Card != "":
		return s.Farewell.Card
	case s.Officer.Reader != "":
		return s.Officer.Card.Kind
	}
	return s.Citizen.Identity.Kind
}

// about is who receives the submission that the screen is about: its words must not
// name INPS where somebody else does. It is empty for INPS, and on all other screens.
func (s *State) about() string {
	to := ""
	switch c := &s.Citizen; s.Screen {
	case NoticeOther, Bring, Form, Documents, Capture, DocumentPage, Review, SignPIN, Saving:
		if c.Form != nil {
			to = c.Form.Service.Destination
		}
	case Result:
		if c.Entry != nil {
			to = c.Entry.Destination
		}
	case OneRequest, AskWithdraw, Withdrawn, LeavePhone:
		if c.Opened != nil {
			to = c.Opened.Destination
		}
	case QueueItem, AskClose, AskPhone:
		if s.Desk.Item != nil {
			to = s.Desk.Item.Destination
		}
	}
	if to == catalog.INPS {
		return ""
	}
	return to
}
