// Package store is the only opener of the terminal's bbolt file. Whoever owns
// records in it (outbox, audit, paper) hands over functions, so that several
// owners can share one transaction.
//
// [Store.Update] returns nil only after the transaction is on stable storage:
// two barriers, one for the pages and one for the meta page. Transactions are
// grouped without a timer: whoever waits while one is being written goes into
// the next, so that one caller pays for its own barriers only and many share
// them.
//
// bbolt has no checksums on data pages. A [Table] adds one to each record, so that damage is an error and never a wrong value. A failed commit has an
// unknown outcome ([ErrUnknown]); the store then refuses to write until it is
// opened again. Salvage of a damaged file is not its business: it says that it
// is damaged and leaves the file alone.
package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterr "go.etcd.io/bbolt/errors"
)

const (
	// lockWait covers a predecessor that is still closing its file.
	lockWait = time.Second
	// mapSize is address space, not memory. A file that outgrows its map must be
	// mapped anew, which waits for all readers.
	mapSize = 64 << 20
	// growStep is how much the file grows at once. Growing costs one barrier more,
	// and bbolt's own 16 MiB is a lot for the small flash of a terminal.
	growStep = 1 << 20
	// maxBytes leaves room on the smallest disk that a terminal has.
	maxBytes = 1 << 30
)

// Store is one open file. All methods may be called concurrently.
type Store struct {
	db   *bolt.DB
	file *os.File // the one bbolt holds the lock on

	calls   chan *call    // unbuffered: a caller is taken or can still leave
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed when the writer has ended
	failed  chan struct{} // closed when the store refuses to write
	failure error         // why; set before failed is closed

	close    sync.Once
	closeErr error
}

// Options are what a store needs to know.
type Options struct {
	Log *slog.Logger
	// MaxBytes is how large the file may become; 0 means 1 GiB.
	MaxBytes int64
}

// Open opens the file at path, or creates it and its directory. The directory
// must be closed to everybody else (mode 0700) and the file becomes 0600. When
// another process has the file, the error is [ErrInUse]; when the file cannot be
// trusted, it is [ErrDamaged].
func Open(path string, o Options) (*Store, error) {
	fresh, err := prepare(path)
	if err != nil {
		return nil, fmt.Errorf("preparing the place of the store: %w", err)
	}
	s := &Store{
		calls:   make(chan *call),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
		failed:  make(chan struct{}),
	}
	if err := guard(func() error { return s.open(path, o) }); err != nil {
		s.letGo()
		return nil, fmt.Errorf("opening the store: %w", meaning(err))
	}
	if fresh {
		err = syncDir(filepath.Dir(path))
	}
	go s.write()
	if err = errors.Join(err, s.checkSchema()); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store: %w", err), s.Close())
	}
	o.Log.Info("store open", "bytes", s.size(), "new", fresh)
	return s, nil
}

func (s *Store) open(path string, o Options) (err error) {
	s.db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockWait,
		// A synced freelist costs one small page for each commit. Without it opening
		// scans the whole file, and damage ends the process past any recover.
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: mapSize,
		NoStatistics:    true,
		MaxSize:         int(cmp.Or(o.MaxBytes, maxBytes)),
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			s.file = f
			return f, err
		},
	})
	if err == nil {
		s.db.AllocSize = growStep
	}
	return err
}

// prepare makes the directory, refuses one that others can look into, and
// reports whether the file is yet to be made.
func prepare(path string) (fresh bool, err error) {
	dir := filepath.Dir(path)
	if err := makeDir(dir); err != nil {
		return false, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return false, err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return false, fmt.Errorf("%s has mode %#o, want 0700: %w", dir, perm, ErrExposed)
	}
	info, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = os.Chmod(path, 0o600)
	}
	return false, err
}

// makeDir creates dir, and what is missing above it, so that it survives a power
// cut: each name is data of its parent directory, which needs a barrier of its
// own.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return syncDir(parent)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (s *Store) size() int64 {
	info, err := s.file.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// View runs fn on a consistent state of the store. After a failed commit that
// state may contain what the commit left behind. fn must not keep a slice it
// got from bbolt.
func (s *Store) View(ctx context.Context, fn func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reading the store: %w", err)
	}
	select {
	case <-s.closing:
		return ErrClosed
	default:
	}
	err := guard(func() error { return s.db.View(fn) })
	if errors.Is(err, bolterr.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// Failed is closed when the store refuses to write until it is opened again.
func (s *Store) Failed() <-chan struct{} { return s.failed }

// Close ends the writer after the transaction it is at, waits for readers and
// frees the file for another opener. Callers not yet taken get [ErrClosed].
func (s *Store) Close() error {
	s.close.Do(func() {
		close(s.closing)
		<-s.stopped
		if errors.Is(s.failure, ErrDamaged) {
			// A panic inside bbolt may have left its locks held, on which its own Close
			// would wait for ever.
			s.closeErr = s.letGo()
			return
		}
		s.closeErr = guard(s.db.Close)
	})
	return s.closeErr
}

// letGo frees the file for another opener without bbolt's help. The map stays
// until the process ends, and keeps the lock of a descriptor that is only closed.
func (s *Store) letGo() error {
	if s.file == nil {
		return nil
	}
	err := syscall.Flock(int(s.file.Fd()), syscall.LOCK_UN)
	if errors.Is(err, syscall.EBADF) {
		return nil // bbolt has closed it
	}
	return errors.Join(err, s.file.Close())
}
