package store

import (
	"bufio"
	"bytes"
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
		if err := writeAndTell(path); err != nil {
			fmt.Println("stopped", err)
		}
		return
	}
	if path := os.Getenv(childShrink); path != "" {
		if err := shrinkNow(path); err != nil {
			fmt.Println("stopped", err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(childTrials) != "" {
		sufferTrials()
		return
	}
	os.Exit(m.Run())
}

// writeAndTell stores 30 records one after the other and says what became of
// each. After an unknown outcome it says no more.
func writeAndTell(path string) error {
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
		switch {
		case err == nil:
			fmt.Println("stored", i)
		case errors.Is(err, ErrUnknown):
			fmt.Println("unknown", i)
			return nil
		default:
			fmt.Println("refused", i)
		}
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
	cmd.Env = append(os.Environ(), childPath+"="+path, "GORACE=atexit_sleep_ms=0", "GOMAXPROCS=1")
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

// faults are the calls that fail, and how often in a row.
var faults = []struct{ call, fault, times string }{
	{"fdatasync", "error=EIO", ""},
	{"pwrite64", "error=EIO", ""},
	{"pwrite64", "error=ENOSPC", ""},
	{"pwrite64", "error=ENOSPC", "..%d"}, // for a while
	{"fdatasync", "error=EIO", "+"},      // from now on
}

// TestAFailingDiskGivesExactAnswers lets barriers and writes fail, at each place
// in turn, and opens the store again: what was called stored is there, what was
// refused is not, and a single failure is got over in silence.
func TestAFailingDiskGivesExactAnswers(t *testing.T) {
	told := map[string]int{}
	for _, f := range faults {
		for when := 8; when <= 56; when += 12 {
			path := place(t)
			times := f.times
			if strings.Contains(times, "%d") {
				times = fmt.Sprintf(times, when+12)
			}
			trace := filepath.Join(t.TempDir(), "trace")
			out := underStrace(t, path, "-o", trace, "-e", "trace="+f.call,
				"-e", fmt.Sprintf("inject=%s:%s:when=%d%s", f.call, f.fault, when, times))
			calls, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			// strace counts for each thread, so that it may have hit more than once.
			once := bytes.Count(calls, []byte("(INJECTED)")) == 1
			if once {
				told["hit once"]++
			}
			name := fmt.Sprintf("%s %s from %d%s", f.call, f.fault, when, times)
			answers := map[uint64]string{}
			for line := range strings.Lines(out) {
				word, number, _ := strings.Cut(strings.TrimSpace(line), " ")
				n, _ := strconv.ParseUint(number, 10, 64)
				answers[n] = word
				told[word]++
				if once && word != "stored" {
					t.Errorf("%s: %s", name, strings.TrimSpace(line))
				}
			}
			found, err := contents(open(t, path))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for n := range uint64(30) {
				_, there := found[string(Key(n))]
				switch answers[n] {
				case "stored":
					if !there {
						t.Errorf("%s: acknowledged record %d is lost", name, n)
					}
				case "unknown":
				default:
					if there {
						t.Errorf("%s: record %d was refused and is there", name, n)
					}
				}
			}
		}
	}
	t.Logf("answers: %v", told)
	if told["hit once"] == 0 || told["stored"] == 0 || told["refused"] == 0 || told["unknown"] == 0 {
		t.Error("one of the answers was never given")
	}
}
