package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"pue/kiosk/catalog"
)

// line is one row of the review: what was asked, the answers, and the touch that
// leads to where they are changed, if there is one. A step of several fields is named by its question.
type line struct {
	Act, Title, Answer string
	Warning            string // what to look at once more; empty when there is nothing
}

// AllLines are what will be sent, a step to a line. Whether there was another child
// is seen from the children; where the last one stands, more can be added.
func (p page) AllLines() []line {
	var all []line
	for _, s := range p.Review.Steps {
		if s.Again() && p.Review.Answers[s.Fields[0].Name] == "yes" {
			continue
		}
		all = append(all, p.lineOf(s))
	}
	if papers, ok := p.papersLine(); ok {
		all = append(all, papers)
	}
	return all
}

func (p page) lineOf(s catalog.Step) line {
	var parts []string
	ticks := true
	for _, f := range s.Fields {
		parts = append(parts, f.Show(p.L, p.Review.Answers[f.Name]))
		ticks = ticks && f.Kind == catalog.Tick
	}
	if ticks {
		parts = slices.Compact(parts)
	}
	title := p.T(p.Review.Service.Key(s.Fields[0].Name, "label"))
	if len(s.Fields) > 1 {
		title = p.T(p.Review.Service.Key(s.ID, "title"), "n", s.Round())
	}
	if n := s.Round(); n > 1 {
		title += " (" + strconv.Itoa(n) + ")"
	}
	one := line{Act: "change:" + s.ID, Title: title, Answer: strings.Join(parts, comma(s))}
	for _, key := range p.Review.Service.Warnings(s, p.Review.Answers, time.Now()) {
		one.Warning = p.T(key)
	}
	return one
}

// comma stands between the answers of a step: two days are a time from one to
// the other.
func comma(s catalog.Step) string {
	if len(s.Fields) == 2 && s.Fields[0].Kind == catalog.Date && s.Fields[1].Kind == catalog.Date {
		return " – "
	}
	return ", "
}

// reviewLines is how many answers stand on one page of the review, halfReview how
// many of them fit at large text before the rest is opened.
const reviewLines, halfReview = 12, 6

// room is how many answers stand on one page, and how many of them are seen at large
// text: a word on the paper takes the place of two, and what stands beside it of two
// more.
func (p page) room() (lines, first int) {
	lines, first = reviewLines, halfReview
	if p.PaperMatters() {
		lines, first = lines-2, first-2
		if p.Helper != "" {
			lines, first = lines-2, first-2
		}
	}
	return lines, first
}

// reviewPages says where the page of the review stands.
func (p page) reviewPages() pages {
	lines, _ := p.room()
	most := max(1, (len(p.AllLines())+lines-1)/lines)
	return pages{Page: min(max(p.Review.Page, 1), most), Pages: most}
}

// MoreReview is the next page of the review, or 0 on the last one, where it can be
// confirmed.
func (p page) MoreReview() int {
	if at := p.reviewPages(); at.Page < at.Pages {
		return at.Page + 1
	}
	return 0
}

// Lines are the answers on this page of the review.
func (p page) Lines() []line {
	lines, _ := p.room()
	all, from := p.AllLines(), (p.reviewPages().Page-1)*lines
	return all[from:min(from+lines, len(all))]
}

// FirstLines and RestLines are the two halves of a page of the review at large
// text; at the usual size all lines are first.
func (p page) FirstLines() []line {
	all := p.Lines()
	if p.Size() == "m" {
		return all
	}
	_, first := p.room()
	return all[:min(len(all), first)]
}

// RestLines are the lines that FirstLines leaves out.
func (p page) RestLines() []line { return p.Lines()[len(p.FirstLines()):] }
