package store

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	asideMark = ".damaged-"
	keepAside = 3
)

// aside is a damaged file that was put beside the store's. They are counted: what
// the clock of a terminal says need not be later than what it said before.
type aside struct {
	number uint64 // 0 is none of ours
	name   string // in the directory of the store
}

// asides are the damaged files, oldest first.
func (s *Store) asides() ([]aside, error) {
	prefix := filepath.Base(s.path) + asideMark
	files, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		return nil, err
	}
	var all []aside
	for _, f := range files {
		if number, ok := strings.CutPrefix(f.Name(), prefix); ok {
			n, _ := strconv.ParseUint(number, 10, 32)
			all = append(all, aside{n, f.Name()})
		}
	}
	slices.SortStableFunc(all, func(a, b aside) int { return cmp.Compare(a.number, b.number) })
	return all, nil
}

// putAside keeps the damaged file f under a name of its own, which made tells to
// be new: a recovery that a power cut ended has given it one already.
func (s *Store) putAside(f *os.File) (name string, made bool, err error) {
	all, err := s.asides()
	if err != nil {
		return "", false, err
	}
	var last aside
	if len(all) > 0 {
		last = all[len(all)-1]
	}
	if s.isAt(last.name, f) {
		return last.name, false, nil
	}
	name = fmt.Sprintf("%s%s%04d", filepath.Base(s.path), asideMark, last.number+1)
	return name, true, keep(f, s.beside(name))
}

// beside is the path of a name in the directory of the store.
func (s *Store) beside(name string) string { return filepath.Join(filepath.Dir(s.path), name) }

// isAt reports whether name leads to the very file f.
func (s *Store) isAt(name string, f *os.File) bool {
	if name == "" {
		return false
	}
	there, err1 := os.Stat(s.beside(name))
	this, err2 := f.Stat()
	return err1 == nil && err2 == nil && os.SameFile(there, this)
}

// keep gives the damaged file f another name, which takes no room. Where the file
// system knows no second names it is copied, as far as it can be read.
func keep(f *os.File, aside string) error {
	if err := os.Link(f.Name(), aside); err == nil {
		return nil
	}
	to, err := os.OpenFile(aside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	var unread *fs.PathError
	if _, err = io.Copy(to, io.NewSectionReader(f, 0, 1<<62)); errors.As(err, &unread) && unread.Op == "read" {
		err = nil
	}
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		os.Remove(aside)
	}
	return err
}

// pruneAside keeps the newest damaged files, and those of r, which nobody has
// acknowledged yet.
func (s *Store) pruneAside(r Recovery) {
	all, err := s.asides()
	if err != nil {
		return
	}
	for i := 0; len(all)-i > 0 && len(all) > keepAside; {
		if name := all[i].name; name == r.Aside || name == r.First {
			i++
			continue
		}
		os.Remove(s.beside(all[i].name))
		all = slices.Delete(all, i, i+1)
	}
}
