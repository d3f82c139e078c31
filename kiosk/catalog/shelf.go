package catalog

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Shelf holds the catalogue in use: the newest signed bundle that works in this
// program, or what is built in. A bundle that does not work changes nothing but
// the status. Many goroutines may use it.
type Shelf struct {
	file    string
	signer  *x509.Certificate
	log     *slog.Logger
	changed chan struct{}

	taking sync.Mutex // one bundle at a time
	digest [sha256.Size]byte

	mu      sync.Mutex // of what follows, never held while the disk is at work
	catalog *Catalog
	status  ShelfStatus
}

// ShelfStatus says which catalogue is in use, for the technician.
type ShelfStatus struct {
	Version int  `json:"version"`
	Bundle  bool `json:"bundle"` // from a signed bundle, not built in
	// Problem is why the last bundle was refused; empty once one is taken.
	Problem string `json:"problem,omitempty"`
	// At is when the bundle in use was signed.
	At time.Time `json:"at,omitzero"`
}

// OpenShelf reads the bundle kept in file, if there is one. Whatever is wrong
// with it, a terminal has its built-in services; only a certificate that cannot
// sign catalogues is an error. Without a certificate no bundle is believed.
func OpenShelf(file string, signer *x509.Certificate, log *slog.Logger) (*Shelf, error) {
	c, err := Load()
	if err != nil {
		return nil, fmt.Errorf("loading the built-in catalogue: %w", err)
	}
	s := &Shelf{
		file: file, signer: signer, log: log, changed: make(chan struct{}, 1),
		catalog: c, status: ShelfStatus{Version: c.Version()},
	}
	if signer == nil {
		return s, nil
	}
	if _, err := algorithm(signer); err != nil {
		return nil, err
	}
	kept, err := readBundle(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	var b Bundle
	if err == nil {
		b, err = s.newer(kept)
	}
	switch {
	case err == nil:
		s.use(b, kept)
	case errors.Is(err, ErrNotNewer): // the program was updated since
		log.Info("catalogue bundle left for the newer one built in", "version", c.Version())
	default:
		s.trouble(err.Error())
		log.Warn("catalogue bundle refused", "in_use", c.Version(), "err", err)
	}
	return s, nil
}

// readBundle reads no more than a bundle may be long.
func readBundle(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("the bundle is not a file")
	case info.Size() > bundleLargest:
		return nil, ErrTooLarge
	}
	return os.ReadFile(file)
}

// Catalog is the catalogue in use. What it returns does not change; a newer one
// is another.
func (s *Shelf) Catalog() *Catalog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.catalog
}

// Status says which catalogue is in use, and what became of the last bundle.
func (s *Shelf) Status() ShelfStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Changed receives when a newer catalogue is in use. Two changes may come as
// one.
func (s *Shelf) Changed() <-chan struct{} { return s.changed }

// Take keeps a bundle and uses it from now on. One that is not to be believed,
// not newer, or holds what this program does not understand, is refused whole,
// and the one in use stays. The bundle in use, once more, is no problem.
func (s *Shelf) Take(jws []byte) error {
	s.taking.Lock()
	defer s.taking.Unlock()
	if err := s.take(jws); err != nil {
		s.trouble(err.Error())
		return fmt.Errorf("taking the catalogue: %w", err)
	}
	s.trouble("")
	return nil
}

func (s *Shelf) take(jws []byte) error {
	if s.signer == nil {
		return ErrNoSigner
	}
	if sha256.Sum256(jws) == s.digest {
		return nil
	}
	b, err := s.newer(jws)
	if err != nil {
		return err
	}
	if err := place(s.file, jws); err != nil {
		return fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	s.use(b, jws)
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return nil
}

// newer opens a bundle, and wants it to come after the catalogue in use: an old
// one could bring back a form that the authority has withdrawn.
func (s *Shelf) newer(jws []byte) (Bundle, error) {
	b, err := OpenBundle(jws, s.signer)
	if err != nil {
		return Bundle{}, err
	}
	if now := s.Catalog().Version(); b.Catalog.Version() <= now {
		return Bundle{}, fmt.Errorf("%w: version %d after %d", ErrNotNewer, b.Catalog.Version(), now)
	}
	return b, nil
}

func (s *Shelf) use(b Bundle, jws []byte) {
	s.digest = sha256.Sum256(jws)
	s.mu.Lock()
	s.catalog = b.Catalog
	s.status = ShelfStatus{Version: b.Catalog.Version(), Bundle: true, At: b.IssuedAt}
	s.mu.Unlock()
	s.log.Info("catalogue bundle in use", "version", b.Catalog.Version(), "issued_at", b.IssuedAt)
}

func (s *Shelf) trouble(problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Problem = problem
}

// place writes a file whole: after a power cut there is the old one or the new
// one.
func place(file string, data []byte) error {
	name := file + ".new"
	draft, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = draft.Write(data)
	if err = errors.Join(err, draft.Sync(), draft.Close()); err == nil {
		err = os.Rename(name, file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
