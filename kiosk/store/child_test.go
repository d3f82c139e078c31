package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// childPath tells a copy of this test binary that it is the writer of a fault
// trial, and where its store is.
const childPath = "PUE_STORE_CHILD_PATH"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		if err := writeUntilError(path); err != nil {
			fmt.Println("stopped", err)
		}
		return
	}
	os.Exit(m.Run())
}

// writeUntilError stores 30 records one after the other and says so after each.
func writeUntilError(path string) error {
	s, err := Open(path, quiet())
	if err != nil {
		return err
	}
	defer s.Close()
	for i := range 30 {
		err := s.Update(context.Background(), func(tx *bolt.Tx) error {
			if err := things.Make(tx); err != nil {
				return err
			}
			// Large enough to make the file grow on the way.
			return things.Put(tx, Key(uint64(i)), make([]byte, 100<<10))
		})
		if errors.Is(err, ErrUnknown) {
			fmt.Println("unknown", i)
		}
		if err != nil {
			return err
		}
		fmt.Println("stored", i)
	}
	return nil
}

// underStrace runs the writer and returns what it printed.
func underStrace(t *testing.T, path string, args ...string) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace (Debian package strace; packaging/setup installs it):", err)
	}
	cmd := exec.Command(strace, append(append([]string{"-f", "-qq", "--seccomp-bpf"}, args...), os.Args[0])...)
	cmd.Env = append(os.Environ(), childPath+"="+path, "GORACE=atexit_sleep_ms=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running the writer: %v\n%s", err, out)
	}
	return string(out)
}

func TestNothingIsAcknowledgedBeforeItsTwoBarriers(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace")
	underStrace(t, place(t), "-o", trace, "-e", "trace=fdatasync,write", "-e", "write=none")
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	acknowledged, barriers, total := 0, 0, 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		switch line := lines.Text(); {
		case strings.Contains(line, "fdatasync(") && !strings.Contains(line, "= -1"):
			barriers++
			total++
		case strings.Contains(line, `write(1, "stored`):
			if barriers < 2 {
				t.Fatalf("record %d was acknowledged after %d barriers", acknowledged, barriers)
			}
			acknowledged, barriers = acknowledged+1, 0
		}
	}
	if acknowledged != 30 {
		t.Fatalf("%d records acknowledged, want 30", acknowledged)
	}
	t.Logf("%d barriers for %d transactions and the opening", total, acknowledged)
}

func TestEveryNewNameIsOnDiskBeforeTheFirstAcknowledgement(t *testing.T) {
	trace, root := filepath.Join(t.TempDir(), "trace"), t.TempDir()
	underStrace(t, filepath.Join(root, "lib", "state", "pue.db"), "-o", trace, "-y", "-e", "trace=fsync,write", "-e", "write=none")
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	opening, _, acknowledged := strings.Cut(string(text), `"stored`)
	if !acknowledged {
		t.Fatal("nothing was acknowledged")
	}
	for _, dir := range []string{root, filepath.Join(root, "lib"), filepath.Join(root, "lib", "state")} {
		if !strings.Contains(opening, "<"+dir+">) = 0") {
			t.Errorf("the names in %s have no barrier", dir)
		}
	}
}

// TestAFailingDiskLosesNothingAcknowledged lets one barrier or one write fail,
// at each place in turn, and opens the store again.
func TestAFailingDiskLosesNothingAcknowledged(t *testing.T) {
	hits, acknowledged, unknown := 0, 0, 0
	for call, fault := range map[string]string{"fdatasync": "error=EIO", "pwrite64": "error=ENOSPC"} {
		for when := 5; when <= 40; when += 5 {
			path := place(t)
			out := underStrace(t, path, "-o", os.DevNull, "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", call, fault, when))
			stored, doubtful := map[uint64]bool{}, map[uint64]bool{}
			for line := range strings.Lines(out) {
				word, number, _ := strings.Cut(strings.TrimSpace(line), " ")
				n, _ := strconv.ParseUint(number, 10, 64)
				switch word {
				case "stored":
					stored[n] = true
				case "unknown":
					doubtful[n] = true
				case "stopped":
					hits++
				}
			}
			acknowledged += len(stored)
			unknown += len(doubtful)
			found, err := contents(open(t, path))
			if err != nil {
				t.Fatalf("%s %d: %v", call, when, err)
			}
			for n := range stored {
				if _, ok := found[string(Key(n))]; !ok {
					t.Errorf("%s %d: acknowledged record %d is lost", call, when, n)
				}
				delete(found, string(Key(n)))
			}
			for key := range found {
				if !doubtful[KeyNumber([]byte(key))] {
					t.Errorf("%s %d: record %x was never acknowledged nor called unknown", call, when, key)
				}
			}
		}
	}
	t.Logf("%d faults hit, %d records acknowledged and recovered, %d unknown", hits, acknowledged, unknown)
	if hits == 0 || unknown == 0 {
		t.Error("no fault was hit")
	}
}
