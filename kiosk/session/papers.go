package session

import (
	"slices"
	"strconv"

	"pue/devices/printer"
	"pue/kiosk/paper"
)

const (
	// paperRows is how many papers the officer sees on one page.
	paperRows = 3
	// reportRows is how many lines of a report are read on one page.
	reportRows = 8
)

// paperDesk is what an officer looks at of the papers. It is forgotten when the board
// is locked.
type paperDesk struct {
	Page   int
	Job    paper.Job // the one that is looked at
	Busy   bool      // what was said of it is being stored
	Notice string    // message key
	Report report
}

// report is what the terminal says of itself, as it stands on paper too.
type report struct {
	Kind  Kind
	Lines []ReportLine // none: it is being put together
	Page  int
}

// ReportLine is one line of a report: a heading, a sentence, or a name and its value.
type ReportLine struct {
	Heading     bool
	Label, Text string
}

// openPapers are the papers that want something of an officer, the newest first.
func (s *State) openPapers() []paper.Job {
	open := slices.Clone(s.Papers.Open)
	slices.Reverse(open)
	return open[:min(len(open), mostItems)]
}

func (s *State) openPaper(id string) (paper.Job, bool) {
	i := slices.IndexFunc(s.Papers.Open, func(j paper.Job) bool { return strconv.FormatUint(j.ID, 10) == id })
	if i < 0 {
		return paper.Job{}, false
	}
	return s.Papers.Open[i], true
}

// papersChanged leaves the page of a paper that wants nothing any more, or something
// else: one that is asked for may be drawn back in meanwhile.
func (t *turn) papersChanged(now paper.Standing) {
	t.s.Papers = now
	d := &t.s.Desk.Papers
	if d.Busy || t.s.Screen != OnePaper && t.s.Screen != AskPaper {
		return
	}
	switch job, open := t.s.openPaper(strconv.FormatUint(d.Job.ID, 10)); {
	case !open:
		t.show(PaperList)
	case job.TakenBack() != d.Job.TakenBack():
		d.Job = job
		t.show(OnePaper)
	}
}

// touchPrinted walks through what was printed, and the reports.
func (t *turn) touchPrinted(e Touch) {
	d := &t.s.Desk.Papers
	switch {
	case e.Act == Lock:
		t.lock()
	case d.Busy:
	case t.s.Screen == PaperList:
		t.touchPaperList(e)
	case t.s.Screen == Roll && e.Act == GoBack:
		t.show(PaperList)
	case t.s.Screen == Report:
		t.touchReport(e)
	case t.s.Screen == AskPaper && e.Act == Confirm:
		t.settle(d.Job, d.Job.TakenBack())
	case t.s.Screen == AskPaper && e.Act == GoBack:
		t.show(OnePaper)
	case t.s.Screen == OnePaper:
		t.touchPaper(e)
	}
}

func (t *turn) touchPaperList(e Touch) {
	d := &t.s.Desk.Papers
	switch e.Act {
	case GoBack:
		t.show(Board)
	case Page:
		d.Page = pageOf(e.Value, len(t.s.openPapers()), paperRows)
	case ShowPaper:
		if job, open := t.s.openPaper(e.Value); open {
			d.Job, d.Notice = job, ""
			t.show(OnePaper)
		}
	case OpenRoll:
		t.show(Roll)
	case MouthEmptied:
		t.freeMouth()
	case OpenReport:
		if kind := Kind(e.Value); kind == PaperReadiness || kind == PaperDay {
			d.Report = report{Kind: kind, Page: 1}
			t.do(WriteReport{Visit: t.s.Visit, Kind: kind, Language: t.s.View.Language})
			t.show(Report)
		}
	}
}

// touchPaper takes what an officer says of one paper. That it is there, or that its
// citizen has it now, is asked for once more: after it nobody asks for that paper
// again.
func (t *turn) touchPaper(e Touch) {
	d := &t.s.Desk.Papers
	asked := d.Job.CanReprint() && !d.Job.TakenBack()
	switch {
	case e.Act == GoBack:
		t.show(PaperList)
	case e.Act == Taken && (asked || forItsCitizen(d.Job)):
		t.show(AskPaper)
	case e.Act == Acknowledge && !asked:
		t.settle(d.Job, false)
	case e.Act == PrintAgain && d.Job.CanReprint():
		t.print(Order{Kind: Kind(d.Job.Kind), Again: d.Job.ID}, PaperList)
	}
}

// forItsCitizen: it was drawn back in, and the terminal keeps count of whether its
// citizen has it.
func forItsCitizen(j paper.Job) bool { return j.TakenBack() && Kind(j.Kind) == PaperFinal }

// settle has it stored that somebody saw to a paper, and whether its citizen has it.
func (t *turn) settle(j paper.Job, handedOver bool) {
	t.s.Desk.Papers.Busy, t.s.Desk.Papers.Notice = true, ""
	t.do(SettlePaper{Visit: t.s.Visit, Job: j.ID, Clear: j.TakenBack(), HandedOver: handedOver, Officer: t.s.Officer.Pseudonym})
}

func (t *turn) paperSettled(e PaperSettled) {
	d := &t.s.Desk.Papers
	if !d.Busy || d.Job.ID != e.Job {
		return
	}
	d.Busy = false
	if e.Err != nil {
		d.Notice = "paper.trouble"
		t.show(OnePaper)
		return
	}
	t.show(PaperList)
}

func (t *turn) touchReport(e Touch) {
	r := &t.s.Desk.Papers.Report
	switch e.Act {
	case GoBack:
		*r = report{}
		t.show(PaperList)
	case Page:
		r.Page = pageOf(e.Value, len(r.Lines), reportRows)
	case PrintIt:
		t.print(Order{Kind: r.Kind}, Report)
	}
}

func (t *turn) reportWritten(e ReportWritten) {
	if r := &t.s.Desk.Papers.Report; r.Kind == e.Kind {
		r.Lines = linesOf(e.Document)
	}
}

// linesOf is what a document says, without what only paper needs.
func linesOf(d printer.Document) []ReportLine {
	var lines []ReportLine
	for _, b := range d.Blocks {
		switch b := b.(type) {
		case printer.Heading:
			lines = append(lines, ReportLine{Heading: true, Text: b.Text})
		case printer.Text:
			lines = append(lines, ReportLine{Heading: b.Bold, Text: b.Text})
		case printer.Row:
			lines = append(lines, ReportLine{Label: b.Label, Text: b.Value})
		}
	}
	return lines
}

// takenBack counts the papers that were drawn back in.
func (s *State) takenBack() (n int) {
	for _, j := range s.Papers.Open {
		if j.TakenBack() {
			n++
		}
	}
	return n
}

func (s *State) papersView() *PapersView {
	open := s.openPapers()
	v := &PapersView{Pages: pageCount(len(open), paperRows), Today: s.Papers.Today, MouthFull: s.Mouth.waits()}
	v.Rows, v.Page = onPage(open, s.Desk.Papers.Page, paperRows)
	return v
}

func (r *report) view() *ReportView {
	v := &ReportView{Kind: r.Kind, Pages: pageCount(len(r.Lines), reportRows)}
	v.Lines, v.Page = onPage(r.Lines, r.Page, reportRows)
	return v
}
