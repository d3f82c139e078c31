package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)
)

// sound reports the first thing in a service that cannot work.
func (s *Service) sound() error {
	switch {
	case !idForm.MatchString(s.ID):
		return fmt.Errorf("the id %q is not lower case with dashes", s.ID)
	case s.Version < 1:
		return errors.New("the version does not count from 1")
	case s.Class != Query && s.Class != Application:
		return fmt.Errorf("the class %q does not exist", s.Class)
	case s.Official == "" || s.Icon == "":
		return errors.New("the official name or the icon is missing")
	case (s.Class == Application) != (len(s.Steps) > 0):
		return errors.New("an application has steps, a query has none")
	}
	asked := map[string]Field{}
	for i, step := range s.Steps {
		if err := step.sound(asked); err != nil {
			return fmt.Errorf("the step %q: %w", step.ID, err)
		}
		if slices.ContainsFunc(s.Steps[:i], func(other Step) bool { return other.ID == step.ID }) {
			return fmt.Errorf("the step %q stands twice", step.ID)
		}
	}
	for _, step := range s.Steps {
		if _, ok := asked[step.ID]; ok { // both would own service.<id>.<name>.hint
			return fmt.Errorf("the step %q has the name of a field", step.ID)
		}
	}
	if s.Deadline != nil && (asked[s.Deadline.From].Kind != Date || s.Deadline.Days < 1) {
		return fmt.Errorf("the deadline does not run from a date: %q", s.Deadline.From)
	}
	return nil
}

// sound checks a step against the fields asked before it, and adds its own.
func (step Step) sound(asked map[string]Field) error {
	if !idForm.MatchString(step.ID) || len(step.Fields) == 0 {
		return errors.New("the id is not lower case with dashes, or there are no fields")
	}
	if step.When != "" {
		field, value, _ := step.condition()
		if f, ok := asked[field]; !ok || !slices.Contains(f.Options(), value) {
			return fmt.Errorf("the condition %q can never hold", step.When)
		}
	}
	for _, f := range step.Fields {
		if _, again := asked[f.Name]; again {
			return fmt.Errorf("the field %q stands twice", f.Name)
		}
		if err := f.sound(asked); err != nil {
			return fmt.Errorf("the field %q: %w", f.Name, err)
		}
		asked[f.Name] = f
	}
	return nil
}

func (f Field) sound(asked map[string]Field) error {
	switch {
	case !nameForm.MatchString(f.Name):
		return errors.New("the name is not lower case with underscores")
	case checks[f.Kind] == nil:
		return fmt.Errorf("the kind %q does not exist", f.Kind)
	case (f.Kind == Choice) != (len(f.Choices) > 1):
		return errors.New("choices go with the kind choice, two or more")
	case f.Max != 0 && f.Kind != Text || f.Max < 0:
		return errors.New("max goes with the kind text")
	case f.Must != "" && (f.Kind != YesNo || !slices.Contains(f.Options(), f.Must)):
		return errors.New("must goes with the kind yesno, and is yes or no")
	case (f.NotFuture || f.After != "") && f.Kind != Date:
		return errors.New("notFuture and after go with the kind date")
	case f.After != "" && asked[f.After].Kind != Date:
		return fmt.Errorf("after names no date asked before: %q", f.After)
	}
	return nil
}
