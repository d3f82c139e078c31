package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"
)

// fillUp stores until there is no room for more, and returns how many records it
// was.
func fillUp(t *testing.T, s *Store, size int) (n int) {
	t.Helper()
	for ; ; n++ {
		err := s.Update(t.Context(), func(tx *bolt.Tx) error {
			return things.Put(tx, Key(uint64(n)), make([]byte, size))
		})
		if errors.Is(err, ErrFull) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func limited(t *testing.T, path string, limit int64) *Store {
	t.Helper()
	o := quiet()
	o.MaxBytes = limit
	s, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	update(t, s, things.Make)
	return s
}

func TestThereIsNoRoomLongBeforeNothingCanBeStored(t *testing.T) {
	s := limited(t, place(t), 16<<20)
	if err := s.Room(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; s.Room() == nil; n++ {
		update(t, s, func(tx *bolt.Tx) error { return things.Put(tx, Key(uint64(n)), make([]byte, 256<<10)) })
	}
	if err := s.Room(); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	for i := range 4 { // who was typing already, still gets in
		update(t, s, func(tx *bolt.Tx) error { return things.Put(tx, Key(uint64(n+i)), make([]byte, 256<<10)) })
	}
	for i := range n {
		update(t, s, func(tx *bolt.Tx) error { return things.Delete(tx, Key(uint64(i))) })
	}
	if err := s.Room(); err != nil {
		t.Errorf("after everything was deleted: %v", err)
	}
}

func TestAFullStoreSaysSoExactlyAndGoesOn(t *testing.T) {
	path := place(t)
	s := limited(t, path, 8<<20)
	n := fillUp(t, s, 100<<10)
	if n < 20 {
		t.Fatalf("full after %d records", n)
	}
	update(t, s, func(tx *bolt.Tx) error { return things.Put(tx, []byte("small"), []byte("fits")) })
	for i := range n {
		update(t, s, func(tx *bolt.Tx) error { return things.Delete(tx, Key(uint64(i))) })
	}
	update(t, s, func(tx *bolt.Tx) error { return things.Put(tx, Key(0), make([]byte, 100<<10)) })
	s.Close()
	all, err := contents(open(t, path))
	if err != nil || len(all) != 2 || all["small"] != "fits" {
		t.Errorf("%d records, %v", len(all), err)
	}
}

func TestInAFullStoreTheSmallOnesOfAGroupGetIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(t, place(t), 8<<20)
		fillUp(t, s, 100<<10)
		var shown []int
		var fns []func(*bolt.Tx) error
		for i := range 5 {
			size := 10
			if i == 2 {
				size = 1 << 20
			}
			fns = append(fns, func(tx *bolt.Tx) error {
				s.OnCommit(tx, func() { shown = append(shown, i) })
				return things.Put(tx, fmt.Append(nil, "group", i), make([]byte, size))
			})
		}
		for i, err := range gathered(t, s, fns...) {
			if wantFull := i == 2; errors.Is(err, ErrFull) != wantFull || !wantFull && err != nil {
				t.Errorf("number %d: %v", i, err)
			}
		}
		if fmt.Sprint(shown) != "[0 1 3 4]" {
			t.Errorf("shown %v", shown)
		}
		s.Close()
	})
}

func TestACommitThatFailedIsRunAgainOnTheFileOpenedAnew(t *testing.T) {
	path := place(t)
	s := open(t, path)
	update(t, s, put("before", "1"))
	s.file.Close() // every write fails, until the file is opened again
	shown := 0
	update(t, s, func(tx *bolt.Tx) error {
		s.OnCommit(tx, func() { shown++ })
		return put("doubtful", "1")(tx)
	})
	if shown != 1 {
		t.Errorf("shown %d times, want once", shown)
	}
	update(t, s, put("after", "1"))
	want := map[string]string{"before": "1", "doubtful": "1", "after": "1"}
	wantContents(t, s, want)
	s.Close()
	wantContents(t, open(t, path), want)
}

func TestACommitThatFailedAndIsOnDiskIsStored(t *testing.T) {
	path := place(t)
	s := open(t, path)
	shown := 0
	// The commit itself succeeds here; what is asked is what the store makes of one
	// that was told to have failed.
	c := &call{fn: func(tx *bolt.Tx) error {
		s.OnCommit(tx, func() { shown++ })
		return put("a", "1")(tx)
	}}
	group := []*call{c}
	tried, err := s.try(group)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := s.resolve(tried.id, syscall.EIO)
	if err != nil || !stored {
		t.Fatalf("stored %v, %v", stored, err)
	}
	stored, err = s.resolve(tried.id+10, syscall.EIO)
	if err != nil || stored {
		t.Fatalf("a transaction that never was: stored %v, %v", stored, err)
	}
	if shown != 0 || len(s.after) != 1 {
		t.Errorf("shown %d times, %d to be shown", shown, len(s.after))
	}
	wantContents(t, s, map[string]string{"a": "1"})
}

func TestWithoutItsFileTheOutcomeIsUnknownAndNothingMoreIsWritten(t *testing.T) {
	path := place(t)
	s := open(t, path)
	update(t, s, put("before", "1"))
	if err := s.Alive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".gone"); err != nil {
		t.Fatal(err)
	}
	s.file.Close()
	if err := s.Update(t.Context(), put("doubtful", "1")); !errors.Is(err, ErrUnknown) {
		t.Fatalf("got %v, want ErrUnknown", err)
	}
	<-s.Failed()
	if err := s.Alive(t.Context()); !errors.Is(err, ErrUnknown) {
		t.Errorf("alive: got %v, want ErrUnknown", err)
	}
	if err := s.Update(t.Context(), put("after", "1")); !errors.Is(err, ErrRefusing) || !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v, want ErrRefusing and why", err)
	}
	if err := s.View(t.Context(), func(*bolt.Tx) error { return nil }); !errors.Is(err, ErrRefusing) {
		t.Errorf("reading: got %v, want ErrRefusing", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an empty file took the place of the one that has gone")
	}
	s.Close()
	if err := os.Rename(path+".gone", path); err != nil {
		t.Fatal(err)
	}
	wantContents(t, open(t, path), map[string]string{"before": "1"})
}

func TestReadersWaitWhileTheFileIsOpenedAnew(t *testing.T) {
	s := open(t, place(t))
	update(t, s, put("a", "1"))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if all, err := contents(s); err != nil || all["a"] == "" {
					t.Errorf("%v, %v", all, err)
					return
				}
			}
		})
	}
	for range 20 {
		s.swap.Lock()
		err := s.reopen()
		s.swap.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		update(t, s, put("a", "2"))
	}
	close(stop)
	readers.Wait()
}

func TestTheReserveIsGivenUpForWhatMustBeStoredAndTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, place(t))
		info, err := os.Stat(s.reservePath())
		if err != nil || info.Sys().(*syscall.Stat_t).Blocks*512 < reserveBytes {
			t.Fatalf("the reserve takes no room: %v", err)
		}
		if _, err := s.resolve(1, syscall.ENOSPC); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(s.reservePath()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the reserve is still there: %v", err)
		}
		if err := s.Room(); !errors.Is(err, ErrFull) {
			t.Errorf("room: got %v, want ErrFull", err)
		}
		update(t, s, put("confirmation", "1"))
		time.Sleep(idleAfter + fullCheck)
		synctest.Wait()
		if _, err := os.Stat(s.reservePath()); err != nil {
			t.Errorf("the reserve is not back: %v", err)
		}
		if err := s.Room(); err != nil {
			t.Errorf("room: %v", err)
		}
		s.Close()
	})
}
