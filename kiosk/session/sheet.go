package session

import (
	"maps"
	"slices"
	"strconv"

	"pue/kiosk/catalog"
	"pue/kiosk/messages"
)

// What is read and not answered: what to have at hand before an application, and
// the pages of a service that only informs.

// sheetRows is how many lines of a sheet fit on one page at the largest text size.
const sheetRows = 4

// SheetView is one page of what is to be read.
type SheetView struct {
	Service     *catalog.Service
	Lines       []SheetLine
	Page, Pages int              // from 1
	Next        *catalog.Service // goes on from here; nil when nothing does
}

// SheetLine is one text, by the key of its message.
type SheetLine struct {
	Key string
	// Bring: it is a thing to have at hand.
	Bring bool
	// Law is where a legal figure stands; nil for what is none.
	Law *catalog.Law
}

// SheetOf are the lines of a service, in the order in which they are read: what it
// is, what to bring, and the legal figures.
func SheetOf(s *catalog.Service) []SheetLine {
	var lines []SheetLine
	for n := 1; s.Class == catalog.Info; n++ {
		if _, there := s.Texts[messages.Italian]["info."+strconv.Itoa(n)]; !there {
			break
		}
		lines = append(lines, SheetLine{Key: s.Key("info", strconv.Itoa(n))})
	}
	for _, id := range s.Bring {
		lines = append(lines, SheetLine{Key: s.Key("bring", id), Bring: true})
	}
	for _, id := range slices.Sorted(maps.Keys(s.Laws)) {
		law := s.Laws[id]
		lines = append(lines, SheetLine{Key: s.Key("law", id), Law: &law})
	}
	return lines
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
		c.SheetPage = pageOf(e.Value, len(SheetOf(c.Sheet)), sheetRows)
	case e.Act == GoBack, e.Act == GoHome:
		t.goHome()
	case e.Act == Continue && t.s.Screen == Bring:
		c.Sheet = nil
		t.show(Form)
	case e.Act == Continue && t.s.Screen == Info:
		t.open(t.service(c.Sheet.Next), nil)
	}
}

func (m *machine) sheet(s *State) *SheetView {
	c := &s.Citizen
	lines := SheetOf(c.Sheet)
	v := &SheetView{Service: c.Sheet, Pages: pageCount(len(lines), sheetRows)}
	v.Lines, v.Page = onPage(lines, c.SheetPage, sheetRows)
	if next := serviceOf(s.Catalog, c.Sheet.Next); next != nil && m.offers(next) {
		v.Next = next
	}
	return v
}
