package store

import (
	"context"
	"crypto/rand"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

const (
	metaTable   Table = "meta"
	secretTable Table = "secret"
)

var schemaKey = []byte("schema")

// schema is the version of everything in the file. A program refuses a file
// from a later one: it would misread what it does not know.
const schema = 1

func (s *Store) checkSchema() error {
	return s.Update(context.Background(), func(tx *bolt.Tx) error {
		for _, t := range []Table{metaTable, secretTable} {
			if err := t.Make(tx); err != nil {
				return err
			}
		}
		found, err := metaTable.Get(tx, schemaKey)
		if err != nil {
			return err
		}
		if found == nil {
			return metaTable.Put(tx, schemaKey, Key(schema))
		}
		if v := KeyNumber(found); v != schema {
			return fmt.Errorf("schema %d, want %d: %w", v, schema, ErrNewer)
		}
		return nil
	})
}

// Secret returns n random bytes that belong to this installation: made at the
// first call with name, the same ever after.
func (s *Store) Secret(name string, n int) ([]byte, error) {
	var secret []byte
	err := s.Update(context.Background(), func(tx *bolt.Tx) (err error) {
		if secret, err = secretTable.Get(tx, []byte(name)); err != nil || secret != nil {
			return err
		}
		secret = make([]byte, n)
		rand.Read(secret) // never fails, see crypto/rand
		return secretTable.Put(tx, []byte(name), secret)
	})
	if err != nil {
		return nil, fmt.Errorf("fetching the secret %q: %w", name, err)
	}
	if len(secret) != n {
		return nil, fmt.Errorf("fetching the secret %q: %d bytes, want %d: %w", name, len(secret), n, ErrDamaged)
	}
	return secret, nil
}
