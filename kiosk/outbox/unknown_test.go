package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// childDoubtful tells a copy of this test binary that it is the terminal whose
// disk fails, and where its store is.
const childDoubtful = "PUE_OUTBOX_CHILD_DOUBTFUL"

// putUntilTheDiskFails stores one submission after the other and says what
// became of each.
func putUntilTheDiskFails(path string) error {
	st, err := store.Open(path, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	a, err := audit.Open(st)
	if err != nil {
		return err
	}
	o, err := New(st, a, Options{Terminal: "PUE-0421", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	for n := range 10 {
		switch _, err := o.Put(context.Background(), parcel(n)); {
		case errors.Is(err, store.ErrUnknown):
			fmt.Println("unknown", n)
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// TestPutAfterAnUnknownOutcomeTellsWhetherItWasStored lets the disk fail from one
// barrier on, at each place in turn: the submission in doubt is there or not, and
// putting it once more on the reopened store makes it one entry either way.
func TestPutAfterAnUnknownOutcomeTellsWhetherItWasStored(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace (Debian package strace; packaging/setup installs it):", err)
	}
	there, absent := 0, 0
	for call, fault := range map[string]string{"fdatasync": "error=EIO"} {
		for when := 8; when <= 22; when++ {
			path := filepath.Join(t.TempDir(), "state", "pue.db")
			cmd := exec.Command(strace, "-f", "-qq", "--seccomp-bpf", "-o", os.DevNull, "-e", "trace="+call,
				"-e", fmt.Sprintf("inject=%s:%s:when=%d+", call, fault, when), os.Args[0])
			cmd.Env = append(os.Environ(), childDoubtful+"="+path, "GORACE=atexit_sleep_ms=0")
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s %d: %v\n%s", call, when, err, out)
			}
			doubtful, inDoubt := strings.CutPrefix(strings.TrimSpace(string(out)), "unknown ")
			if !inDoubt {
				continue // the fault fell outside a Put
			}
			var n int
			if _, err := fmt.Sscan(doubtful, &n); err != nil {
				t.Fatal(err)
			}
			if wantOneEntry(t, path, n) {
				there++
			} else {
				absent++
			}
		}
	}
	t.Logf("in doubt: %d turned out stored, %d not", there, absent)
	if there == 0 || absent == 0 {
		t.Error("one of the two outcomes was never hit")
	}
}

// wantOneEntry puts submission n, which is in doubt, on the reopened store, and
// reports whether it was there already.
func wantOneEntry(t *testing.T, path string, n int) (there bool) {
	t.Helper()
	k := &terminal{t: t, path: path, options: Options{Terminal: "PUE-0421", Log: slog.New(slog.DiscardHandler)}}
	k.reopen()
	defer func() { k.st.Close() }()
	before, there := k.byIDNow(parcel(n).ID)
	after := k.put(parcel(n))
	if diff := cmp.Diff(before, after); there && diff != "" {
		t.Errorf("the entry became another one (-before +after):\n%s", diff)
	}
	k.reopen()
	same := slices.DeleteFunc(k.List(), func(e Entry) bool { return e.ID != after.ID })
	if len(k.List()) != n+1 || len(same) != 1 || same[0].Claim != after.Claim {
		t.Errorf("%d submissions are %+v", n+1, k.List())
	}
	k.wantBody(after)
	k.wantChain()
	return there
}
