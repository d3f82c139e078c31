package faults

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pue/packaging/journeys/traces"
)

// TestWhatALongRunLeavesBehindIsSearchedForWhatWasInIt is a shorter run of the
// same kind as the one that counts, and the search of what it left. That one is
// searched as well.
func TestWhatALongRunLeavesBehindIsSearchedForWhatWasInIt(t *testing.T) {
	w := newWorld(t)
	w.live(t, 300)
	w.wantNoTrace(t) // while some of it still waits
	w.finish(t)
	w.wantNoTrace(t)
}

// visible are words that a place is known to hold, which must be there to be searched.
var visible = map[string]string{"pue.db": "submission-stored", "terminal.log": "submission filed"}

// wantNoTrace searches all that the terminal wrote, in all its lives, for what
// was in the submissions.
func (w *world) wantNoTrace(t *testing.T) {
	t.Helper()
	places := map[string][]byte{}
	err := filepath.WalkDir(filepath.Dir(w.dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			places[filepath.Base(path)], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for place, word := range visible {
		if !bytes.Contains(places[place], []byte(word)) {
			t.Errorf("%q is not in %s: it is not what was to be searched", word, place)
		}
	}
	values, err := secrets()
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range values {
		if err := traces.Prove(traces.Control(value), value); err != nil {
			t.Error(err)
		}
	}
	for name, content := range places {
		place := traces.Look(content)
		for _, value := range values {
			if found := place.Find(value); found != nil {
				t.Errorf("%s holds %q %s", name, value, strings.Join(found, ", "))
			}
		}
	}
	t.Logf("searched for %d values in %v", len(values), slices.Sorted(maps.Keys(places)))
}

// secrets are what must not be found: what the submissions said, and who the
// citizen is.
func secrets() ([]string, error) {
	carla, err := insert("carla")
	if err != nil {
		return nil, err
	}
	subject := carla.Certificate.Subject
	values := append(slices.Collect(maps.Values(planted)), carla.TaxCode.Reveal(), subject.CommonName, service)
	for _, name := range subject.Names {
		if word, ok := name.Value.(string); ok && len(word) > 4 {
			values = append(values, word)
		}
	}
	slices.Sort(values)
	return slices.Compact(values), nil
}

// TestTheDaemonLeavesNoMemoryBehind looks at what pued tells the kernel before it
// does anything else: no core file, and no dump for others of its user.
func TestTheDaemonLeavesNoMemoryBehind(t *testing.T) {
	pued, trace := filepath.Join(t.TempDir(), "pued"), filepath.Join(t.TempDir(), "trace")
	if out, err := exec.Command("go", "build", "-C", "../../..", "-o", pued, "./cmd/pued").CombinedOutput(); err != nil {
		t.Fatalf("building pued: %v\n%s", err, out)
	}
	argv := append(underStrace(t, "-o", trace, "-e", "trace=prctl,prlimit64,setrlimit,openat"), pued, "--config", "/nonexistent/config.yaml")
	exec.Command(argv[0], argv[1:]...).Run() // it ends for want of its configuration
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	before, _, opened := strings.Cut(string(text), "/nonexistent/config.yaml")
	if !opened {
		t.Fatalf("pued did not look for its configuration:\n%s", text)
	}
	for _, call := range []string{"RLIMIT_CORE, {rlim_cur=0, rlim_max=0}", "PR_SET_DUMPABLE, SUID_DUMP_DISABLE"} {
		if !strings.Contains(before, call) {
			t.Errorf("pued reads its configuration without %s before", call)
		}
	}
}
