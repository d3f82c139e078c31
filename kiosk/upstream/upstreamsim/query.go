package upstreamsim

import (
	"net/http"
	"time"
)

// Answer is what the archive says to a question.
type Answer struct {
	Facts map[string]string
	Rows  []map[string]string
	// Title heads the PDF that goes with it; empty: none does.
	Title string
}

// SetAnswer makes the archive give this answer for a service to everybody, and
// so know a service that it did not know; nil takes it back.
func (s *Server) SetAnswer(service string, a *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		s.set = map[string]*Answer{}
	}
	s.set[service] = a
}

func (s *Server) answerSet(service string) *Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set[service]
}

func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	q, g, about, ok := s.readQuestion(w, r)
	if !ok {
		return
	}
	now := time.Now()
	a, found := s.lookUp(r.PathValue("service"), s.citizen(about, now), q.Answers)
	if !found {
		refuse(w, http.StatusNotFound, "not-known", "nothing of the kind in the archive")
		return
	}
	body := map[string]any{
		"subject": about, "as_of": now.UTC().Truncate(time.Second), "facts": a.Facts, "rows": a.Rows,
	}
	if a.Title != "" {
		doc, err := s.print(a, s.citizen(about, now), g, r)
		if err != nil {
			s.log.Error("document not made", "err", err)
			refuse(w, http.StatusInternalServerError, "ledger", "the document could not be made")
			return
		}
		body["document"] = doc
	}
	reply(w, http.StatusOK, body)
}

// lookUp asks the archive, unless a test has said what it answers.
func (s *Server) lookUp(service string, c citizen, asked map[string]string) (Answer, bool) {
	if a := s.answerSet(service); a != nil {
		return *a, true
	}
	drawer, known := archive[service]
	if !known {
		return Answer{}, false
	}
	a, found := drawer(s, c, asked)
	if a.Facts == nil {
		a.Facts = map[string]string{}
	}
	if a.Rows == nil {
		a.Rows = []map[string]string{} // the contract has empty lists, never null
	}
	return a, found
}

// print makes the PDF and keeps it for the one who asked.
func (s *Server) print(a Answer, c citizen, g grant, r *http.Request) (wirePaper, error) {
	pdf, pages, err := makePDF(a, c)
	if err != nil {
		return wirePaper{}, err
	}
	now := time.Now()
	doc := paper{pdf: pdf, subject: g.subject, device: thumbprint(device(r)), until: now.Add(paperLife)}
	return s.papers.keep(doc, pages, now), nil
}
