package paper

import (
	"strconv"

	"pue/kiosk/messages"
	"pue/kiosk/upstream"
)

// run is years in a row with as many weeks each. A working life of forty years
// becomes a few lines of paper.
type run struct{ first, last, weeks int }

func runs(years []upstream.YearWeeks) []run {
	var rs []run
	for _, y := range years {
		if n := len(rs); n > 0 && rs[n-1].weeks == y.Weeks {
			rs[n-1].last = y.Year
			continue
		}
		rs = append(rs, run{y.Year, y.Year, y.Weeks})
	}
	return rs
}

func (r run) label() string {
	if r.first == r.last {
		return strconv.Itoa(r.first)
	}
	return strconv.Itoa(r.first) + "-" + strconv.Itoa(r.last)
}

func (r run) value(l messages.Language) string {
	switch {
	case r.weeks == 0:
		return l.T("receipt.statement.gap")
	case r.first == r.last:
		return l.Weeks(r.weeks)
	}
	return l.T("receipt.statement.each", "weeks", l.Weeks(r.weeks))
}
