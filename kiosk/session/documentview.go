package session

import (
	"pue/devices/capture"
	"pue/kiosk/catalog"
)

// DocumentsView lists the papers that belong to the answers.
type DocumentsView struct {
	Service *catalog.Service
	Papers  []PaperView
	// Closed: neither camera nor scanner works, and the citizen goes on without.
	Closed bool
	Notice string // message key
}

// PaperView is one paper and how much of it is there.
type PaperView struct {
	catalog.Document
	Taken   int  // pages
	Missing bool // it is required, and there is none
}

// CaptureView is where pages of one paper are taken.
type CaptureView struct {
	Service         *catalog.Service
	Paper           catalog.Document
	Camera, Scanner bool
	Pages           []PageView
	Room            int // how many pages more there may be
	Instead         int // number of the page that is taken anew; 0: none
	Busy            bool
	Notice          string // message key
}

// PageView is one page. Its picture is asked for by its id.
type PageView struct {
	ID     string
	Number int  // from 1; 0: not kept yet
	PDF    bool // there is no picture of it
	Hidden bool // about health: there is no small picture of it
	Flaws  []capture.Flaw
}

// DocumentPageView is one page, large.
type DocumentPageView struct {
	Service *catalog.Service
	Paper   catalog.Document
	Page    PageView
	Keep    bool // it may be kept
}

func (m *machine) documentsView(c *citizen) *DocumentsView {
	works := m.camera && !c.NoCamera || m.scanner
	return &DocumentsView{Service: c.Form.Service, Papers: c.Form.papers(), Closed: !works, Notice: c.Capture.Notice}
}

func (d *draft) papers() []PaperView {
	var all []PaperView
	for _, paper := range d.documents() {
		all = append(all, PaperView{Document: paper, Taken: len(d.Documents[paper.ID]), Missing: d.missing(paper)})
	}
	return all
}

func (m *machine) captureView(c *citizen) *CaptureView {
	k := &c.Capture
	paper, _ := c.Form.document(k.Document)
	v := &CaptureView{
		Service: c.Form.Service, Paper: paper, Camera: m.camera && !c.NoCamera, Scanner: m.scanner,
		Room: max(0, c.Form.room(paper)), Instead: k.Instead, Busy: k.Judging > 0, Notice: k.Notice,
	}
	for i, p := range c.Form.Documents[paper.ID] {
		page := p.view(paper, i+1)
		page.Hidden = page.Hidden || c.Form.Service.Article9
		v.Pages = append(v.Pages, page)
	}
	return v
}

func (c *citizen) documentPageView() *DocumentPageView {
	k := &c.Capture
	paper, _ := c.Form.document(k.Document)
	return &DocumentPageView{
		Service: c.Form.Service, Paper: paper, Page: k.Shown.view(paper, k.Number), Keep: k.keepable(),
	}
}

func (p *picture) view(of catalog.Document, number int) PageView {
	return PageView{ID: p.id, Number: number, PDF: p.MediaType == capture.PDF, Hidden: of.Article9, Flaws: p.Flaws}
}
