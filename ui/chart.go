package ui

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"pue/kiosk/upstream"
)

// fullYear is the height of the tallest bar: a year has 52 useful weeks.
const fullYear = 52

// mostLabels is how many years can stand side by side under the chart at the
// largest text on the smallest screen.
const mostLabels = 8

// thinYear is the number of weeks below which a year within a career is pointed
// out: less than half of it counts.
const thinYear = 26

// thin reports whether a year deserves a question. The first and the last year of
// a career are seldom whole.
func thin(years []upstream.YearWeeks, i int) bool {
	return years[i].Weeks < thinYear && i > 0 && i < len(years)-1
}

// Chart draws the useful weeks of each year. Around a thin one runs a dashed
// outline: it shows by shape, not by colour alone, and the page says it in words.
// Bars and labels are measured in per cent, so that the labels keep the text size
// of the page however wide the chart is.
func (p page) Chart() template.HTML {
	years := p.Statement.Years()
	if len(years) == 0 {
		return ""
	}
	var bars, labels strings.Builder
	slot := 100 / float64(len(years))
	for i, y := range years {
		left := float64(i) * slot
		bar := func(class string, weeks int) {
			height := float64(weeks) / fullYear * 100
			fmt.Fprintf(&bars, `<rect class="%s" x="%.2f%%" width="%.2f%%" y="%.1f%%" height="%.1f%%"/>`,
				class, left+slot*0.12, slot*0.76, 100-height, height)
		}
		if y.Weeks > 0 {
			bar("bar", y.Weeks)
		}
		if thin(years, i) {
			bar("gap", fullYear)
		}
	}
	for i := range years {
		if labelled(years, i) {
			anchor, at := "middle", float64(i)*slot+slot/2
			switch {
			case len(years) == 1:
			case i == 0:
				anchor, at = "start", 0
			case i == len(years)-1:
				anchor, at = "end", 100
			}
			fmt.Fprintf(&labels, `<text x="%.2f%%" y="1em" text-anchor="%s">%d</text>`, at, anchor, years[i].Year)
		}
	}
	alt := template.HTMLEscapeString(p.Finding() + " " + p.GapText())
	return template.HTML(`<div class="chart"><svg class="bars" role="img" aria-label="` + alt + `">` + bars.String() +
		`</svg><svg class="years" aria-hidden="true">` + labels.String() + `</svg></div>`)
}

// labelled chooses the years that are written out: round ones, and the two ends
// where they do not run into a round one.
func labelled(years []upstream.YearWeeks, i int) bool {
	every := 1
	for _, step := range []int{1, 2, 5, 10, 20} {
		if every = step; len(years)/step < mostLabels {
			break
		}
	}
	if i == 0 || i == len(years)-1 {
		return true
	}
	clear := min(i, len(years)-1-i) >= (len(years)+mostLabels-1)/mostLabels
	return years[i].Year%every == 0 && clear
}

// Finding is what the statement says, in one sentence.
func (p page) Finding() string {
	if len(p.Statement.Periods) == 0 {
		return p.T("statement.none")
	}
	return p.T("statement.finding", "weeks", p.L.Weeks(p.Statement.Total()))
}

// GapText names the thin years.
func (p page) GapText() string {
	gaps := gaps(p.Statement.Years())
	if len(gaps) == 0 {
		return p.T("statement.no-gap", "weeks", thinYear)
	}
	return p.T("statement.gap", "weeks", thinYear, "years", strings.Join(gaps, ", "))
}

// gaps lists runs of thin years: "2013–2014".
func gaps(years []upstream.YearWeeks) []string {
	var all []string
	for i := 0; i < len(years); i++ {
		if !thin(years, i) {
			continue
		}
		from := i
		for i+1 < len(years) && thin(years, i+1) {
			i++
		}
		run := strconv.Itoa(years[from].Year)
		if i > from {
			run += "–" + strconv.Itoa(years[i].Year)
		}
		all = append(all, run)
	}
	return all
}
