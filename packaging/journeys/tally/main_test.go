package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func lines(events ...string) *strings.Reader {
	return strings.NewReader(strings.Join(events, "\n") + "\n")
}

const (
	runA    = `{"Action":"run","Package":"pue/a","Test":"TestA"}`
	runB    = `{"Action":"run","Package":"pue/a","Test":"TestB"}`
	passA   = `{"Action":"pass","Package":"pue/a","Test":"TestA"}`
	failB   = `{"Action":"fail","Package":"pue/a","Test":"TestB"}`
	failPkg = `{"Action":"fail","Package":"pue/a"}`
	skipC   = `{"Action":"skip","Package":"pue/a","Test":"TestC"}`
	noTests = `{"Action":"skip","Package":"pue/empty"}`
	broken  = `{"Action":"build-fail","ImportPath":"pue/b"}`
	bareEnd = `{"Action":"fail"}`
)

func TestAVerdictIsGivenOnEveryKindOfRun(t *testing.T) {
	for name, c := range map[string]struct {
		in     *strings.Reader
		ok     bool
		counts string
	}{
		"all pass":                      {lines(passA, noTests), true, "1 0\n"},
		"one fails, and so its package": {lines(passA, failB, failPkg, bareEnd), false, "1 1\n"},
		"a package does not build":      {lines(passA, broken, bareEnd), false, "1 1\n"},
		"a package fails by itself":     {lines(passA, failPkg), false, "1 1\n"},
		"one does not end":              {lines(runA, passA, runB, failPkg, bareEnd), false, "1 1\n"},
		"one is skipped":                {lines(passA, skipC), false, "1 1\n"},
		"go itself fails":               {lines("go: no such flag", bareEnd), false, "0 1\n"},
		"nothing was run":               {lines(noTests), false, "0 0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			counts := filepath.Join(t.TempDir(), "counts")
			var out strings.Builder
			ok, err := run(c.in, &out, "", counts)
			if err != nil || ok != c.ok {
				t.Errorf("verdict %v, %v; want %v", ok, err, c.ok)
			}
			if got, _ := os.ReadFile(counts); string(got) != c.counts {
				t.Errorf("counts %q, want %q", got, c.counts)
			}
		})
	}
}

func TestWhatAFailedTestSaidIsShownAndNothingElse(t *testing.T) {
	var out strings.Builder
	_, err := run(lines(
		`{"Action":"output","Package":"pue/a","Test":"TestA","Output":"all is well\n"}`, passA,
		`{"Action":"output","Package":"pue/a","Test":"TestB","Output":"want 2, have 3\n"}`, failB,
	), &out, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if want := "FAILED pue/a.TestB\nwant 2, have 3\n"; out.String() != want {
		t.Errorf("shown:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestWhatATestSaidThatDidNotEndIsShown(t *testing.T) {
	var out strings.Builder
	_, err := run(lines(runA, passA, runB,
		`{"Action":"output","Package":"pue/a","Test":"TestB","Output":"panic: test timed out after 10m0s\n"}`,
		`{"Action":"output","Package":"pue/a","Output":"FAIL\tpue/a\t600.1s\n"}`, failPkg, bareEnd,
	), &out, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if want := "FAILED pue/a.TestB\npanic: test timed out after 10m0s\ndid not end\n"; out.String() != want {
		t.Errorf("shown:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestASkipIsAcceptedOnlyWithAProbeThatHolds(t *testing.T) {
	for name, c := range map[string]struct {
		allowed map[string]string
		probe   error
		failed  int
	}{
		"not listed":             {nil, nil, 1},
		"listed, impossible":     {map[string]string{"pue/a.TestC": "x"}, nil, 0},
		"listed, yet possible":   {map[string]string{"pue/a.TestC": "x"}, errors.New("exit 1"), 1},
		"another one is listed":  {map[string]string{"pue/a.TestD": "x"}, nil, 1},
		"the package is, not it": {map[string]string{"pue/a": "x"}, nil, 1},
	} {
		tt := tally{running: map[test]bool{}, output: map[test]*strings.Builder{}, skipped: []test{{"pue/a", "TestC"}}}
		tt.judgeSkips(c.allowed, func(string) error { return c.probe })
		if len(tt.failed) != c.failed {
			t.Errorf("%s: %d failures, want %d", name, len(tt.failed), c.failed)
		}
	}
}

func TestTheListOfSkipsMustNameProbes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "skips")
	if err := os.WriteFile(path, []byte("# why\n\npue/a.TestC test ! -e /dev/kvm\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readSkips(path)
	if err != nil || got["pue/a.TestC"] != "test ! -e /dev/kvm" {
		t.Errorf("read %q, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("pue/a.TestC\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readSkips(path); err == nil {
		t.Error("a skip without a probe was accepted")
	}
}

func TestAProbeIsACommand(t *testing.T) {
	if err := impossible("true"); err != nil {
		t.Errorf("true: %v", err)
	}
	if err := impossible("echo there is one; false"); err == nil || err.Error() != "there is one" {
		t.Errorf("false: %v", err)
	}
}
