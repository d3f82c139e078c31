package session

import (
	"errors"
	"maps"
	"slices"

	"pue/devices/capture"
	"pue/kiosk/catalog"
)

// The papers that belong to an application. They are photographed or scanned page
// by page between the last question and the review, judged at once, and kept in
// memory with the form: what happens to the form happens to them.

const (
	// mostPages is how many pages INPS takes with one submission.
	mostPages = 20
	// goodTries is how many pictures that are hard to read it takes until one may be
	// kept as it is: some papers are worn, and some hands shake.
	goodTries = 2
)

// picture is one page in memory.
type picture struct {
	id string // of no meaning, for the page that shows it
	capture.Page
}

// pages are the pages of each document, by its id. They are never changed in place.
type pages map[string][]*picture

// count is how many pages there are of all documents.
func (p pages) count() (n int) {
	for _, of := range p {
		n += len(of)
	}
	return n
}

// capturing is the document whose pages are being taken.
type capturing struct {
	Document string
	Round    uint64 // what was taken for an earlier one is dropped
	Judging  int    // pages that are being looked at
	Instead  int    // number of the page that the next one takes the place of; 0: none
	Poor     int    // how many in a row were hard to read
	Notice   string // message key: what became of the last one

	Shown  *picture   // the page that is looked at
	Number int        // its number; 0: it is not kept yet
	Queue  []*picture // scanned meanwhile, and not looked at yet
}

// Photographed is a picture that the page's camera has taken.
type Photographed struct {
	Visit uint64
	Data  []byte
}

// Scanned is a file that the scanner has written while its citizen waited.
type Scanned struct {
	Round uint64
	Data  []byte
}

// JudgePage looks whether a page can be read, and writes it anew.
type JudgePage struct {
	Visit, Round uint64
	Data         []byte
	Scanned      bool
}

// PageJudged is the end of JudgePage: a page, with its flaws, or why it is none.
type PageJudged struct {
	Visit, Round uint64
	Scanned      bool
	Page         *picture
	Err          error
}

// MissCamera says that the page could not open the camera that the config names.
type MissCamera struct{}

func (Photographed) event() {}
func (Scanned) event()      {}
func (PageJudged) event()   {}
func (JudgePage) effect()   {}
func (MissCamera) effect()  {}

// canCapture reports whether papers can be taken in at all. A camera that the page
// could not open is none.
func (t *turn) canCapture() bool {
	return t.camera && !t.s.Citizen.NoCamera || t.scanner
}

// documents are the papers that belong to the answers.
func (d *draft) documents() []catalog.Document {
	return d.Service.DocumentsFor(d.Service.Asked(d.Answers))
}

// document finds one of them.
func (d *draft) document(id string) (catalog.Document, bool) {
	all := d.documents()
	i := slices.IndexFunc(all, func(d catalog.Document) bool { return d.ID == id })
	if i < 0 {
		return catalog.Document{}, false
	}
	return all[i], true
}

// room is how many pages more a document may have.
func (d *draft) room(of catalog.Document) int {
	return min(max(1, of.Pages)-len(d.Documents[of.ID]), mostPages-d.Documents.count())
}

// missing reports whether a paper must still be taken in.
func (d *draft) missing(of catalog.Document) bool {
	return of.Required && len(d.Documents[of.ID]) == 0
}

func (d *draft) incomplete() bool { return slices.ContainsFunc(d.documents(), d.missing) }

// forgetPapers drops the pages of papers that the answers no longer ask for.
func (d *draft) forgetPapers() {
	maps.DeleteFunc(d.Documents, func(id string, _ []*picture) bool { _, asked := d.document(id); return !asked })
}

// afterQuestions goes to the papers, where some belong to the answers, or to the
// review. Who only changed an answer sees the papers again when one is missing.
func (t *turn) afterQuestions(f *draft) {
	f.forgetPapers()
	changed := f.FromReview
	f.FromReview = false
	if t.camera || t.scanner {
		if papers := f.documents(); len(papers) > 0 && (!changed || f.incomplete()) {
			t.show(Documents)
			return
		}
	}
	t.show(Review)
}

// beforeReview is the screen that GoBack leads to from the review.
func (t *turn) beforeReview(f *draft) {
	if (t.camera || t.scanner) && len(f.documents()) > 0 {
		t.show(Documents)
		return
	}
	f.Step = last(f.asked()).ID
	t.show(Form)
}

func (t *turn) touchDocuments(e Touch) {
	c := &t.s.Citizen
	c.Form = c.Form.clone()
	switch {
	case e.Act == NoCamera && t.s.Screen == Capture:
		c.NoCamera = true
		t.do(MissCamera{})
	case t.s.Screen == Documents:
		t.touchPapers(e)
	case t.s.Screen == Capture:
		t.touchCapture(e)
	case c.Capture.Number == 0:
		t.touchNewPage(e)
	default:
		t.touchKeptPage(e)
	}
}

// touchPapers is the list of papers.
func (t *turn) touchPapers(e Touch) {
	c := &t.s.Citizen
	f := c.Form
	switch {
	case e.Act == Open:
		if paper, ok := f.document(e.Value); ok && t.canCapture() {
			t.beginCapture(paper)
		}
	case e.Act == Continue && f.incomplete() && t.canCapture():
		c.Capture.Notice = "documents.missing"
	case e.Act == Continue:
		c.Capture = capturing{}
		t.show(Review)
	case e.Act == GoBack:
		c.Capture = capturing{}
		f.Step = last(f.asked()).ID
		t.show(Form)
	}
}

// beginCapture waits for pages of one paper.
func (t *turn) beginCapture(paper catalog.Document) {
	t.s.Captures++
	t.s.Citizen.Capture = capturing{Document: paper.ID, Round: t.s.Captures}
	t.show(Capture)
}

// endCapture returns to the list. What is not kept yet is gone.
func (t *turn) endCapture() {
	t.s.Citizen.Capture = capturing{}
	t.show(Documents)
}

// touchCapture is where pages are taken.
func (t *turn) touchCapture(e Touch) {
	k := &t.s.Citizen.Capture
	switch {
	case e.Act == Page:
		kept := t.s.Citizen.Form.Documents[k.Document]
		if n := pageOf(e.Value, len(kept), 1); len(kept) > 0 {
			k.Shown, k.Number, k.Notice = kept[n-1], n, ""
			t.show(DocumentPage)
		}
	case e.Act == GoBack && k.Instead > 0:
		k.Instead = 0 // the page stays as it was
	case e.Act == Continue, e.Act == GoBack:
		t.endCapture()
	}
}

// touchNewPage decides about a page that was just taken.
func (t *turn) touchNewPage(e Touch) {
	k := &t.s.Citizen.Capture
	switch {
	case e.Act == Confirm && k.keepable():
		t.keep(k.Shown)
		k.Poor = 0
		t.nextPage()
		if paper, _ := t.s.Citizen.Form.document(k.Document); t.s.Screen == Capture && t.s.Citizen.Form.room(paper) <= 0 {
			t.endCapture() // that was the last one
		}
	case e.Act == Redo, e.Act == GoBack:
		t.nextPage()
	}
}

// keepable: it can be read, or was taken anew often enough.
func (k *capturing) keepable() bool { return len(k.Shown.Flaws) == 0 || k.Poor >= goodTries }

// touchKeptPage looks after a page that is kept.
func (t *turn) touchKeptPage(e Touch) {
	c := &t.s.Citizen
	k := &c.Capture
	switch e.Act {
	case Redo:
		k.Instead = k.Number
		t.nextPage()
	case Remove:
		c.Form.Documents[k.Document] = slices.Delete(slices.Clone(c.Form.Documents[k.Document]), k.Number-1, k.Number)
		t.nextPage()
	case GoBack:
		t.nextPage()
	}
}

// keep puts a page into its place.
func (t *turn) keep(p *picture) {
	c := &t.s.Citizen
	k, kept := &c.Capture, c.Form.Documents[c.Capture.Document]
	if c.Form.Documents == nil {
		c.Form.Documents = pages{}
	}
	if n := k.Instead; 0 < n && n <= len(kept) {
		kept = slices.Clone(kept)
		kept[n-1] = p
	} else {
		kept = append(slices.Clip(kept), p)
	}
	c.Form.Documents[k.Document] = kept
	k.Instead = 0
}

// nextPage shows what the scanner has brought meanwhile, or waits for the next
// page.
func (t *turn) nextPage() {
	k := &t.s.Citizen.Capture
	k.Shown, k.Number = nil, 0
	if len(k.Queue) == 0 {
		t.s.Screen = Capture
		return
	}
	first := k.Queue[0]
	k.Queue = k.Queue[1:]
	t.offer(first)
}

// photographed takes a picture of the camera to be judged.
func (t *turn) photographed(e Photographed) {
	if !t.current(e.Visit) || t.s.visible() != Capture || t.s.Citizen.Capture.Judging > 0 {
		return // another visitor's, or a second tap
	}
	t.alive()
	t.judge(e.Data, false)
}

// scanned takes a file of the scanner to be judged. Who puts a page in is there.
func (t *turn) scanned(e Scanned) {
	if e.Round == 0 || e.Round != t.s.collecting() {
		return
	}
	t.alive()
	t.judge(e.Data, true)
}

// judge has a page looked at, if there is room for it.
func (t *turn) judge(data []byte, scanned bool) {
	c := &t.s.Citizen
	k := &c.Capture
	paper, ok := c.Form.document(k.Document)
	switch room := c.Form.room(paper) - k.Judging - len(k.Queue); {
	case !ok:
	case room <= 0 && k.Instead == 0:
		k.Notice = "capture.full"
	default:
		k.Judging++
		k.Notice = ""
		t.do(JudgePage{Visit: t.s.Visit, Round: k.Round, Data: data, Scanned: scanned})
	}
}

// collecting is the round for which the scanner's files are wanted now, or 0.
func (s *State) collecting() uint64 {
	if s.Screen == Capture || s.Screen == DocumentPage {
		return s.Citizen.Capture.Round
	}
	return 0
}

// pageJudged offers a page, or says what is wrong with it. Pages of a scanner that
// can be read are kept without a question: it takes ten of them at once.
func (t *turn) pageJudged(e PageJudged) {
	c := &t.s.Citizen
	k := &c.Capture
	if !t.current(e.Visit) || e.Round != k.Round || k.Judging == 0 {
		return
	}
	c.Form = c.Form.clone()
	k.Judging--
	switch {
	case e.Err != nil:
		k.Notice = whyNoPage(e.Err)
	case e.Scanned && len(e.Page.Flaws) == 0 && k.Instead == 0:
		t.keep(e.Page)
	case t.s.Screen == Capture:
		t.offer(e.Page)
	default:
		k.Queue = append(slices.Clip(k.Queue), e.Page)
	}
}

// offer shows a page that was just taken.
func (t *turn) offer(p *picture) {
	k := &t.s.Citizen.Capture
	if len(p.Flaws) > 0 {
		k.Poor++
	}
	k.Shown, k.Number = p, 0
	t.s.Screen = DocumentPage // under whatever lies over it
}

// whyNoPage is the message key of why something is no page.
func whyNoPage(err error) string {
	if errors.Is(err, capture.ErrTooLarge) {
		return "capture.too-large"
	}
	return "capture.no-picture"
}
