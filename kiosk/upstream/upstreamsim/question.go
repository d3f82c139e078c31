package upstreamsim

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"
)

const questionLargest = 64 << 10 // bytes

// question is what a citizen wants to know: the fields of the catalogue, and by
// which delegation it is another's matter.
type question struct {
	Answers map[string]string `json:"answers"`
	Behalf  string            `json:"behalf"`
}

// readQuestion returns the question, who asks and whom it is about, or answers.
func (s *Server) readQuestion(w http.ResponseWriter, r *http.Request) (q question, g grant, about string, ok bool) {
	g, ok = s.bearer(w, r)
	if !ok {
		return question{}, grant{}, "", false
	}
	if !readJSON(w, r, &q) {
		return question{}, grant{}, "", false
	}
	if len(q.Answers) > 100 {
		refuse(w, http.StatusBadRequest, "question", "more answers than any service asks for")
		return question{}, grant{}, "", false
	}
	for name, v := range q.Answers {
		if !answerForm.MatchString(name) || len(v) > answerLongest {
			refuse(w, http.StatusBadRequest, "question", "answers of no possible form")
			return question{}, grant{}, "", false
		}
	}
	if q.Behalf == "" {
		return q, g, s.someoneElse(g.subject), true
	}
	d, known := s.delegation(g.subject, q.Behalf, time.Now())
	if !known {
		refuse(w, http.StatusUnprocessableEntity, "delegation", "there is no such delegation, or no longer")
		return question{}, grant{}, "", false
	}
	return q, g, s.someoneElse(d.TaxCode), true
}

// readJSON decodes a body in which nothing unknown may stand.
func readJSON(w http.ResponseWriter, r *http.Request, out any) bool {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "media-type", "JSON is expected")
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, questionLargest))
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err != nil || d.Decode(out) != nil || d.More() {
		refuse(w, http.StatusBadRequest, "question", "the question cannot be read")
		return false
	}
	return true
}
