package catalog

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// The files of testdata/whole hold, for one service each, what a citizen could
// have answered, in canonical form.
const whole = "testdata/whole"

func wholeAnswers(t *testing.T, dir, id string) Answers {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(dir, id+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	a := Answers{}
	if err := yaml.Unmarshal(src, &a); err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return a
}

// A service whose questions nobody can answer would be found out by a citizen.
func TestEachServiceCanBeAnsweredWhole(t *testing.T) {
	c := builtIn(t)
	for _, s := range c.Services() {
		if len(s.Steps) > 0 {
			t.Run(s.ID, func(t *testing.T) { answerWhole(t, s, wholeAnswers(t, whole, s.ID)) })
		}
	}
	files, err := filepath.Glob(filepath.Join(whole, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, ok := c.Service(strings.TrimSuffix(filepath.Base(file), ".yaml")); !ok {
			t.Errorf("%s: there is no such service", file)
		}
	}
}

// answerWhole walks the service with canonical answers, which must pass as they
// are, and none of which is left over.
func answerWhole(t *testing.T, s *Service, a Answers) {
	t.Helper()
	canonical := Answers{}
	for _, step := range s.Applicable(a) {
		answers, problems := s.Check(step, a, today)
		for field, problem := range problems {
			t.Errorf("%s: %s: %s", s.ID, field, problem)
		}
		maps.Copy(canonical, answers)
	}
	if diff := cmp.Diff(map[string]string(a), map[string]string(s.Asked(canonical))); diff != "" {
		t.Errorf("%s: -given +asked\n%s", s.ID, diff)
	}
	if step, open := s.Unanswered(a, today); open {
		t.Errorf("%s: the step %s is unanswered", s.ID, step.ID)
	}
}
