package printersim

import (
	"slices"
	"strings"
	"time"
)

// sheet is the paper since the last cut.
type sheet struct {
	items []Item
	high  int // dots
	raw   []byte
	cut   *Receipt // what the command just obeyed cut off
}

// ItemKind says what an [Item] is.
type ItemKind string

const (
	Line    ItemKind = "line"
	Feed    ItemKind = "feed"
	Image   ItemKind = "image"
	BarCode ItemKind = "barcode" // of one or two dimensions
)

// Item is one thing on a sheet. Distances are in dots.
type Item struct {
	Kind   ItemKind `json:"kind"`
	Top    int      `json:"top"` // from the top of the sheet
	Left   int      `json:"left,omitempty"`
	Width  int      `json:"width,omitempty"`
	Height int      `json:"height"`
	Text   string   `json:"text,omitempty"` // of a line
	Runs   []Run    `json:"runs,omitempty"`
	Code   string   `json:"code,omitempty"` // the symbology of a bar code
	Data   string   `json:"data,omitempty"` // of a bar code

	ink   ink // nil when blank
	plain string
}

// Receipt is what lay between two cuts.
type Receipt struct {
	Number int
	Text   string    // as a person reads it, one line per printed line
	Bytes  []byte    // as they came
	Items  []Item    // from the top
	At     time.Time // of the cut
	model  model
	high   int
}

// Bounds of what one sheet keeps; a sender that never cuts cannot fill the
// memory.
const (
	mostItems = 20_000
	mostRaw   = 4 << 20
)

// print puts something onto the paper and moves it on.
func (s *Sim) print(i Item) {
	i.Top = s.sheet.high
	s.sheet.high += i.Height
	if len(s.sheet.items) < mostItems {
		s.sheet.items = append(s.sheet.items, i)
	}
	s.move(i.Height)
}

// owedCut is a cut that did not come about.
type owedCut struct {
	feed int
	full bool
}

// cut feeds and cuts. A blade that is stuck makes an error of it and leaves the
// paper whole; the cut is owed until DLE ENQ says what becomes of it.
func (s *Sim) cut(feed int, full bool) {
	if len(s.line) > 0 {
		s.endLine()
	}
	if s.bladeStuck {
		s.bladeError = true
		s.owedCut = &owedCut{feed, full}
		s.reportChange()
		return
	}
	s.print(Item{Kind: Feed, Height: feed})
	if s.speed > 0 {
		s.delay += s.cutTime
	}
	s.sever(Cut)
}

// Tear tears off by hand what was printed since the last cut.
func (s *Sim) Tear() {
	s.turn(func() {
		if len(s.line) > 0 {
			s.endLine()
		}
		s.sever(Torn)
		s.record(nil)
	})
}

// sever ends the sheet. Blank paper is no receipt.
func (s *Sim) sever(how EventKind) {
	done := s.sheet
	s.sheet = sheet{raw: done.raw, cut: &Receipt{}}
	if !slices.ContainsFunc(done.items, func(i Item) bool { return i.ink != nil && !i.ink.blank() }) {
		return
	}
	var text strings.Builder
	for _, i := range done.items {
		text.WriteString(i.plain)
	}
	s.receipts = append(s.receipts, Receipt{
		Number: len(s.receipts) + 1, Text: text.String(), Items: done.items, At: time.Now(), model: s.model, high: done.high,
	})
	last := &s.receipts[len(s.receipts)-1]
	s.sheet.cut = last
	s.happened(how, last.Number)
	s.hold(last.Number)
}

// record keeps the bytes of the sheet in the making; a cut is the last of its own.
func (s *Sim) record(command []byte) {
	if len(s.sheet.raw) < mostRaw {
		s.sheet.raw = append(s.sheet.raw, command...)
	}
	if s.sheet.cut != nil {
		s.sheet.cut.Bytes = s.sheet.raw
		s.sheet.raw, s.sheet.cut = nil, nil
	}
}
