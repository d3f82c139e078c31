package upstream

import (
	"context"
	"fmt"
	"net/http"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of a statement that we show. The longest working life has some 60
// years; a seasonal worker may have a dozen periods in each.
const (
	statementBytes  = 1 << 20
	periodsMost     = 2000
	firstYear       = 1920
	employerLongest = 200            // characters
	clockTolerance  = 24 * time.Hour // a terminal's clock may be off
)

var periodKinds = map[string]bool{"employee": true, "self-employed": true, "unemployment": true}

// Statement fetches the contribution statement of the token's holder, and
// checks that it can be true before anybody sees it.
func (c *Client) Statement(ctx context.Context, t Token) (Statement, error) {
	a, err := c.do(ctx, call{
		name: "statement", method: http.MethodPost, path: "/statement", limit: statementBytes,
		header: http.Header{"Authorization": {"Bearer " + t.bearer.Reveal()}},
	})
	if err == nil && a.status != http.StatusOK {
		err = tokenTrouble(a)
	}
	var s Statement
	if err == nil {
		err = a.decode(&s)
	}
	if err == nil {
		err = s.check(time.Now())
	}
	if err != nil {
		return Statement{}, fmt.Errorf("asking for the contribution statement: %w", err)
	}
	return s, nil
}

// check names the first thing that cannot be true, without quoting it.
func (s Statement) check(now time.Time) error {
	if s.AsOf.IsZero() || s.AsOf.After(now.Add(clockTolerance)) {
		return fmt.Errorf("%w: statement of no possible date", ErrContract)
	}
	if len(s.Periods) > periodsMost {
		return fmt.Errorf("%w: statement of %d periods", ErrContract, len(s.Periods))
	}
	last := ""
	for i, p := range s.Periods {
		if what := p.wrong(now.Year() + 1); what != "" {
			return fmt.Errorf("%w: statement, period %d: %s", ErrContract, i, what)
		}
		if p.From < last {
			return fmt.Errorf("%w: statement, period %d: not in order", ErrContract, i)
		}
		last = p.From
	}
	return nil
}

// wrong says which rule the period breaks, or nothing.
func (p Period) wrong(lastYear int) string {
	from, err1 := time.Parse(time.DateOnly, p.From)
	to, err2 := time.Parse(time.DateOnly, p.To)
	switch {
	case p.Year < firstYear || p.Year > lastYear:
		return "year"
	case err1 != nil || err2 != nil || from.After(to) || from.Year() != p.Year || to.Year() != p.Year:
		return "dates"
	case p.Weeks < 0 || p.Weeks > 53:
		return "weeks"
	case !periodKinds[p.Kind]:
		return "kind"
	case !printable(p.Employer, employerLongest):
		return "employer"
	}
	return ""
}

// printable reports whether s can go on a screen and on paper as it is.
func printable(s string, longest int) bool {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > longest {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
