// Command tally reads what go test -json says and gives a verdict on it: it
// shows what failed, counts, and does not accept a test that was skipped unless
// a committed list names it together with a probe proving it impossible here.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	skips := flag.String("skips", "", "file with the tests that may be skipped")
	counts := flag.String("counts", "", "file that receives the numbers of passed and failed tests")
	flag.Parse()
	ok, err := run(os.Stdin, os.Stdout, *skips, *counts)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
	}
	if !ok || err != nil {
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, skips, counts string) (bool, error) {
	allowed, err := readSkips(skips)
	if err != nil {
		return false, err
	}
	t := tally{running: map[test]bool{}, output: map[test]*strings.Builder{}}
	if err := t.read(in); err != nil {
		return false, err
	}
	t.judgeSkips(allowed, impossible)
	t.report(out)
	if counts != "" {
		if err := os.WriteFile(counts, fmt.Appendf(nil, "%d %d\n", t.passed, len(t.failed)), 0o600); err != nil {
			return false, fmt.Errorf("writing the counts: %w", err)
		}
	}
	return len(t.failed) == 0 && t.passed > 0, nil
}

// test names one test, or with an empty Name its package as a whole.
type test struct{ Package, Name string }

func (t test) String() string { return strings.Trim(t.Package+"."+t.Name, ".") }

// event is a line of go test -json (go doc test2json).
type event struct {
	Action, Package, ImportPath, Test, Output string
}

type tally struct {
	passed  int
	failed  []test
	skipped []test
	running map[test]bool // begun and not ended
	output  map[test]*strings.Builder
}

func (t *tally) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			e = event{Action: "output", Output: lines.Text() + "\n"} // the go command itself, on its stderr
		}
		t.take(e)
	}
	return lines.Err()
}

func (t *tally) take(e event) {
	who := test{cmp.Or(e.Package, e.ImportPath), e.Test}
	if e.Action == "pass" || e.Action == "fail" || e.Action == "skip" {
		delete(t.running, who)
	}
	switch e.Action {
	case "run":
		t.running[who] = true
	case "output", "build-output":
		if t.output[who] == nil {
			t.output[who] = &strings.Builder{}
		}
		t.output[who].WriteString(e.Output)
	case "pass":
		if who.Name != "" {
			t.passed++
		}
	case "fail", "build-fail":
		t.failed = append(t.failed, who)
		if who.Name == "" {
			t.unfinished(who.Package)
		}
	case "skip":
		if who.Name != "" { // a package without tests is "skipped" too
			t.skipped = append(t.skipped, who)
		}
	}
}

// unfinished fails what was running when its package ended: at a panic, or when the time
// was up. What a test binary says at such an end is said in the name of one of them.
func (t *tally) unfinished(pkg string) {
	all := slices.SortedFunc(maps.Keys(t.running), func(a, b test) int { return strings.Compare(a.Name, b.Name) })
	for _, who := range all {
		if who.Package == pkg {
			t.fail(who, "did not end")
			delete(t.running, who)
		}
	}
}

// judgeSkips turns every skip into a failure for which there is no proof that
// the test is impossible.
func (t *tally) judgeSkips(allowed map[string]string, impossible func(probe string) error) {
	for _, who := range t.skipped {
		probe, listed := allowed[who.String()]
		if !listed {
			t.fail(who, "skipped, and not on the list of tests that may be")
		} else if err := impossible(probe); err != nil {
			t.fail(who, fmt.Sprintf("skipped, but the probe %q says that it is possible: %v", probe, err))
		}
	}
}

func (t *tally) fail(who test, why string) {
	t.take(event{Action: "output", Package: who.Package, Test: who.Name, Output: why + "\n"})
	t.failed = append(t.failed, who)
}

// report shows the failures, each with what it said. A package that failed only
// because a test of it did is not counted once more.
func (t *tally) report(out io.Writer) {
	t.failed = slices.DeleteFunc(t.failed, func(who test) bool {
		return who.Name == "" && slices.ContainsFunc(t.failed, func(o test) bool {
			return o.Name != "" && (who.Package == "" || o.Package == who.Package)
		})
	})
	if len(t.failed) > 1 { // the bare verdict of the go command adds nothing to a named one
		t.failed = slices.DeleteFunc(t.failed, func(who test) bool { return who == test{} })
	}
	for _, who := range t.failed {
		fmt.Fprintf(out, "FAILED %s\n", who)
		if said := t.output[who]; said != nil {
			fmt.Fprint(out, said)
		}
	}
}

// readSkips reads "PACKAGE.TEST probe command" lines.
func readSkips(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	list, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the list of skips: %w", err)
	}
	allowed := map[string]string{}
	for line := range strings.Lines(string(list)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, probe, ok := strings.Cut(line, " ")
		if !ok {
			return nil, fmt.Errorf("reading the list of skips: %q has no probe", name)
		}
		allowed[name] = strings.TrimSpace(probe)
	}
	return allowed, nil
}

// impossible runs a probe; success means that the test cannot run here.
func impossible(probe string) error {
	out, err := exec.Command("sh", "-c", probe).CombinedOutput()
	if err != nil && len(out) > 0 {
		return errors.New(strings.TrimSpace(string(out)))
	}
	return err
}
