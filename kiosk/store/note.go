package store

import (
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// noteTable holds small things that a part of the terminal wants to know after a
// restart, and could do without.
const noteTable Table = "note"

// Note keeps value under name, in place of the one before.
func (s *Store) Note(ctx context.Context, name string, value []byte) error {
	err := s.Update(ctx, func(tx *bolt.Tx) error {
		if err := noteTable.Make(tx); err != nil {
			return err
		}
		return noteTable.Put(tx, []byte(name), value)
	})
	if err != nil {
		return fmt.Errorf("keeping the note %q: %w", name, err)
	}
	return nil
}

// Noted returns what was kept under name, nil when nothing was.
func (s *Store) Noted(ctx context.Context, name string) (value []byte, err error) {
	err = s.View(ctx, func(tx *bolt.Tx) error {
		if tx.Bucket([]byte(noteTable)) == nil {
			return nil // nothing was ever kept
		}
		value, err = noteTable.Get(tx, []byte(name))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the note %q: %w", name, err)
	}
	return value, nil
}
