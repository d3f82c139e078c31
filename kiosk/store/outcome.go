package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	bolt "go.etcd.io/bbolt"
	bolterr "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"
)

var errReplaced = errors.New("another file is in the place of the store's")

// resolve finds out whether transaction id, whose commit failed with cause, is on
// disk. Its error means that nobody can tell.
//
// After a failed barrier the page cache shows what the disk does not have, and
// the next barrier reports success (Linux marks such pages clean). So the file is
// closed and its map undone, because mapped pages stay cached, the cache is
// dropped, and only what is then read counts: the newest meta page has the
// number of the last transaction that is there. The disk must also accept one
// more commit, with its barriers, before anybody is told anything; a full disk,
// one barrier.
func (s *Store) resolve(id int, cause error) (stored bool, err error) {
	if outOfRoom(cause) && !errors.Is(cause, bolterr.ErrMaxSizeReached) {
		s.giveUpReserve()
	}
	s.swap.Lock()
	defer s.swap.Unlock()
	if err := s.reopen(); err != nil {
		return false, fmt.Errorf("opening the file again: %w", err)
	}
	err = guard(func() error {
		return s.db.View(func(tx *bolt.Tx) error { stored = tx.ID() >= id; return nil })
	})
	if err == nil {
		err = guard(func() error { return s.db.Update(func(*bolt.Tx) error { return nil }) })
	}
	if outOfRoom(err) {
		err = s.db.Sync()
	}
	if err != nil {
		return false, fmt.Errorf("proving that the disk writes: %w", err)
	}
	s.o.Log.Warn("commit failed and its outcome is known", "stored", stored, "err", cause)
	return stored, nil
}

// reopen closes the file and opens it again as the disk has it.
func (s *Store) reopen() error {
	before, err := s.file.Stat()
	if err != nil { // the descriptor has gone: the name must do
		before, err = os.Stat(s.path)
	}
	if closeErr := guard(s.db.Close); closeErr != nil {
		s.letGo()
	}
	s.db = nil
	if err := errors.Join(err, dropCache(s.path)); err != nil {
		return err
	}
	if err := s.openFile(); err != nil {
		s.db = nil
		return err
	}
	after, err := s.file.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(before, after) {
		return errReplaced
	}
	return nil
}

// dropCache makes the next read come from the disk.
func dropCache(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// outOfRoom reports whether a commit failed for want of room, on the disk or
// within the limit.
func outOfRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, bolterr.ErrMaxSizeReached)
}

// notStored is the answer to those whose change is not on disk.
func notStored(err error) error {
	if outOfRoom(err) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return fmt.Errorf("storing nothing: %w", err)
}
