package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode"
	"unicode/utf8"

	"pue/devices/smartcard"
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

// Statement fetches the contribution statement of the token's holder, or of
// whom the holder acts for by the delegation of that id, and checks that it can
// be true before anybody sees it.
func (c *Client) Statement(ctx context.Context, t Token, behalf string) (Statement, error) {
	who, err := t.about(behalf)
	if err != nil {
		return Statement{}, fmt.Errorf("asking for the contribution statement: %w", err)
	}
	var answer struct {
		Subject string `json:"subject"`
		Statement
	}
	op := call{name: "statement", method: http.MethodPost, path: "/statement", limit: statementBytes}
	err = c.read(ctx, t, op, wireQuestion{Behalf: behalf}, &answer)
	if err == nil && answer.Subject != who.Reveal() {
		err = errOtherPerson
	}
	if err == nil {
		err = answer.check(time.Now())
	}
	if err != nil {
		return Statement{}, fmt.Errorf("asking for the contribution statement: %w", err)
	}
	return answer.Statement, nil
}

// errOtherPerson is the worst that an answer can be.
var errOtherPerson = fmt.Errorf("%w: answer about another person", ErrContract)

// read asks for something of the token's holder, with a JSON body unless the
// question is nil, and decodes the answer into out.
func (c *Client) read(ctx context.Context, t Token, op call, question, out any) error {
	if question != nil {
		body, err := json.Marshal(question)
		if err != nil {
			return fmt.Errorf("writing the question: %w", err)
		}
		defer clear(body)
		op.contentType, op.body = jsonType, body
	}
	op.citizen = t
	a, err := c.do(ctx, op)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return readingTrouble(a)
	}
	defer clear(a.body)
	return a.decode(out)
}

// about is whom a question with this token is about: the holder, or somebody who
// INPS has said in this session may be acted for.
func (t Token) about(behalf string) (smartcard.TaxCode, error) {
	if behalf == "" {
		return t.holder, nil
	}
	who, ok := t.acts.find(behalf)
	if !ok {
		return smartcard.TaxCode{}, ErrDelegation
	}
	return who, nil
}

// ErrNothing means that INPS has nothing of what was asked for: no certificate of
// that year, no document of that id any more.
var ErrNothing = errors.New("INPS has nothing of the kind")

// ErrDelegation means that INPS does not, or no longer, let the token's holder
// act for the other person.
var ErrDelegation = errors.New("INPS knows of no such delegation")

// readingTrouble is tokenTrouble, with the two words of INPS that people are told.
func readingTrouble(a answer) error {
	switch {
	case a.status == http.StatusNotFound && a.problem() == "not-known":
		return ErrNothing
	case a.status == http.StatusUnprocessableEntity && a.problem() == "delegation":
		return ErrDelegation
	}
	return tokenTrouble(a)
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
