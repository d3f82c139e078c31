package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)
	// A choice stands in conditions and in keys of texts.
	choiceForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)
)

// The most of each that a service may have: more than anybody would answer, and
// little enough that whoever signs nonsense keeps no terminal from starting.
const (
	mostSteps   = 60
	mostFields  = 12 // of one page
	mostChoices = 60
	mostFacts   = 40
	mostThings  = 40 // to bring, to photograph, laws
)

// sound reports the first thing in a service that cannot work.
func (s *Service) sound() error {
	switch {
	case len(s.Steps) > mostSteps, max(len(s.Bring), len(s.Documents), len(s.Laws)) > mostThings:
		return fmt.Errorf("there are more than %d steps, or more than %d things to bring, documents or laws", mostSteps, mostThings)
	case !idForm.MatchString(s.ID):
		return fmt.Errorf("the id %q is not lower case with dashes", s.ID)
	case s.Version < 1:
		return errors.New("the version does not count from 1")
	case !slices.Contains([]Class{Query, Certificate, Application, Booking, Info}, s.Class):
		return fmt.Errorf("the class %q does not exist", s.Class)
	case s.Offline != s.Class.offline():
		return fmt.Errorf("offline is %q, and of this class it is %q", s.Offline, s.Class.offline())
	case s.Auth != ByCard && s.Auth != NoAuth:
		return fmt.Errorf("auth %q does not exist", s.Auth)
	case s.Auth == NoAuth && s.Class != Booking && s.Class != Info:
		return errors.New("who shows no card can book and read, nothing else")
	case s.Destination != INPS && s.Destination != Comune:
		return fmt.Errorf("the destination %q does not exist", s.Destination)
	case strings.TrimSpace(s.Official) == "" || s.Icon == "":
		return errors.New("the official name or the icon is missing")
	case soundWords(s.Official) != nil:
		return fmt.Errorf("the official name: %w", soundWords(s.Official))
	case s.Class.Filed() && len(s.Steps) == 0:
		return errors.New("what is filed has steps")
	case s.Class == Info && len(s.Steps) > 0:
		return errors.New("what is only read has no steps")
	case s.Class != Info && s.Next != "":
		return errors.New("next goes with the class info")
	case s.Class.Asked() != (s.Answer != nil):
		return errors.New("an answer goes with the classes query and certificate")
	case !s.Class.Filed() && len(s.Documents) > 0:
		return errors.New("documents go with what is filed")
	}
	asked, err := s.soundSteps()
	if err != nil {
		return err
	}
	if err := s.soundDocuments(asked); err != nil {
		return err
	}
	if err := s.soundLaws(asked); err != nil {
		return err
	}
	if err := s.Answer.sound(s.Class); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	return s.soundTexts()
}

// offline is what a class leaves without a line.
func (c Class) offline() Offline {
	switch {
	case c.Asked():
		return Never
	case c.Filed():
		return Capture
	}
	return Full
}

// soundSteps checks each step against those before it, and returns all fields.
func (s *Service) soundSteps() (asked map[string]Field, err error) {
	asked = map[string]Field{}
	for i, step := range s.Steps {
		if err := step.sound(asked); err != nil {
			return nil, fmt.Errorf("the step %q: %w", step.ID, err)
		}
		if slices.ContainsFunc(s.Steps[:i], func(other Step) bool { return other.ID == step.ID }) {
			return nil, fmt.Errorf("the step %q stands twice", step.ID)
		}
	}
	for _, step := range s.Steps {
		for _, name := range []string{step.ID, step.ID + another} {
			if _, ok := asked[name]; ok { // both would own service.<id>.<name>.hint
				return nil, fmt.Errorf("the step %q has the name of a field", step.ID)
			}
		}
	}
	return asked, nil
}

// maxRounds is how often a step may be repeated.
const maxRounds = 20

// sound checks a step against the fields asked before it, and adds its own.
func (step Step) sound(asked map[string]Field) error {
	switch {
	case !idForm.MatchString(step.ID) && !nameForm.MatchString(step.ID), len(step.Fields) == 0:
		return errors.New("the id is not lower case with dashes, or there are no fields")
	case len(step.Fields) > mostFields:
		return fmt.Errorf("a page has at most %d fields", mostFields)
	case step.Repeat < 0, step.Repeat == 1, step.Repeat > maxRounds:
		return fmt.Errorf("repeat is from 2 to %d", maxRounds)
	case step.Repeat > 0 && !nameForm.MatchString(step.ID+another):
		return errors.New("a repeated step lends its id to a field: it has underscores, no dashes")
	}
	if err := soundCondition(step.When, asked); err != nil {
		return err
	}
	for _, f := range step.Fields {
		if _, again := asked[f.Name]; again {
			return fmt.Errorf("the field %q stands twice", f.Name)
		}
		if err := f.sound(step, asked); err != nil {
			return fmt.Errorf("the field %q: %w", f.Name, err)
		}
		asked[f.Name] = f
	}
	return nil
}

// soundCondition wants a field asked before, and answers it can have.
func soundCondition(when string, asked map[string]Field) error {
	if when == "" {
		return nil
	}
	name, values := condition(when)
	f, ok := asked[name]
	for _, v := range values {
		if !ok || !slices.Contains(f.Options(), v) {
			return fmt.Errorf("the condition %q can never hold", when)
		}
	}
	return nil
}

// ordered are the kinds whose canonical forms sort as time does.
var ordered = []Kind{Date, Month, Year}

func (f Field) sound(step Step, asked map[string]Field) error {
	choosing := f.Kind == Choice || f.Kind == Multi
	switch {
	case !nameForm.MatchString(f.Name):
		return errors.New("the name is not lower case with underscores")
	case checks[f.Kind] == nil:
		return fmt.Errorf("the kind %q does not exist", f.Kind)
	case choosing != (len(f.Choices) > 1):
		return errors.New("choices go with the kinds choice and multi, two or more")
	case f.Max != 0 && f.Kind != Text && f.Kind != Number || f.Max < 0:
		return errors.New("max goes with the kinds text and number")
	case f.Kind == Text && f.Max > longest/utf8.UTFMax:
		return fmt.Errorf("a text has at most %d characters", longest/utf8.UTFMax)
	case f.Min != 0 && f.Kind != Number, f.Min < 0, f.Min > 0 && f.Max > 0 && f.Min > f.Max:
		return errors.New("min goes with the kind number, and is not above max")
	case f.Must != "" && (f.Kind != YesNo || !slices.Contains(f.Options(), f.Must)):
		return errors.New("must goes with the kind yesno, and is yes or no")
	case (f.NotFuture || f.NotPast || f.After != "") && !slices.Contains(ordered, f.Kind):
		return errors.New("notFuture, notPast and after go with the kinds date, month and year")
	case f.NotFuture && f.NotPast:
		return errors.New("notFuture and notPast leave only today")
	case f.After != "" && (asked[f.After].Kind != f.Kind || !step.hears(asked[f.After])):
		return fmt.Errorf("after names no %s asked before: %q", f.Kind, f.After)
	case f.Unique && step.Repeat == 0:
		return errors.New("unique goes with a step that is repeated")
	case f.Under < 0, f.Under > 0 && f.Kind != TaxCode && f.Kind != Date:
		return errors.New("under goes with the kinds taxcode and date")
	case f.Born != "" && (f.Kind != TaxCode || asked[f.Born].Kind != Date || !step.hears(asked[f.Born])):
		return fmt.Errorf("born goes with the kind taxcode, and names a date asked before: %q", f.Born)
	case f.BornWhen != "" && f.Born == "":
		return errors.New("bornWhen goes with born")
	}
	if err := soundCondition(f.BornWhen, asked); err != nil {
		return err
	}
	return soundChoices(f.Choices)
}

// hears reports whether a rule of the step can follow the field: it is asked once,
// or in the same round.
func (step Step) hears(f Field) bool { return !f.repeated || step.asks(f.Name) }

func soundChoices(choices []string) error {
	if len(choices) > mostChoices {
		return fmt.Errorf("there are more than %d choices", mostChoices)
	}
	for i, v := range choices {
		if !choiceForm.MatchString(v) || slices.Contains(choices[:i], v) {
			return fmt.Errorf("the choice %q is not lower case with underscores, or stands twice", v)
		}
	}
	return nil
}

// maxPages is the longest document that is photographed at a terminal.
const maxPages = 20

func (s *Service) soundDocuments(asked map[string]Field) error {
	for i, d := range s.Documents {
		switch {
		case !nameForm.MatchString(d.ID):
			return fmt.Errorf("the document %q is not lower case with underscores", d.ID)
		case d.Pages < 1 || d.Pages > maxPages:
			return fmt.Errorf("the document %q has %d pages, and may have from 1 to %d", d.ID, d.Pages, maxPages)
		case slices.ContainsFunc(s.Documents[:i], func(other Document) bool { return other.ID == d.ID }):
			return fmt.Errorf("the document %q stands twice", d.ID)
		}
		if err := soundCondition(d.When, asked); err != nil {
			return fmt.Errorf("the document %q: %w", d.ID, err)
		}
	}
	return nil
}

func (s *Service) soundLaws(asked map[string]Field) error {
	for id, law := range s.Laws {
		_, err := time.Parse(time.DateOnly, law.VerifiedOn)
		switch {
		case !nameForm.MatchString(id):
			return fmt.Errorf("the law %q is not lower case with underscores", id)
		case strings.TrimSpace(law.Source) == "":
			return fmt.Errorf("the law %q has no source", id)
		case soundWords(law.Source) != nil:
			return fmt.Errorf("the source of the law %q: %w", id, soundWords(law.Source))
		case (law.VerifiedBy != "") != (law.VerifiedOn != ""), law.VerifiedOn != "" && err != nil:
			return fmt.Errorf("the law %q needs who verified it and on which day, or neither", id)
		}
	}
	return s.Deadline.sound(s.Laws, asked)
}

func (d *Deadline) sound(laws map[string]Law, asked map[string]Field) error {
	if d == nil {
		return nil
	}
	_, known := laws[d.Law]
	switch {
	case asked[d.From].Kind != Date, asked[d.From].Optional, asked[d.From].repeated, d.Days < 0, d.Months < 0, (d.Days > 0) == (d.Months > 0):
		return fmt.Errorf("the deadline does not run from a date, in days or in months: %q", d.From)
	case d.Warn < 0:
		return errors.New("the deadline warns after its end")
	case !known:
		return fmt.Errorf("the deadline names no law of the service: %q", d.Law)
	}
	return nil
}

func (a *Answer) sound(class Class) error {
	switch {
	case a == nil:
		return nil
	case a.View != "" && a.View != Statement:
		return fmt.Errorf("the view %q does not exist", a.View)
	case a.View == "" && len(a.Facts)+len(a.Rows) == 0 && !a.Document:
		return errors.New("it is empty")
	case len(a.Facts)+len(a.Rows) > mostFacts:
		return fmt.Errorf("there are more than %d values", mostFacts)
	case class == Certificate && !a.Document:
		return errors.New("a document belongs to a certificate")
	}
	facts := slices.Concat(a.Facts, a.Rows)
	for i, f := range facts {
		switch {
		case !nameForm.MatchString(f.Name):
			return fmt.Errorf("the name %q is not lower case with underscores", f.Name)
		case checks[f.Kind] == nil:
			return fmt.Errorf("the kind %q does not exist", f.Kind)
		case (f.Kind == Choice) != (len(f.Choices) > 1):
			return fmt.Errorf("%q: choices go with the kind choice, two or more", f.Name)
		case slices.ContainsFunc(facts[:i], func(other Fact) bool { return other.Name == f.Name }):
			return fmt.Errorf("%q stands twice", f.Name)
		}
		if err := soundChoices(f.Choices); err != nil {
			return fmt.Errorf("%q: %w", f.Name, err)
		}
	}
	return nil
}
