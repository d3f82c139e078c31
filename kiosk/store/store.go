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
// When a commit fails, the store finds out from the disk whether it is there, and
// callers get an exact answer. When the disk is full, a reserve is given up, so
// that what makes room can still be stored; [Store.Room] tells whether a citizen
// may begin something new.
//
// bbolt has no checksums on data pages. A [Table] adds one to each record, so that
// damage is an error and never a wrong value. A damaged file is put aside when it
// is opened, and what can be saved of it is carried over into a new one, which
// says so ([Store.Recovery]) until somebody has acknowledged it.
//
// While nothing else is to be done the store checks its file, and makes it small
// again.
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
	"sync/atomic"
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
	growStep = 512 << 10
	// maxBytes leaves room on the smallest disk that a terminal has.
	maxBytes = 1 << 30
)

// Options are what a store needs to know.
type Options struct {
	Log *slog.Logger
	// MaxBytes is how large the file may become; 0 means 1 GiB.
	MaxBytes int64
}

// Store is one open file. All methods may be called concurrently, but not from
// within a function that was handed to View or Update.
type Store struct {
	path string
	o    Options
	dir  *os.File // locked

	// swap is held by each View, and by the writer while it puts another file, or
	// the same one anew, into the place of the open one.
	swap sync.RWMutex
	db   *bolt.DB
	file *os.File // the one bbolt holds its lock on

	calls   chan *call    // unbuffered: a caller is taken or can still leave
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed when the writer has ended
	failed  chan struct{} // closed when the store refuses to write
	failure error         // why; set before failed is closed

	after []func() // what OnCommit was given in the running transaction
	idle  idle

	full     atomic.Bool // the reserve was given up
	recovery atomic.Pointer[Recovery]
	marking  sync.Mutex
	marked   bool          // the mark of Suspect is on disk
	suspect  chan struct{} // closed when it is

	close    sync.Once
	closeErr error
}

// Open opens the file at path, or creates it and its directory. The directory
// must be closed to everybody else (mode 0700), it is for one store only, and the
// file becomes 0600. When another process has it, the error is [ErrInUse].
//
// A file that cannot be opened, or that somebody suspects, is checked whole. When
// it does not hold, it is put aside, what can be saved goes into a new file, and
// Recovery tells of it. Otherwise opening reads only the few pages that lead into
// the file.
func Open(path string, o Options) (*Store, error) {
	if err := prepare(path); err != nil {
		return nil, fmt.Errorf("preparing the place of the store: %w", err)
	}
	o.MaxBytes = cmp.Or(o.MaxBytes, maxBytes)
	dir, err := lockDir(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	s, err := openLocked(path, o, dir)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store: %w", err), dir.Close())
	}
	o.Log.Info("store open", "bytes", s.size())
	return s, nil
}

// openLocked opens the file, and recovers it first when it is damaged.
func openLocked(path string, o Options, dir *os.File) (*Store, error) {
	s := newStore(path, o, dir)
	s.sweep()
	fresh, err := s.create()
	if err != nil {
		return nil, err
	}
	if err = s.checked(); err == nil {
		err = s.start(fresh)
	}
	if errors.Is(err, ErrDamaged) {
		s = newStore(path, o, dir)
		if err = s.recover(err); err == nil {
			err = s.start(false)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.trusted(); err != nil {
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

// checked looks at the whole file when somebody suspects it.
func (s *Store) checked() error {
	if !s.suspected() {
		return nil
	}
	f, img, err := imageAt(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := img.walk(func() bool { return false }); err != nil {
		return err
	}
	if lost := salvageFrom(img).lostSecrets(); len(lost) > 0 {
		return fmt.Errorf("secrets %q have gone: %w", lost, ErrDamaged)
	}
	return nil
}

func newStore(path string, o Options, dir *os.File) *Store {
	return &Store{
		path: path, o: o, dir: dir,
		calls:   make(chan *call),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
		failed:  make(chan struct{}),
		suspect: make(chan struct{}),
	}
}

// sweep removes what a crash left half made. None of it was ever in use.
func (s *Store) sweep() {
	os.Remove(s.path + newMark)
}

// create makes an empty file when there is none. It appears whole or not at all.
// Where a store has been before, the new file says that it is not the first one.
func (s *Store) create() (fresh bool, err error) {
	if _, err := os.Stat(s.path); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if _, err := os.Stat(s.reservePath()); err == nil {
		return false, s.remake()
	}
	d, err := newDraft(s.path + newMark)
	if err != nil {
		return false, err
	}
	if _, err := d.finish(0); err != nil {
		d.discard()
		return false, err
	}
	return true, s.replace(d.path)
}

// start opens the file and begins to write. Its error leaves nothing open.
func (s *Store) start(fresh bool) error {
	if err := s.openFile(); err != nil {
		return err
	}
	go s.write()
	err := s.checkSchema(fresh)
	if err == nil {
		err = s.readRecovery()
	}
	if err != nil {
		s.end()
		return err
	}
	s.secureReserve()
	return nil
}

// openFile has bbolt open the file, if what bbolt is about to trust holds.
func (s *Store) openFile() error {
	f, img, err := imageAt(s.path)
	if err != nil {
		return err
	}
	if err := errors.Join(img.preflight(), f.Close()); err != nil {
		return err
	}
	if err := guard(s.openBolt); err != nil {
		return errors.Join(meaning(err), s.letGo())
	}
	return nil
}

func (s *Store) openBolt() (err error) {
	s.db, err = bolt.Open(s.path, 0o600, &bolt.Options{
		Timeout: lockWait,
		// A synced freelist costs one small page for each commit. Without it opening
		// scans the whole file, and damage ends the process past any recover.
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: mapSize,
		NoStatistics:    true,
		MaxSize:         int(s.o.MaxBytes),
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			// bbolt would take a file that has gone for one that is yet to be made.
			f, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
			s.file = f
			return f, err
		},
	})
	if err == nil {
		s.db.AllocSize = growStep
	}
	return err
}

// trusted takes the mark of a suspicion away, now that it has been seen to.
func (s *Store) trusted() error {
	if !s.suspected() {
		return nil
	}
	err := os.Remove(s.suspectPath())
	return errors.Join(err, syncDir(filepath.Dir(s.path)))
}

func (s *Store) size() int64 {
	s.swap.RLock()
	defer s.swap.RUnlock()
	info, err := s.file.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// View runs fn on a consistent state of the store. fn must not keep a slice it
// got from bbolt, nor call the store. What fn finds damaged leaves the mark of
// [Store.Suspect].
func (s *Store) View(ctx context.Context, fn func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("reading the store: %w", err)
	}
	s.swap.RLock()
	defer s.swap.RUnlock()
	select {
	case <-s.closing:
		return ErrClosed
	default:
	}
	if s.db == nil {
		return ErrRefusing
	}
	err := guard(func() error { return s.db.View(fn) })
	if errors.Is(err, bolterr.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return s.suspicious(err)
}

// suspicious leaves the mark when err tells of damage.
func (s *Store) suspicious(err error) error {
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	if marked := s.Suspect(); marked != nil {
		return errors.Join(err, marked)
	}
	return err
}

// Suspected is closed when the mark of [Store.Suspect] has been left: the store
// goes on, and whoever runs it should open it anew as soon as nobody is
// disturbed by that.
func (s *Store) Suspected() <-chan struct{} { return s.suspect }

// Failed is closed when the store refuses to write until it is opened again.
func (s *Store) Failed() <-chan struct{} { return s.failed }

// Close ends the writer after the transaction it is at, waits for readers and
// frees the file for another opener. Callers not yet taken get [ErrClosed].
func (s *Store) Close() error {
	s.close.Do(func() { s.closeErr = errors.Join(s.end(), s.dir.Close()) })
	return s.closeErr
}

// end closes all but the directory.
func (s *Store) end() error {
	close(s.closing)
	<-s.stopped
	if errors.Is(s.failure, ErrDamaged) {
		// A panic inside bbolt may have left its locks held, on which its own Close
		// would wait for ever.
		return s.letGo()
	}
	s.swap.Lock()
	defer s.swap.Unlock()
	if s.db == nil {
		return nil
	}
	return guard(s.db.Close)
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
