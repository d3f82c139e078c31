package upstream

import (
	"fmt"
	"regexp"
	"time"
)

// Night is a part of every day by the clock of Italy, in which lines are idle
// and often cheap. The zero Night has no minute.
type Night struct{ from, until int } // minutes of the day

var nightForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])$`)

// ParseNight reads "22:00-06:00"; it may go over midnight. Empty is the zero Night.
func ParseNight(s string) (Night, error) {
	if s == "" {
		return Night{}, nil
	}
	m := nightForm.FindStringSubmatch(s)
	if m == nil {
		return Night{}, fmt.Errorf("%q is not a part of the day such as 22:00-06:00", s)
	}
	minute := func(h, m string) int { return 60*decimal(h) + decimal(m) }
	return Night{minute(m[1], m[2]), minute(m[3], m[4])}, nil
}

// decimal reads digits that a pattern has let through.
func decimal(digits string) (n int) {
	for _, d := range digits {
		n = 10*n + int(d-'0')
	}
	return n
}

// holds reports whether the moment lies in the night.
func (n Night) holds(t time.Time) bool {
	minute := 60*t.Hour() + t.Minute()
	if n.from <= n.until {
		return n.from <= minute && minute < n.until
	}
	return minute >= n.from || minute < n.until
}
