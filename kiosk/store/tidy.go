package store

import (
	"errors"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
)

const (
	// idleAfter is how long nobody must have written before the store looks after
	// its file.
	idleAfter = 2 * time.Second
	// fullCheck is how often a full disk is looked at again.
	fullCheck = 10 * time.Second
	// walkShare bounds the time spent on walks: a hundredth of all.
	walkShare = 100
	// spare is how much larger than its records a file may be in any case.
	spare = 1 << 20
)

// idle is what the writer remembers of the time between commits.
type idle struct {
	timer  *time.Timer
	taken  *call     // whoever came in the middle of a walk
	walked time.Time // when the next walk may begin
	// shrunk is what the last compaction came to: another one makes sense only
	// after the file has changed.
	shrunk census
	size   int64
}

func (i *idle) begin() { i.timer = time.NewTimer(idleAfter) }

func (i *idle) again(d time.Duration) { i.timer.Reset(d) }

// tidy takes the reserve back when there is room again, checks the file, and
// makes it small when most of it is free. Its error means that the store must not
// be written to any more.
func (s *Store) tidy() error {
	if s.full.Load() {
		s.secureReserve()
		if s.full.Load() {
			s.idle.again(fullCheck)
		}
	}
	if wait := time.Until(s.idle.walked); wait > 0 {
		s.idle.again(wait)
		return nil
	}
	began := time.Now()
	c, err := s.inspect()
	s.idle.walked = time.Now().Add(walkShare * time.Since(began))
	switch {
	case errors.Is(err, errInterrupted):
		return nil
	case err != nil:
		s.o.Log.Error("the file does not hold", "err", s.suspicious(err))
		return nil
	case !s.wasteful(c):
		return nil
	}
	return s.compact(c)
}

// inspect walks the file while nobody writes, and leaves off as soon as somebody
// wants to.
func (s *Store) inspect() (census, error) {
	info, err := s.file.Stat()
	if err != nil {
		return census{}, err
	}
	return readImage(s.file, info.Size()).walk(func() bool {
		select {
		case s.idle.taken = <-s.calls:
			return true
		case <-s.closing:
			return true
		default:
			return false
		}
	})
}

// wasteful reports whether the file is much larger than its records, and has
// become so since it was last made small.
func (s *Store) wasteful(c census) bool {
	size := s.size()
	if size <= spare+c.live*3/2 {
		return false
	}
	return size > s.idle.size+spare || c.live < s.idle.shrunk.live*4/5
}

// compact copies what is alive into a new file and puts that into the place of
// the old one. Both are complete until the new name is on disk, so that a power
// cut leaves either. Where there is no room for a copy, the file stays as it is.
func (s *Store) compact(before census) error {
	before0 := s.size()
	d, err := newDraft(s.path + newMark)
	if err != nil {
		return nil
	}
	var last uint64
	err = guard(func() error {
		if err := s.db.View(func(tx *bolt.Tx) error { last = uint64(tx.ID()); return nil }); err != nil {
			return err
		}
		return bolt.Compact(d.db, s.db, buildStep)
	})
	if err != nil {
		d.discard()
		s.o.Log.Warn("file stays as large as it is", "err", s.suspicious(err))
		return nil
	}
	after, err := d.finish(last)
	if err == nil && (after.records != before.records || after.live != before.live) {
		err = errors.New("copy is not like the file")
	}
	if err != nil {
		d.discard()
		s.o.Log.Warn("file stays as large as it is", "err", err)
		return nil
	}
	if err := s.exchange(d); err != nil {
		return err
	}
	s.idle.shrunk, s.idle.size = after, s.size()
	s.o.Log.Info("file made smaller", "before", before0, "after", s.idle.size, "records", after.records)
	return nil
}

// exchange waits for the readers, then lets the new file take over. From the
// rename on, what the directory says after a power cut is open until its barrier:
// so an error here ends all writing.
func (s *Store) exchange(d *draft) error {
	s.swap.Lock()
	defer s.swap.Unlock()
	old, oldFile := s.db, s.file
	if err := s.replace(d.path); err != nil {
		if _, gone := os.Stat(d.path); gone == nil {
			d.discard()
			return nil // the rename did not take place
		}
		return err
	}
	if err := guard(old.Close); err != nil {
		oldFile.Close()
	}
	s.db = nil
	return s.openFile()
}
