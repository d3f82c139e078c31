package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Recovery is what opening a damaged file did. It is kept in the new file until
// somebody acknowledges it, so that no terminal begins anew in silence.
type Recovery struct {
	At  time.Time `json:"at"` // UTC, by the terminal's clock
	How How       `json:"how"`
	// Records is how many were carried over into the new file.
	Records int `json:"records"`
	// Lost is how many were seen and could not be saved. What stood on a page that
	// is gone altogether is not among them: nobody can count it.
	Lost int `json:"lost"`
	// Aside is the name of the damaged file, in the same directory.
	Aside string `json:"aside"`
	// First is the damaged file of the earliest recovery that nobody has
	// acknowledged, when this is not the first one. Neither is ever deleted before.
	First string `json:"first,omitempty"`
	// Secrets are the names of those that were lost and are made anew: what was
	// made with the old ones can no longer be recognised or opened.
	Secrets []string `json:"secrets,omitempty"`
	// Noted: the audit record tells of it.
	Noted bool `json:"noted,omitempty"`
}

// How a file was recovered.
type How string

const (
	// Previous: the newer meta page was damaged. All as it stood one transaction
	// earlier, and what could be found of the last one.
	Previous How = "previous"
	// Salvaged: record by record, from wherever a good copy of it was.
	Salvaged How = "salvaged"
	// Empty: nothing could be saved.
	Empty How = "empty"
)

var recoveryKey = []byte("recovery")

// suspectPath is where the mark lies that makes the next Open check everything.
func (s *Store) suspectPath() string { return s.path + ".suspect" }

// Suspect leaves a mark on disk that makes the next Open check all of the file,
// and save what can be saved when it does not hold. Whoever finds that what it
// reads makes no sense calls it, closes the store and opens it again.
func (s *Store) Suspect() error {
	s.marking.Lock()
	defer s.marking.Unlock()
	if s.marked {
		return nil
	}
	f, err := os.OpenFile(s.suspectPath(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("marking the store as damaged: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close(), syncDir(filepath.Dir(s.path))); err != nil {
		return fmt.Errorf("marking the store as damaged: %w", err)
	}
	s.marked = true
	close(s.suspect)
	return nil
}

// Recovery is what was done to a damaged file and nobody has acknowledged yet.
func (s *Store) Recovery() (Recovery, bool) {
	r := s.recovery.Load()
	if r == nil {
		return Recovery{}, false
	}
	return *r, true
}

// NoteRecovery has also write down, in one transaction with the note that it did,
// what was done to a damaged file. Without anything left to note it does nothing.
func (s *Store) NoteRecovery(ctx context.Context, also func(*bolt.Tx, Recovery) error) error {
	r, ok := s.Recovery()
	if !ok || r.Noted {
		return nil
	}
	r.Noted = true
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx *bolt.Tx) error {
		s.OnCommit(tx, func() { s.recovery.Store(&r) })
		return errors.Join(metaTable.Put(tx, recoveryKey, value), also(tx, r))
	})
}

// AcknowledgeRecovery ends the note of what was done, in one transaction with
// what also writes. Without such a note it does nothing.
func (s *Store) AcknowledgeRecovery(ctx context.Context, also func(*bolt.Tx) error) error {
	if _, ok := s.Recovery(); !ok {
		return nil
	}
	return s.Update(ctx, func(tx *bolt.Tx) error {
		s.OnCommit(tx, func() { s.recovery.Store(nil) })
		// Not deleted: an older copy of the note would come back with the next recovery.
		return errors.Join(metaTable.Put(tx, recoveryKey, nil), also(tx))
	})
}

// readRecovery finds the note in the file.
func (s *Store) readRecovery() error {
	return s.View(context.Background(), func(tx *bolt.Tx) error {
		value, err := metaTable.Get(tx, recoveryKey)
		if len(value) == 0 || err != nil {
			return err
		}
		var r Recovery
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("reading the note of the recovery: %w: %w", ErrDamaged, err)
		}
		s.recovery.Store(&r)
		return nil
	})
}

// suspected reports whether somebody left the mark.
func (s *Store) suspected() bool {
	_, err := os.Stat(s.suspectPath())
	return err == nil
}

func imageAt(path string) (*os.File, *image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, readImage(f, info.Size()), nil
}

// recover puts a new file, made of what the damaged one still has, into its
// place. The damaged one stays beside it. Until the new name is on disk, nothing
// has changed. On a full disk the reserve is given up for it.
func (s *Store) recover(cause error) error {
	f, img, err := imageAt(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	saved := salvageFrom(img)
	r := Recovery{At: time.Now().UTC().Round(0), How: saved.how(), Records: saved.found(), Lost: saved.lost(), Secrets: saved.forgetLostSecrets()}
	if earlier, ok := saved.note(); ok { // nobody has acknowledged that one
		r.First = cmp.Or(earlier.First, earlier.Aside)
		r.Secrets = union(earlier.Secrets, r.Secrets)
	}
	var made bool
	if err := s.making(func() error {
		r.Aside, made, err = s.putAside(f)
		return err
	}); err != nil {
		return fmt.Errorf("keeping the damaged file: %w", err)
	}
	if err := s.making(func() error { return s.build(saved, r) }); err != nil {
		if made {
			os.Remove(s.beside(r.Aside))
		}
		return fmt.Errorf("saving what is left: %w", err)
	}
	if err := s.replace(s.path + newMark); err != nil {
		return err
	}
	s.o.Log.Error("store was damaged", "how", string(r.How), "records", r.Records, "lost", r.Lost, "secrets", len(r.Secrets), "aside", r.Aside, "err", cause)
	s.pruneAside(r)
	return nil
}

// making runs fn, which makes a file, and runs it again without the reserve when
// there is no room for what it makes.
func (s *Store) making(fn func() error) error {
	err := fn()
	if outOfRoom(err) {
		s.giveUpReserve()
		err = fn()
	}
	if outOfRoom(err) {
		err = fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// note is what an earlier recovery left in the file.
func (s *salvage) note() (r Recovery, ok bool) {
	if _, there := s.tables[metaTable].records[string(recoveryKey)]; !there {
		return r, false
	}
	framed, err := s.read(metaTable, string(recoveryKey))
	if err != nil {
		return r, false
	}
	value, _, err := metaTable.unframe(recoveryKey, framed)
	return r, err == nil && json.Unmarshal(value, &r) == nil
}

// remake puts an empty file into the place of one that has gone.
func (s *Store) remake() error {
	r := Recovery{At: time.Now().UTC().Round(0), How: Empty}
	nothing := salvageFrom(readImage(strings.NewReader(""), 0))
	if err := s.making(func() error { return s.build(nothing, r) }); err != nil {
		return err
	}
	s.o.Log.Error("store has gone", "how", string(r.How))
	return s.replace(s.path + newMark)
}

const newMark = ".new"

// replace puts the complete file at name into the place of the store's.
func (s *Store) replace(name string) error {
	if err := os.Rename(name, s.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(s.path))
}

func (s *salvage) how() How {
	switch {
	case s.found() == 0:
		return Empty
	case len(s.f.metas) == 1 && s.complete():
		return Previous
	}
	return Salvaged
}
