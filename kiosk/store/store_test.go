package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

const things Table = "things"

func quiet() Options { return Options{Log: slog.New(slog.DiscardHandler)} }

// place is where a store can be made: its directory does not exist yet.
func place(t testing.TB) string { return filepath.Join(t.TempDir(), "state", "pue.db") }

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	update(t, s, things.Make)
	return s
}

func update(t testing.TB, s *Store, fn func(*bolt.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func put(key, value string) func(*bolt.Tx) error {
	return func(tx *bolt.Tx) error { return things.Put(tx, []byte(key), []byte(value)) }
}

// contents is all of the bucket that tests write to.
func contents(s *Store) (map[string]string, error) {
	all := map[string]string{}
	err := s.View(context.Background(), func(tx *bolt.Tx) error {
		for r := range things.All(tx) {
			if r.Err != nil {
				return r.Err
			}
			all[string(r.Key)] = string(r.Value)
		}
		return nil
	})
	return all, err
}

func wantContents(t *testing.T, s *Store, want map[string]string) {
	t.Helper()
	got, err := contents(s)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("contents (-want +got):\n%s", diff)
	}
}

func TestWhatWasStoredIsThereAfterReopening(t *testing.T) {
	path := place(t)
	s := open(t, path)
	update(t, s, put("a", "1"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantContents(t, open(t, path), map[string]string{"a": "1"})
}

func TestASecondDaemonIsToldThatTheDataIsInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := place(t)
		first := open(t, path)
		if _, err := Open(path, quiet()); !errors.Is(err, ErrInUse) {
			t.Fatalf("got %v, want ErrInUse", err)
		}
		first.Close()
		open(t, path)
	})
}

func TestADirectoryOpenToOthersIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(dir, "pue.db"), quiet()); !errors.Is(err, ErrExposed) {
		t.Fatalf("got %v, want ErrExposed", err)
	}
}

func TestTheFileAndItsDirectoryAreForTheOwnerOnly(t *testing.T) {
	path := place(t)
	open(t, path).Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s is %#o, want %#o", filepath.Base(name), got, want)
		}
	}
}

func TestAFileThatThisProgramWouldMisreadIsRefused(t *testing.T) {
	path := place(t)
	s := open(t, path)
	later := schema{thisSchema.version + 2, thisSchema.version + 1}
	update(t, s, func(tx *bolt.Tx) error { return metaTable.Put(tx, schemaKey, later.encode()) })
	s.Close()
	for range 2 { // refusing must not keep the lock
		if _, err := Open(path, quiet()); !errors.Is(err, ErrNewer) {
			t.Fatalf("got %v, want ErrNewer", err)
		}
	}
}

// gathered starts an Update for each function while the writer is busy, so that
// all of them go into one group, and returns their errors.
func gathered(t *testing.T, s *Store, fns ...func(*bolt.Tx) error) []error {
	t.Helper()
	busy, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s.Update(t.Context(), func(*bolt.Tx) error { close(busy); <-release; return nil })
	})
	<-busy
	errs := make([]error, len(fns))
	for i, fn := range fns {
		all.Go(func() { errs[i] = s.Update(t.Context(), fn) })
		synctest.Wait() // one after the other: the order of the group is known
	}
	close(release)
	all.Wait()
	return errs
}

func TestWhoeverWaitsSharesOneTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, place(t))
		ids := make([]int, 16)
		fns := make([]func(*bolt.Tx) error, len(ids))
		for i := range fns {
			fns[i] = func(tx *bolt.Tx) error { ids[i] = tx.ID(); return nil }
		}
		if err := errors.Join(gathered(t, s, fns...)...); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("transactions %v, want one", ids)
			}
		}
		s.Close()
	})
}

func TestAFailingFunctionFailsAloneAndLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, place(t))
		refusal := errors.New("no")
		runs := map[string]int{}
		counted := func(key string, err error) func(*bolt.Tx) error {
			return func(tx *bolt.Tx) error {
				runs[key]++
				return errors.Join(put(key, fmt.Sprint(runs[key]))(tx), err)
			}
		}
		errs := gathered(t, s,
			counted("a", nil), counted("bad", refusal), counted("b", nil), counted("worse", refusal), counted("c", nil))
		for i, err := range errs {
			if wantErr := i == 1 || i == 3; errors.Is(err, refusal) != wantErr {
				t.Errorf("function %d: %v", i, err)
			}
		}
		// The functions before a failing one run again; what they wrote before is gone.
		wantContents(t, s, map[string]string{"a": "3", "b": "2", "c": "1"})
		if runs["bad"] != 1 || runs["worse"] != 1 {
			t.Errorf("failing functions ran %v times, want once each", runs)
		}
		s.Close()
	})
}

func TestOnCommitRunsOnceAndBeforeUpdateReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, place(t))
		shown := 0
		gathered(t, s,
			func(tx *bolt.Tx) error { s.OnCommit(tx, func() { shown++ }); return nil },
			func(*bolt.Tx) error { return errors.New("no") })
		if shown != 1 {
			t.Errorf("ran %d times, want once", shown)
		}
		s.Close()
	})
}

func TestAContextEndsTheWaitAndTheFunctionNeverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, place(t))
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		gathered(t, s, func(*bolt.Tx) error { return nil }, func(*bolt.Tx) error { return nil })
		busy, release := make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			s.Update(t.Context(), func(*bolt.Tx) error { close(busy); <-release; return nil })
		})
		<-busy
		all.Go(func() { err = s.Update(ctx, put("late", "1")) })
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(release)
		all.Wait()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
		wantContents(t, s, map[string]string{})
		s.Close()
	})
}

func TestAPanicInATransactionIsDamageAndClosingDoesNotHang(t *testing.T) {
	path := place(t)
	s := open(t, path)
	err := s.Update(t.Context(), func(tx *bolt.Tx) error { panic("page 7: invalid type") })
	var damage *DamageError
	if !errors.As(err, &damage) || !errors.Is(err, ErrDamaged) || len(damage.Stack) == 0 {
		t.Fatalf("got %v, want a DamageError with its stack", err)
	}
	if errors.Is(err, ErrUnknown) {
		t.Error("nothing was committed, so the outcome is known")
	}
	if err := s.View(t.Context(), func(*bolt.Tx) error { panic("page 8") }); !errors.Is(err, ErrDamaged) {
		t.Errorf("reading: got %v, want ErrDamaged", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestAClosedStoreSaysSo(t *testing.T) {
	s := open(t, place(t))
	s.Close()
	if err := s.Update(t.Context(), put("a", "1")); !errors.Is(err, ErrClosed) {
		t.Errorf("writing: got %v, want ErrClosed", err)
	}
	if err := s.View(t.Context(), func(*bolt.Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("reading: got %v, want ErrClosed", err)
	}
}

func TestManyWritersLoseNoUpdate(t *testing.T) {
	s := open(t, place(t))
	const writers, each = 8, 40
	refusal := errors.New("no")
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				err := s.Update(t.Context(), func(tx *bolt.Tx) error {
					count, err := things.Get(tx, []byte("count"))
					if err != nil {
						return err
					}
					if err := things.Put(tx, []byte("count"), Key(KeyNumber(count)+1)); err != nil {
						return err
					}
					if (w+i)%5 == 0 {
						return refusal
					}
					return nil
				})
				if wantErr := (w+i)%5 == 0; errors.Is(err, refusal) != wantErr {
					t.Errorf("writer %d, update %d: %v", w, i, err)
				}
			}
		})
	}
	all.Wait()
	want := string(Key(writers * each * 4 / 5))
	wantContents(t, s, map[string]string{"count": want})
}
