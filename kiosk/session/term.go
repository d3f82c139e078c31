package session

import (
	"slices"
	"time"

	"pue/kiosk/catalog"
)

// TermView is a legal term that runs. Nobody is kept from filing after it: whether
// it is really over, INPS decides.
type TermView struct {
	Last time.Time // its last day, of which only the date counts
	// Warn is for how many days before its end the term is near.
	Warn int
	// Verified: somebody stands for the figure it was computed with.
	Verified bool
}

// termOf is the term that runs from these answers, or nil.
func termOf(s *catalog.Service, a catalog.Answers) *TermView {
	last := s.Due(a)
	if last.IsZero() {
		return nil
	}
	return &TermView{Last: last, Warn: s.Deadline.Warn, Verified: s.Laws[s.Deadline.Law].Verified()}
}

// receiver is who is to get the submission.
func (r *Request) receiver() string {
	if r.Service == nil {
		return catalog.INPS
	}
	return r.Service.Destination
}

// term is the term of a submission, or nil.
func (r *Request) term() *TermView {
	if r.Term.IsZero() {
		return nil
	}
	v := &TermView{Last: r.Term} // for a service no longer offered nobody stands
	if r.Service != nil && r.Service.Deadline != nil {
		v.Warn, v.Verified = r.Service.Deadline.Warn, r.Service.Laws[r.Service.Deadline.Law].Verified()
	}
	return v
}

// term is shown where the date is asked that it runs from, and on the page after.
func (d *draft) term() *TermView {
	if d.Service.Deadline == nil {
		return nil
	}
	asked, i := d.asked(), d.at()
	for _, step := range asked[max(0, i-1) : i+1] {
		if slices.ContainsFunc(step.Fields, func(f catalog.Field) bool { return f.Name == d.Service.Deadline.From }) {
			return termOf(d.Service, d.Answers)
		}
	}
	return nil
}
