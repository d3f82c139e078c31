package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"pue/packaging/journeys/play"
)

const tree = "../../.."

// demo is this program beside the programs that it runs.
func demo(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	bin := t.TempDir()
	for _, build := range [][]string{
		{"build", "-C", tree, "-o", bin + "/", "./cmd/pued", "./cmd/puectl", "./cmd/pue-sim", "./cmd/pue-window"},
		{"build", "-o", filepath.Join(bin, "journeys"), "."},
	} {
		if out, err := exec.Command("go", build...).CombinedOutput(); err != nil {
			t.Fatalf("building: %v\n%s", err, out)
		}
	}
	cmd := exec.Command(filepath.Join(bin, "journeys"), append([]string{"--bin", bin, "--tree", tree}, args...)...)
	// t.TempDir's names are too long for the sockets that programs put there.
	temp, err := os.MkdirTemp("", "demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "DISPLAY=", "WAYLAND_DISPLAY=")
	return cmd
}

// wantNothingLeft demands that a run removed all that it made.
func wantNothingLeft(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	for _, v := range cmd.Env {
		dir, isTemp := strings.CutPrefix(v, "TMPDIR=")
		if !isTemp {
			continue
		}
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range left {
			t.Errorf("%s was left behind", l.Name())
		}
	}
}

func TestTheJourneysHoldOnTheRealStack(t *testing.T) {
	shots := t.TempDir()
	cmd := demo(t, "--once", "--shots", shots)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("the walk ended with %v\n%s\n%s", err, out, stderr.Bytes())
	}
	journeys := map[int]int{}
	for line := range strings.Lines(string(out)) {
		var s play.Step
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%q is not a step: %v", line, err)
		}
		if !s.OK {
			t.Errorf("journey %d, %s: %s", s.Journey, s.Step, s.Error)
		}
		journeys[s.Journey]++
	}
	if journeys[1] < 20 || journeys[2] < 30 || journeys[5] < 7 {
		t.Errorf("steps by journey: %v", journeys)
	}
	wantStates(t, shots)
	wantNothingLeft(t, cmd)
}

// wantStates demands that every picture bears the name of a state, apart from
// the receipts, and that window and paper were pictured in each journey.
func wantStates(t *testing.T, shots string) {
	t.Helper()
	pictures, err := filepath.Glob(filepath.Join(shots, "journey-*", "*.png"))
	if err != nil || len(pictures) < 25 {
		t.Errorf("%d pictures: %v", len(pictures), err)
	}
	kinds := map[string]int{}
	for _, p := range pictures {
		name := strings.TrimSuffix(filepath.Base(p), ".png")
		journey := filepath.Base(filepath.Dir(p))
		if strings.HasPrefix(name, "receipt-") {
			kinds[journey+" receipt"]++
			continue
		}
		state, window := strings.CutSuffix(name, ".window")
		if window {
			kinds[journey+" window"]++
		}
		if _, err := os.Stat(filepath.Join(tree, "ui", "screens", state+".html")); err != nil {
			t.Errorf("%s is not named after a state", p)
		}
	}
	for kind, least := range map[string]int{"journey-1 receipt": 1, "journey-2 receipt": 2, "journey-5 receipt": 1, "journey-1 window": 1, "journey-2 window": 1} {
		if kinds[kind] < least {
			t.Errorf("%d pictures of %s, want %d", kinds[kind], kind, least)
		}
	}
}

func TestPeopleAreToldWhatToDoAndCtrlCEndsItAll(t *testing.T) {
	cmd := demo(t)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	numbered := 0
	lines := bufio.NewScanner(out)
	for numbered < 5 && lines.Scan() {
		if strings.HasPrefix(strings.TrimSpace(lines.Text()), string(rune('1'+numbered))+". ") {
			numbered++
		}
	}
	if numbered != 5 {
		t.Errorf("%d of five lines were shown\n%s", numbered, stderr.Bytes())
	}
	children := childrenOf(t, cmd.Process.Pid)
	if len(children) < 5 {
		t.Errorf("only %d programs run", len(children))
	}
	cmd.Process.Signal(syscall.SIGINT)
	if err := cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v\n%s", err, stderr.Bytes())
	}
	for pid, name := range children {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("%s (%d) is still there", name, pid)
		}
	}
	wantNothingLeft(t, cmd)
}

// childrenOf are the processes that a process started, by number (proc(5)).
func childrenOf(t *testing.T, parent int) map[int]string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatalf("listing the programs: %v", err)
	}
	found := map[int]string{}
	for _, stat := range all {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has ended
		}
		before, after, _ := strings.Cut(string(text), ") ") // pid (name) state ppid
		pid, name, _ := strings.Cut(before, " (")
		if f := strings.Fields(after); len(f) > 1 && f[1] == strconv.Itoa(parent) {
			number, _ := strconv.Atoi(pid)
			found[number] = name
		}
	}
	return found
}
