package catalog

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"pue/kiosk/messages"
)

// Check judges the answers to one step. What a person typed goes in, in a, with
// the canonical answers of other steps beside it; out come the canonical answers
// of this step alone, and the problems of those fields that have none. A field
// that was left empty, and may be, comes out as "".
//
// Today is any moment of the present day; the day is Italy's.
func (s *Service) Check(step Step, a Answers, today time.Time) (Answers, Problems) {
	canonical, problems := Answers{}, Problems{}
	for _, f := range step.Fields {
		answer, problem := f.check(a[f.Name])
		if problem == "" && answer != "" {
			earlier := canonical[f.After]
			if !step.asks(f.After) {
				earlier = a[f.After]
			}
			problem = cmp.Or(f.checkOrder(answer, earlier, today), f.checkUnique(answer, a))
		}
		if problem != "" {
			problems[f.Name] = f.problemKey(problem)
			continue
		}
		canonical[f.Name] = answer
	}
	return canonical, problems
}

// problemKey is the message of a problem. What is wrong with the only answer
// that would do, the service says in its own words.
func (f Field) problemKey(problem string) string {
	if problem == "must" {
		return f.service.Key(f.Name, "must")
	}
	return "problem." + problem
}

// Unanswered finds the first step that is asked and whose answers do not pass,
// if there is one. Answers are whole, and may be confirmed, when there is none.
func (s *Service) Unanswered(a Answers, today time.Time) (Step, bool) {
	for _, step := range s.Applicable(a) {
		if _, problems := s.Check(step, a, today); len(problems) > 0 {
			return step, true
		}
	}
	return Step{}, false
}

// Asked is a without the answers to steps that are no longer asked, and without
// empty ones: what is reviewed and what is sent.
func (s *Service) Asked(a Answers) Answers {
	asked := Answers{}
	for _, step := range s.Applicable(a) {
		for _, f := range step.Fields {
			if v := a[f.Name]; v != "" {
				asked[f.Name] = v
			}
		}
	}
	return asked
}

// check judges one answer by itself: its canonical form, or a problem.
func (f Field) check(typed string) (answer, problem string) {
	typed = strings.Join(strings.Fields(typed), " ")
	if typed == "" {
		if f.Optional {
			return "", ""
		}
		return "", "required"
	}
	if len(typed) > longest {
		return "", "too-long"
	}
	return checks[f.Kind](f, typed)
}

// longest is more bytes than any answer needs, so that no rule has to think of
// a megabyte.
const longest = 1000

// checkOrder judges a day, month or year against today and against the one it
// must follow. The same day is in order: work may last one day.
func (f Field) checkOrder(iso, after string, today time.Time) (problem string) {
	now := today.In(messages.Italy).Format(time.DateOnly)
	now = now[:min(len(iso), len(now))]
	switch {
	case f.NotFuture && iso > now:
		return "date-future"
	case f.NotPast && iso < now:
		return "date-past"
	case after != "" && iso < after:
		return "date-order"
	}
	return ""
}

// checkUnique judges an answer against those of the other rounds of its step.
func (f Field) checkUnique(answer string, a Answers) (problem string) {
	if !f.Unique {
		return ""
	}
	for name, other := range a {
		if base, n := round(name); n > 0 && base == f.Base() && name != f.Name && other == answer {
			return "twice"
		}
	}
	return ""
}

// Answers are about a person: what prints them by accident prints their number.

// String implements [fmt.Stringer] without the answers.
func (a Answers) String() string { return fmt.Sprintf("%d answers", len(a)) }

// GoString implements [fmt.GoStringer] without the answers.
func (a Answers) GoString() string { return a.String() }

// LogValue implements [slog.LogValuer] without the answers.
func (a Answers) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Clone returns a copy that shares nothing with a.
func (a Answers) Clone() Answers { return maps.Clone(a) }
