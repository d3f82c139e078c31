package catalog

import (
	"slices"
	"strconv"
	"strings"
)

// another is what the name of the question ends in that asks, after each answer
// to a repeated step, whether there is one more.
const another = "_altro"

// Applicable lists the steps that are asked, given the answers so far.
//
// A repeated step "figli" is listed as "figli.1", "figli.2", …, and its fields
// are called so too. Behind each but the last possible one stands a step
// "figli_altro.1" with one field of that name: is there one more?
//
// An answer to a question that is no longer asked decides nothing: who goes back
// and answers another way leaves no questions behind.
func (s *Service) Applicable(a Answers) []Step {
	var steps []Step
	heard := Answers{}
	for _, step := range s.Steps {
		if !s.holds(step.When, heard) {
			continue
		}
		for _, round := range step.rounds(a) {
			steps = append(steps, round)
			for _, f := range round.Fields {
				heard[f.Name] = a[f.Name]
			}
		}
	}
	return steps
}

// rounds are the step itself, or those of its rounds that were asked for.
func (step Step) rounds(a Answers) []Step {
	if step.Repeat == 0 {
		return []Step{step}
	}
	return step.turns(a)
}

// turns are the rounds of a repeated step that were asked for.
func (step Step) turns(a Answers) []Step {
	var steps []Step
	for n := 1; n <= step.Repeat; n++ {
		steps = append(steps, step.turn(n))
		if n == step.Repeat {
			break
		}
		again := step.again(n)
		steps = append(steps, again)
		if a[again.ID] != "yes" {
			break
		}
	}
	return steps
}

// turn is the nth round of a repeated step.
func (step Step) turn(n int) Step {
	round := step
	round.ID, round.Repeat = numbered(step.ID, n), 0
	round.Fields = slices.Clone(step.Fields)
	for i, f := range round.Fields {
		round.Fields[i].Name = numbered(f.Name, n)
		if step.asks(f.After) {
			round.Fields[i].After = numbered(f.After, n)
		}
		if step.asks(f.Born) {
			round.Fields[i].Born = numbered(f.Born, n)
		}
	}
	return round
}

// again asks after the nth round whether there is one more.
func (step Step) again(n int) Step {
	name := numbered(step.ID+another, n)
	return Step{ID: name, Fields: []Field{{Name: name, Kind: YesNo, service: step.Fields[0].service}}}
}

// Again reports whether the step only asks whether there is one more round.
func (step Step) Again() bool { return strings.HasSuffix(step.Base(), another) && step.Round() > 0 }

// asks reports whether the field is one of the step's own.
func (step Step) asks(field string) bool {
	return slices.ContainsFunc(step.Fields, func(f Field) bool { return f.Name == field })
}

// Step finds a step by its id, the rounds of a repeated one too.
func (s *Service) Step(id string) (Step, bool) {
	for _, step := range s.Steps {
		if step.ID == id {
			return step, true
		}
		base, n := round(id)
		switch {
		case n < 1 || n > step.Repeat:
		case base == step.ID:
			return step.turn(n), true
		case base == step.ID+another && n < step.Repeat:
			return step.again(n), true
		}
	}
	return Step{}, false
}

// Field finds a field by its name, those of a repeated step too, with and
// without their number.
func (s *Service) Field(name string) (Field, bool) {
	base, n := round(name)
	for _, step := range s.Steps {
		for _, f := range step.Fields {
			switch {
			case f.Name == name:
				return f, true
			case f.Name == base && n >= 1 && n <= step.Repeat:
				return step.turn(n).field(name)
			}
		}
		if base == step.ID+another && n >= 1 && n < step.Repeat {
			return step.again(n).Fields[0], true
		}
	}
	return Field{}, false
}

func (step Step) field(name string) (Field, bool) {
	i := slices.IndexFunc(step.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return step.Fields[i], true
}

// Base is the name without the number of a round: the same for each child.
func (f Field) Base() string {
	base, _ := round(f.Name)
	return base
}

// Base is the id without the number of a round.
func (step Step) Base() string {
	base, _ := round(step.ID)
	return base
}

// Round is the number of the round of a repeated step, or 0.
func (step Step) Round() int {
	_, n := round(step.ID)
	return n
}

func numbered(name string, n int) string { return name + "." + strconv.Itoa(n) }

// round cuts "cf.2" into "cf" and 2. A name without a number has the round 0.
func round(name string) (base string, n int) {
	base, number, found := strings.Cut(name, ".")
	if !found {
		return name, 0
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number {
		return name, 0
	}
	return base, n
}

// DocumentsFor lists the documents that belong to these answers.
func (s *Service) DocumentsFor(a Answers) []Document {
	var documents []Document
	asked := s.Asked(a)
	for _, d := range s.Documents {
		if s.holds(d.When, asked) {
			documents = append(documents, d)
		}
	}
	return documents
}

// holds judges a condition by the answers to questions that are asked.
func (s *Service) holds(when string, a Answers) bool {
	if when == "" {
		return true
	}
	field, values := condition(when)
	for name, answer := range a {
		if base, _ := round(name); base == field && chosen(answer, values) {
			return true
		}
	}
	return false
}

// chosen reports whether an answer, of one choice or several, is among values.
func chosen(answer string, values []string) bool {
	return slices.ContainsFunc(strings.Split(answer, ","), func(v string) bool { return slices.Contains(values, v) })
}

// condition splits "field=a|b" into the field and the answers it waits for.
func condition(when string) (field string, values []string) {
	field, alternatives, _ := strings.Cut(when, "=")
	return field, strings.Split(alternatives, "|")
}
