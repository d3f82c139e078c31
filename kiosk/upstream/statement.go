package upstream

import "time"

// Statement is the contribution statement (estratto conto contributivo).
type Statement struct {
	Periods []Period  `json:"periods"` // oldest first
	AsOf    time.Time `json:"as_of"`   // when INPS computed it, UTC
}

// Period is one run of work with one employer within one calendar year.
type Period struct {
	Year     int    `json:"year"`
	From     string `json:"from"` // ISO 8601 calendar date
	To       string `json:"to"`
	Employer string `json:"employer"`
	Kind     string `json:"kind"`  // "employee", "self-employed", "unemployment"
	Weeks    int    `json:"weeks"` // useful weeks, 0 to 53
}

// Years folds the periods into useful weeks per year, from the first year to
// the last one, years without a week included, at most 52 a year.
func (s Statement) Years() []YearWeeks {
	if len(s.Periods) == 0 {
		return nil
	}
	first, last := s.Periods[0].Year, s.Periods[0].Year
	weeks := map[int]int{}
	for _, p := range s.Periods {
		first, last = min(first, p.Year), max(last, p.Year)
		weeks[p.Year] += p.Weeks
	}
	years := make([]YearWeeks, 0, last-first+1)
	for y := first; y <= last; y++ {
		years = append(years, YearWeeks{y, min(weeks[y], 52)})
	}
	return years
}

// YearWeeks is one bar of the chart.
type YearWeeks struct{ Year, Weeks int }

// Total is the number of useful weeks in all years.
func (s Statement) Total() int {
	n := 0
	for _, y := range s.Years() {
		n += y.Weeks
	}
	return n
}
