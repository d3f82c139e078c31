package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"
)

// fill stores n records of 10 KiB in a few transactions.
func fill(t testing.TB, s *Store, n int) {
	t.Helper()
	for from := 0; from < n; from += 100 {
		update(t, s, func(tx *bolt.Tx) error {
			for i := from; i < min(from+100, n); i++ {
				if err := things.Put(tx, Key(uint64(i)), long(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func long(i int) []byte { return []byte(strings.Repeat(fmt.Sprintf("%09d ", i), 1024)) }

// drain deletes all but every hundredth.
func drain(t testing.TB, s *Store, n int) {
	t.Helper()
	update(t, s, func(tx *bolt.Tx) error {
		for i := range n {
			if i%100 == 0 {
				continue
			}
			if err := things.Delete(tx, Key(uint64(i))); err != nil {
				return err
			}
		}
		return nil
	})
}

func wantDrained(t *testing.T, s *Store, n int) {
	t.Helper()
	all, err := contents(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != n/100 {
		t.Errorf("%d records, want %d", len(all), n/100)
	}
	for i := 0; i < n; i += 100 {
		if all[string(Key(uint64(i)))] != string(long(i)) {
			t.Errorf("record %d is not what it was", i)
		}
	}
}

func TestADrainedFileIsMadeSmallWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 3000
		path := place(t)
		s := open(t, path)
		fill(t, s, n)
		var sequence uint64
		update(t, s, func(tx *bolt.Tx) (err error) { return tx.Bucket([]byte(things)).SetSequence(n) })
		full := s.size()
		drain(t, s, n)
		time.Sleep(time.Minute)
		synctest.Wait()
		live := int64(n/100) * (headLen + int64(len(things)) + 8 + 10240)
		if size := s.size(); size > spare+live*3/2 || size >= full/4 {
			t.Errorf("%d bytes for %d of records, before %d", size, live, full)
		}
		wantDrained(t, s, n)
		update(t, s, func(tx *bolt.Tx) (err error) { sequence, err = things.NextSequence(tx); return err })
		if sequence != n+1 {
			t.Errorf("next number %d, want %d", sequence, n+1)
		}
		s.Close()
		s = open(t, path)
		if r, ok := s.Recovery(); ok {
			t.Errorf("recovered: %+v", r)
		}
		wantDrained(t, s, n)
		s.Close()
	})
}

func TestAFileIsNotCopiedAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, place(t))
		fill(t, s, 1000)
		drain(t, s, 1000)
		time.Sleep(time.Minute)
		before := inode(t, s.path)
		for range 20 {
			update(t, s, put("a", "1"))
			time.Sleep(time.Minute)
		}
		if after := inode(t, s.path); !os.SameFile(before, after) {
			t.Error("a file that is small was copied")
		}
		s.Close()
	})
}

func inode(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestReadersAndWritersGoOnWhileTheFileIsMadeSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 1000
		s := open(t, place(t))
		fill(t, s, n)
		drain(t, s, n)
		before := inode(t, s.path)
		reading, release := make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			err := s.View(t.Context(), func(tx *bolt.Tx) error {
				close(reading)
				<-release
				for r := range things.All(tx) { // of the old file, which must still be there
					if r.Err != nil {
						return r.Err
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		<-reading
		time.Sleep(idleAfter)
		for s.swap.TryRLock() { // until the writer waits for the reader
			s.swap.RUnlock()
			runtime.Gosched()
		}
		all.Go(func() { update(t, s, put("late", "1")) })
		close(release)
		all.Wait()
		time.Sleep(time.Minute)
		if after := inode(t, s.path); os.SameFile(before, after) {
			t.Error("the file was not made small")
		}
		if all, err := contents(s); err != nil || all["late"] != "1" {
			t.Errorf("%d records, %v", len(all), err)
		}
		s.Close()
	})
}

func TestAfterACopyTheNewerVersionIsStillTheNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := place(t)
		s := open(t, path)
		fill(t, s, 500)
		update(t, s, put("state", "waiting"))
		drain(t, s, 500)
		time.Sleep(time.Minute)
		update(t, s, put("state", "filed")) // by a transaction of the new file
		update(t, s, put("other", "1"))
		s.Close()
		spoil(t, path, rootPage)
		s = open(t, path)
		all, err := contents(s)
		if err != nil || all["state"] != "filed" {
			t.Errorf("state is %q, %v, want filed", all["state"], err)
		}
		s.Close()
	})
}

// patience bounds every wait; nothing is asserted about how long one took.
const patience = 2 * time.Minute

// childShrink tells a copy of this test binary that it is to open the store there
// and make it small.
const childShrink = "PUE_STORE_CHILD_SHRINK"

func shrinkNow(path string) error {
	s, err := Open(path, quiet())
	if err != nil {
		return err
	}
	defer s.Close()
	for s.size() >= 2<<20 { // whoever started this program ends it
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

// TestAPowerCutWhileTheFileIsMadeSmallLeavesOneGoodFile ends the process at each
// kind of system call that making it small consists of.
func TestAPowerCutWhileTheFileIsMadeSmallLeavesOneGoodFile(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace (Debian package strace; packaging/setup installs it):", err)
	}
	const n = 600
	master := place(t)
	s := open(t, master)
	fill(t, s, n)
	drain(t, s, n)
	s.Close()
	file, err := os.ReadFile(master)
	if err != nil {
		t.Fatal(err)
	}
	killed, old, small := 0, 0, 0
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, at := range []struct{ call, name, when string }{
		{"pwrite64", "pue.db.new", "1"},
		{"pwrite64", "pue.db.new", "3"},
		{"fdatasync", "pue.db.new", "1"},
		{"ftruncate", "pue.db.new", "1"},
		{"fsync", "pue.db.new", "1"},
		{"renameat", "pue.db.new", "1"},
		{"fsync", "", "1"}, // of the directory, after the rename
	} {
		all.Go(func() {
			path := place(t)
			if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, file, 0o600), (&Store{path: path}).takeReserve()); err != nil {
				t.Error(err)
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, strace, "-f", "-qq", "-o", os.DevNull, "-P", filepath.Join(filepath.Dir(path), at.name),
				"-e", "trace="+at.call, "-e", "inject="+at.call+":signal=KILL:when="+at.when, os.Args[0])
			cmd.Env = append(os.Environ(), childShrink+"="+path, "GORACE=atexit_sleep_ms=0")
			err := cmd.Run()
			if ctx.Err() != nil {
				t.Errorf("%v: neither cut nor small", at)
				return
			}
			s, openErr := Open(path, quiet())
			if openErr != nil {
				t.Errorf("%v: %v", at, openErr)
				return
			}
			defer s.Close()
			if r, ok := s.Recovery(); ok {
				t.Errorf("%v: recovered: %+v", at, r)
			}
			wantDrained(t, s, n)
			if left, _ := filepath.Glob(path + ".new*"); len(left) > 0 {
				t.Errorf("%v: %v is left", at, left)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				killed++
				if s.size() > 2<<20 {
					old++
				} else {
					small++
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d cuts: %d left the old file, %d the new one", killed, old, small)
	if old == 0 || small == 0 {
		t.Error("one of the two outcomes was never hit")
	}
}

// TestASecondDaemonIsKeptOutAfterTheFileWasExchanged has another process try to
// open the store after its file was exchanged.
func TestASecondDaemonIsKeptOutAfterTheFileWasExchanged(t *testing.T) {
	path := place(t)
	s := open(t, path)
	fill(t, s, 500)
	drain(t, s, 500)
	before := inode(t, path)
	for began := time.Now(); os.SameFile(before, inode(t, path)); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatal("the file was not exchanged")
		}
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childShrink+"="+path, "GORACE=atexit_sleep_ms=0")
	out, err := cmd.Output()
	if err == nil || !strings.Contains(string(out), ErrInUse.Error()) {
		t.Errorf("the second daemon got %v: %s", err, out)
	}
	update(t, s, put("a", "1"))
}
