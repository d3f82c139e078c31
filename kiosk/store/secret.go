package store

import (
	"context"
	"crypto/rand"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

var (
	metaBucket   = []byte("meta")
	secretBucket = []byte("secret")
	schemaKey    = []byte("schema")
)

// schema is the version of everything in the file. A program refuses a file
// from a later one: it would misread what it does not know.
const schema = 1

func (s *Store) checkSchema() error {
	return s.Update(context.Background(), func(tx *bolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(metaBucket)
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists(secretBucket); err != nil {
			return err
		}
		found, err := Get(meta, schemaKey)
		if err != nil {
			return err
		}
		if found == nil {
			return Put(meta, schemaKey, Key(schema))
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
		b := tx.Bucket(secretBucket)
		if secret, err = Get(b, []byte(name)); err != nil || secret != nil {
			return err
		}
		secret = make([]byte, n)
		rand.Read(secret) // never fails, see crypto/rand
		return Put(b, []byte(name), secret)
	})
	if err != nil {
		return nil, fmt.Errorf("fetching the secret %q: %w", name, err)
	}
	if len(secret) != n {
		return nil, fmt.Errorf("fetching the secret %q: %d bytes, want %d: %w", name, len(secret), n, ErrDamaged)
	}
	return secret, nil
}
