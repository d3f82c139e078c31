package ui

import (
	"fmt"
	"slices"
	"strings"

	"pue/kiosk/catalog"
	"pue/kiosk/session"
)

// form tells of the questions.
func (t *teller) form() {
	naspi := service(t.tb, "naspi")
	t.add("ask-drop", inside(session.AskDrop))
	t.add("preparing", inside(session.Preparing))
	for i, step := range naspi.Steps {
		t.add("form-"+step.ID, with(inside(session.Form), func(s *session.Snapshot) {
			s.Form = &session.FormView{
				Service: naspi, Step: step, Number: i + 1, Of: len(naspi.Steps), Answers: catalog.Answers{},
				Resumed: i == 0,
			}
		}))
	}
	t.add("form-filled", with(inside(session.Form), func(s *session.Snapshot) {
		s.Form = &session.FormView{Service: naspi, Step: naspi.Steps[9], Number: 10, Of: 13, Answers: answers}
	}))
	t.add("form-problems", with(inside(session.Form), func(s *session.Snapshot) {
		s.Helper = "Olga R."
		s.Form = &session.FormView{
			Service: naspi, Step: naspi.Steps[2], Number: 3, Of: 13,
			Answers:  catalog.Answers{"indirizzo": "Via dei Castagni 112/B", "cap": "391"},
			Problems: catalog.Problems{"comune": "problem.required", "cap": "problem.cap", "provincia": "problem.province"},
		}
	}))
	for _, id := range []string{"auu", "bonus-nido", "assegno-maternita", "ap70"} {
		one := service(t.tb, id)
		for _, step := range one.Steps {
			if !boxed(step) && step.Repeat == 0 {
				continue
			}
			if step.Repeat > 0 {
				step, _ = one.Step(step.ID + ".2")
			}
			t.add("form-"+id+"-"+step.ID, with(inside(session.Form), func(s *session.Snapshot) {
				s.Form = &session.FormView{Service: one, Step: step, Number: 4, Of: 19, Answers: catalog.Answers{}}
				for _, f := range step.Fields {
					if f.Kind == catalog.Multi {
						s.Form.Answers[f.Name] = strings.Join(f.Choices[:2], ",")
					}
				}
			}))
		}
	}
	nursery := service(t.tb, "bonus-nido")
	where, _ := nursery.Field("nido_comune")
	t.add("form-comune", with(inside(session.Form), func(s *session.Snapshot) {
		i := slices.IndexFunc(nursery.Steps, func(step catalog.Step) bool {
			return slices.ContainsFunc(step.Fields, func(f catalog.Field) bool { return f.Name == where.Name })
		})
		s.Form = &session.FormView{
			Service: nursery, Step: nursery.Steps[i], Number: 4, Of: 14,
			Answers: catalog.Answers{where.Name: "San"}, Problems: catalog.Problems{where.Name: "problem.comune"},
		}
	}))
	children := catalog.Answers{
		"figlio_cf.1": "BNCMRA22A41X999A", "figlio_convivente.1": "yes", "figlio_altro.1": "yes",
		"figlio_cf.2": "BNCMRA22A41X999A", "figlio_convivente.2": "no", "figlio_altro.2": "no",
	}
	auu := service(t.tb, "auu")
	for page := 1; page <= 2; page++ {
		t.add(fmt.Sprintf("review-auu-%d", page), with(inside(session.Review), func(s *session.Snapshot) {
			s.Review = &session.ReviewView{Service: auu, Steps: auu.Applicable(children), Answers: children, Page: page, Unasked: true}
		}))
	}
}

// review tells of the look back before the signature, and of the signature.
func (t *teller) review() {
	naspi := service(t.tb, "naspi")
	term := &session.TermView{Last: naspi.Due(answers), Warn: 14}
	review := &session.ReviewView{
		Service: naspi, Steps: naspi.Steps, Answers: answers, Term: term, Unasked: true,
	}
	t.all = append(t.all, paperStories(t.tb)...)
	t.add("review", with(inside(session.Review), func(s *session.Snapshot) { s.Review = review }))
	t.add("review-not-stored", with(inside(session.Review), func(s *session.Snapshot) {
		s.Review, s.Fault, s.Line = review, fault(session.FaultStorage), false
	}))
	t.add("review-helped", with(inside(session.Review), func(s *session.Snapshot) {
		s.Review, s.Helper, s.Line = review, "Olga R.", false
	}))
	t.add("review-unknown", with(inside(session.Review), func(s *session.Snapshot) {
		s.Review, s.Fault, s.Line = review, fault(session.FaultUnknown), false
	}))
	for _, outlook := range []session.Outlook{session.LowPaper, session.NoPaper} {
		doubted := *review
		doubted.Paper = outlook
		t.add("review-paper-"+string(outlook), with(inside(session.Review), func(s *session.Snapshot) { s.Review = &doubted }))
		t.add("review-paper-"+string(outlook)+"-helped", with(inside(session.Review), func(s *session.Snapshot) { s.Review, s.Line, s.Helper = &doubted, false, "Olga R." }))
		t.add("review-paper-"+string(outlook)+"-no-line", with(inside(session.Review), func(s *session.Snapshot) { s.Review, s.Line = &doubted, false }))
	}
	replacing := *review
	replacing.Replaces = "PUE-0421-7K3F-9M2X-4QPAT"
	t.add("review-replaces", with(inside(session.Review), func(s *session.Snapshot) { s.Review = &replacing }))
	over := *review
	over.Term = &session.TermView{Last: morning.AddDate(-1, 0, 0), Warn: 14}
	t.add("review-over", with(inside(session.Review), func(s *session.Snapshot) { s.Review = &over }))
	t.add("form-term", with(inside(session.Form), func(s *session.Snapshot) {
		step, _ := naspi.Step("periodo")
		s.Form = &session.FormView{Service: naspi, Step: step, Number: 6, Of: 11, Answers: answers, Term: over.Term}
	}))
	t.add("sign-pin", with(pad(session.SignPIN, session.Keypad{Typed: 5, Min: 5, Max: 8, Left: -1}), func(s *session.Snapshot) {
		s.InSession, s.Line = true, false
	}))
	t.add("saving", inside(session.Saving))
}
