package store

import (
	"errors"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

const (
	// reserveBytes is room for some hundred changes of what is stored already.
	reserveBytes = 4 << 20
	// slack must be free beside the reserve before a citizen begins something new:
	// a submission, and the step by which the file grows for it.
	slack = 2 << 20
)

func (s *Store) reservePath() string { return filepath.Join(filepath.Dir(s.path), "pue.reserve") }

// Room reports whether one more submission is sure to find its place, and is
// [ErrFull] when it is not: ask before a citizen starts typing. What makes room
// (deletions, confirmations) can still be stored then.
func (s *Store) Room() error {
	if s.full.Load() {
		return ErrFull
	}
	free, err := s.diskFree()
	if err != nil {
		return err
	}
	used, err := s.used()
	if err != nil {
		return err
	}
	if free < slack || used > s.o.MaxBytes-reserveBytes-slack {
		return ErrFull
	}
	return nil
}

// used is how much of the file is in use.
func (s *Store) used() (used int64, err error) {
	s.swap.RLock()
	defer s.swap.RUnlock()
	if s.db == nil {
		return 0, ErrRefusing
	}
	// A transaction keeps its freelist from being written over.
	err = guard(func() error {
		return s.db.View(func(tx *bolt.Tx) error {
			img := readImage(s.file, tx.Size())
			for _, m := range img.metas {
				if m.txid == uint64(tx.ID()) {
					ids, _, err := img.freePages(m)
					used = int64(m.pages-uint64(len(ids))) * img.pageSize
					return err
				}
			}
			return ErrDamaged
		})
	})
	return used, s.suspicious(err)
}

func (s *Store) diskFree() (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(s.path), &fs); err != nil {
		return 0, os.NewSyscallError("statfs", err)
	}
	return int64(fs.Bavail) * fs.Bsize, nil
}

// secureReserve takes room on the disk that nothing else can take, unless it is
// there. Without it the store works, and Room says that there is none.
func (s *Store) secureReserve() {
	err := s.takeReserve()
	if s.full.Store(err != nil); err != nil {
		s.o.Log.Warn("no room for the reserve", "err", err)
	}
}

func (s *Store) takeReserve() error {
	if info, err := os.Stat(s.reservePath()); err == nil && info.Size() == reserveBytes {
		return nil
	}
	free, err := s.diskFree()
	if err != nil {
		return err
	}
	if free < reserveBytes+slack {
		return ErrFull
	}
	f, err := os.OpenFile(s.reservePath(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(allocate(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(s.reservePath()))
	}
	return nil
}

// allocate gives f blocks of its own.
func allocate(f *os.File) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, reserveBytes)
	if errors.Is(err, unix.EOPNOTSUPP) {
		_, err = f.Write(make([]byte, reserveBytes))
	}
	return errors.Join(err, f.Sync())
}

// giveUpReserve frees the reserve for what is to be written now. The room is
// there once the directory is on disk.
func (s *Store) giveUpReserve() {
	if s.full.Swap(true) {
		return
	}
	err := errors.Join(os.Remove(s.reservePath()), syncDir(filepath.Dir(s.path)))
	s.o.Log.Error("disk is full, the reserve is given up", "err", err)
}
