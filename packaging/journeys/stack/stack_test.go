package stack

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait on a loaded machine.
const patience = 3 * time.Minute

const tree = "../../.."

func build(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	out, err := exec.Command("go", "build", "-C", tree, "-o", bin+"/", "./cmd/pued", "./cmd/puectl", "./cmd/pue-sim").CombinedOutput()
	if err != nil {
		t.Fatalf("building the programs: %v\n%s", err, out)
	}
	return bin
}

func TestAStackStartsLivesThroughAKillAndLeavesNothing(t *testing.T) {
	bin := build(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := Start(ctx, Options{Bin: bin, Tree: tree, Width: 1280, Height: 1024})
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	t.Cleanup(func() {
		if !closed {
			s.Close()
		}
	})
	if err := s.InsertCard(ctx, "anna"); err != nil {
		t.Error(err)
	}
	if err := s.KillDaemon(); err != nil {
		t.Error(err)
	}
	if err := s.StartDaemon(ctx); err != nil {
		t.Error(err)
	}
	if err := s.RemoveCard(ctx); err != nil {
		t.Error(err)
	}
	var pids []int
	for _, p := range s.running {
		pids = append(pids, p.Pid())
	}
	if len(pids) < 5 {
		t.Errorf("only %d processes make the stack", len(pids))
	}

	closed = true
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, pid := range pids {
		if syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d is still there", pid)
		}
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestAStackThatDoesNotStartSaysWhyAndLeavesNothing(t *testing.T) {
	bin := t.TempDir()
	mute := filepath.Join(bin, "pue-sim")
	if err := os.WriteFile(mute, []byte("#!/bin/sh\necho no such simulator\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	_, err := Start(t.Context(), Options{Bin: bin, Tree: tree, Width: 1280, Height: 1024})
	if err == nil || !strings.Contains(err.Error(), "no such simulator") {
		t.Errorf("error %v does not carry the program's last words", err)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("%q was left behind", left[0].Name())
	}
}

func TestAProcessThatDoesNotWantToEndIsEnded(t *testing.T) {
	p, err := Launch("stubborn", filepath.Join(t.TempDir(), "log"), nil, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Says(t.Context(), "ready"); err != nil {
		t.Fatal(err)
	}
	p.goodbye = 100 * time.Millisecond
	if err := p.End(); err == nil || !strings.Contains(err.Error(), "did not end") {
		t.Errorf("ending it: %v", err)
	}
	if err := syscall.Kill(p.Pid(), 0); err == nil {
		t.Error("it is still there")
	}
}

func TestAKilledRunnerTakesItsChildrenAlong(t *testing.T) {
	if lock := os.Getenv("PUE_TEST_LOCK"); lock != "" {
		p, err := Launch("child", lock+".log", nil, "sh", "-c", `exec 9>"$0"; flock 9; echo locked; exec sleep 600`, lock)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(p.Says(t.Context(), "locked"))
		select {}
	}
	lock := filepath.Join(t.TempDir(), "lock")
	runner := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	runner.Env = append(os.Environ(), "PUE_TEST_LOCK="+lock)
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); !strings.HasPrefix(said, "locked") {
		t.Fatalf("the runner said %q, %v", said, err)
	}
	file, err := os.Open(lock)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		t.Fatal("the child does not hold its lock, so nothing is proved")
	}
	runner.Process.Kill()
	runner.Wait()
	free := make(chan error, 1)
	go func() { free <- syscall.Flock(int(file.Fd()), syscall.LOCK_EX) }()
	select {
	case err := <-free:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("the child outlived its runner")
	}
}
