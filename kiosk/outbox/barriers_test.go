package outbox

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// childLives tells a copy of this test binary that it is the terminal that
// brings submissions to INPS one after the other, and where its store is;
// childLivesMany is how many.
const (
	childLives     = "PUE_OUTBOX_CHILD_LIVES"
	childLivesMany = "PUE_OUTBOX_CHILD_LIVES_MANY"
)

// live stores so many submissions and has each filed before the next.
func live(path string) error {
	many, err := strconv.Atoi(os.Getenv(childLivesMany))
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(path, store.Options{Log: log})
	if err != nil {
		return err
	}
	a, err := audit.Open(st)
	if err != nil {
		return err
	}
	o, err := New(st, a, Options{Terminal: "PUE-0421", Log: log})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx, &picky{}) }()
	for n := range many {
		p := parcel(n)
		p.Sealed = make([]byte, 4144) // the usual length of a sealed application
		e, err := o.Put(ctx, p)
		if err == nil {
			e, err = o.Await(ctx, e.ID)
		}
		if err != nil || e.State != Filed {
			return fmt.Errorf("submission %d is %s: %w", n, e.State, err)
		}
	}
	cancel()
	return <-ended
}

// barriers are the calls of fsync and fdatasync in so many lives.
func barriers(t *testing.T, many int) int {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace (Debian package strace; packaging/setup installs it):", err)
	}
	dir := t.TempDir()
	calls := filepath.Join(dir, "calls")
	cmd := exec.Command(strace, "-f", "-qq", "--seccomp-bpf", "-o", calls, "-e", "trace=fsync,fdatasync", os.Args[0])
	cmd.Env = append(os.Environ(), childLives+"="+filepath.Join(dir, "state", "pue.db"),
		fmt.Sprintf("%s=%d", childLivesMany, many), "GORACE=atexit_sleep_ms=0")
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	// A call that another thread interrupts stands on two lines, with one "sync(".
	return bytes.Count(text, []byte("sync("))
}

// TestASubmissionCostsTheDiskThreeCommits counts what opening does not cost: the
// difference between few lives and many. A commit is two barriers; the file
// growing adds one now and then.
func TestASubmissionCostsTheDiskThreeCommits(t *testing.T) {
	const few, many = 10, 110
	each := float64(barriers(t, many)-barriers(t, few)) / (many - few)
	t.Logf("%.2f barriers in a submission's life", each)
	if each > 6.3 || each < 6 {
		t.Errorf("%.2f barriers in a submission's life, want 6 to 6.3", each)
	}
}
