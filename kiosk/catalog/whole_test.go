package catalog

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// The files of testdata/whole hold, for one service each, what a citizen could
// have answered, in canonical form.
func TestWholeAnswersPassUnchanged(t *testing.T) {
	files, err := filepath.Glob("testdata/whole/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d sets of answers: %v", len(files), err)
	}
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	today := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(id, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			whole := Answers{}
			if err := yaml.Unmarshal(src, &whole); err != nil {
				t.Fatal(err)
			}
			s, ok := c.Service(id)
			if !ok {
				t.Fatal("there is no such service")
			}
			canonical := Answers{}
			for _, step := range s.Applicable(whole) {
				answers, problems := s.Check(step, whole, today)
				for field, problem := range problems {
					t.Errorf("%s: %s", field, problem)
				}
				maps.Copy(canonical, answers)
			}
			if diff := cmp.Diff(map[string]string(whole), map[string]string(s.Asked(canonical))); diff != "" {
				t.Errorf("-given +asked\n%s", diff)
			}
		})
	}
}
