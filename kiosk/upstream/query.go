package upstream

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"pue/kiosk/catalog"
)

// Bounds of an answer that is shown.
const (
	answerBytes  = 1 << 20
	rowsMost     = 2000
	valueLongest = 200 // characters
)

// Question is what a citizen wants to know of a service of class query or
// certificate.
type Question struct {
	Answers catalog.Answers
	Behalf  string // id of a delegation, or empty: for the citizen
}

// Answer is what INPS knows, in the shape that the service's own answer has in
// the catalogue: no name is in it that the catalogue has not, and every value is
// in the canonical form of its kind or empty.
type Answer struct {
	AsOf     time.Time // when INPS computed it, UTC
	Facts    map[string]string
	Rows     []map[string]string
	Document *Document // nil unless a document belongs to the service
}

// wireQuestion is a question as it travels.
type wireQuestion struct {
	Answers map[string]string `json:"answers,omitempty"`
	Behalf  string            `json:"behalf,omitempty"`
}

// wireAnswer is an answer as it travels.
type wireAnswer struct {
	Subject  string              `json:"subject"`
	AsOf     time.Time           `json:"as_of"`
	Facts    map[string]string   `json:"facts"`
	Rows     []map[string]string `json:"rows"`
	Document *struct {
		ID     string `json:"id"`
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
		Pages  int    `json:"pages"`
	} `json:"document"`
}

// Query asks INPS what it knows for a service, and checks the answer against the
// catalogue before anybody sees it. ErrNothing means that there is nothing, such
// as no certificate of that year.
func (c *Client) Query(ctx context.Context, t Token, s *catalog.Service, q Question) (Answer, error) {
	answer, err := c.query(ctx, t, s, q)
	if err != nil {
		return Answer{}, fmt.Errorf("asking what INPS knows: %w", err)
	}
	return answer, nil
}

func (c *Client) query(ctx context.Context, t Token, s *catalog.Service, q Question) (Answer, error) {
	if !s.Class.Asked() || s.Answer == nil || s.Answer.View != "" {
		return Answer{}, fmt.Errorf("service %q is not one that is asked like this", s.ID)
	}
	who, err := t.about(q.Behalf)
	if err != nil {
		return Answer{}, err
	}
	var w wireAnswer
	op := call{name: "query", method: http.MethodPost, path: "/services/" + s.ID + "/query", limit: answerBytes}
	if err := c.read(ctx, t, op, wireQuestion{Answers: q.Answers, Behalf: q.Behalf}, &w); err != nil {
		return Answer{}, err
	}
	if w.Subject != who.Reveal() {
		return Answer{}, errOtherPerson
	}
	answer, wrong := w.read(s.Answer, time.Now())
	if wrong != "" {
		return Answer{}, fmt.Errorf("%w: answer, %s", ErrContract, wrong)
	}
	return answer, nil
}

// read says which rule the answer breaks, without quoting it, or nothing.
func (w wireAnswer) read(shape *catalog.Answer, now time.Time) (a Answer, wrong string) {
	if w.AsOf.IsZero() || w.AsOf.After(now.Add(clockTolerance)) {
		return Answer{}, "of no possible date"
	}
	a.AsOf = w.AsOf.UTC()
	if a.Facts, wrong = readFacts(shape.Facts, w.Facts); wrong != "" {
		return Answer{}, "facts: " + wrong
	}
	if len(w.Rows) > rowsMost {
		return Answer{}, fmt.Sprintf("%d rows", len(w.Rows))
	}
	for i, row := range w.Rows {
		values, wrong := readFacts(shape.Rows, row)
		if wrong != "" {
			return Answer{}, fmt.Sprintf("row %d: %s", i, wrong)
		}
		a.Rows = append(a.Rows, values)
	}
	if (w.Document != nil) != shape.Document {
		return Answer{}, "document missing, or one too many"
	}
	if w.Document == nil {
		return a, ""
	}
	d := Document{ID: w.Document.ID, Size: w.Document.Size, Pages: w.Document.Pages}
	if n, err := hex.Decode(d.SHA256[:], []byte(fitted(w.Document.SHA256))); err != nil || n != len(d.SHA256) {
		return Answer{}, "digest of the document"
	}
	if wrong := d.wrong(); wrong != "" {
		return Answer{}, "document: " + wrong
	}
	a.Document = &d
	return a, ""
}

// fitted is a digest in hexadecimal, or nothing.
func fitted(s string) string {
	if len(s) != hex.EncodedLen(len(Document{}.SHA256)) {
		return ""
	}
	return s
}

// readFacts takes what the catalogue names, and refuses what it does not.
func readFacts(shape []catalog.Fact, values map[string]string) (read map[string]string, wrong string) {
	read = map[string]string{}
	for _, f := range shape {
		v := values[f.Name]
		if !printable(v, valueLongest) || !f.Valid(v) {
			return nil, f.Name
		}
		read[f.Name] = v
	}
	for name := range values {
		if _, known := read[name]; !known {
			return nil, "a name that the catalogue has not"
		}
	}
	return read, ""
}
