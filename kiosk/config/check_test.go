package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

const example = "../../config.example.yaml"

func read(t testing.TB, path string) []byte {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// written is a Check's result as a technician reads it.
func written(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

func TestEachBadFileIsExplainedAsInItsGoldenText(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no bad files", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			problems := Check(filepath.Base(file), read(t, file))
			for _, p := range problems {
				if p.File == "" || p.Line < 1 || p.Column < 1 || p.What == "" || p.Allowed == "" {
					t.Errorf("a problem without place or words: %#v", p)
				}
			}
			got, golden := written(problems), strings.TrimSuffix(file, "yaml")+"txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(read(t, golden)), got); diff != "" {
				t.Error(diff)
			}
			if got == "" {
				t.Error("a bad file has no problem")
			}
		})
	}
}

func TestASecretKeyMustNotBeReadableByEverybody(t *testing.T) {
	file := filepath.Join(t.TempDir(), "terminal.key")
	src := strings.Replace(string(read(t, example)), "/etc/pue/inps/terminal.key", file, 1)
	if got := written(Check("c.yaml", []byte(src))); got != "" {
		t.Errorf("a key that is not there yet: %s", got)
	}
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o602: true} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		got := written(Check("c.yaml", []byte(src)))
		if strings.Contains(got, "inps.key: ") != want {
			t.Errorf("mode %o: %q", mode, got)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(read(f, example))
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		problems := Check("c.yaml", src)
		lines := 1 // all that YAML 1.1 §4.2 takes for the end of one
		for _, end := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
			lines += strings.Count(string(src), end)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Line > lines || p.Column < 1 {
				t.Errorf("no such place: %v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		if _, err := merge(src); err != nil {
			t.Errorf("accepted, and cannot be merged: %v", err)
		}
	})
}
