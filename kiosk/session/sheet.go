package session

import "pue/kiosk/catalog"

// What is read and not answered: what to have at hand before an application, and
// the pages of a service that only informs.

// sheetRows is how many lines of a sheet fit on one page at the largest text size.
const sheetRows = 4

// SheetView is one page of what is to be read.
type SheetView struct {
	Service     *catalog.Service
	Lines       []catalog.Line
	Page, Pages int              // from 1
	Next        *catalog.Service // goes on from here; nil when nothing does
}

// showSheet puts up the first page of a sheet.
func (t *turn) showSheet(screen Screen, s *catalog.Service) {
	t.s.Citizen.Sheet, t.s.Citizen.SheetPage = s, 1
	t.show(screen)
}

// touchSheet turns pages, and goes on to what the sheet is about.
func (t *turn) touchSheet(e Touch) {
	c := &t.s.Citizen
	switch {
	case e.Act == Page:
		c.SheetPage = pageOf(e.Value, len(c.Sheet.Reading()), sheetRows)
	case e.Act == GoBack, e.Act == GoHome:
		t.goHome()
	case e.Act == PrintIt:
		t.print(Order{Kind: PaperInfo, Service: c.Sheet}, t.s.Screen)
	case e.Act == Continue && t.s.Screen == Bring:
		c.Sheet = nil
		t.show(Form)
	case e.Act == Continue && t.s.Screen == Info:
		t.open(t.service(c.Sheet.Next), nil)
	}
}

func (m *machine) sheet(s *State) *SheetView {
	c := &s.Citizen
	lines := c.Sheet.Reading()
	v := &SheetView{Service: c.Sheet, Pages: pageCount(len(lines), sheetRows)}
	v.Lines, v.Page = onPage(lines, c.SheetPage, sheetRows)
	if next := serviceOf(s.Catalog, c.Sheet.Next); next != nil && m.offers(next) && (c.LoggedIn || next.Auth == catalog.NoAuth) {
		v.Next = next
	}
	return v
}
