package store

import (
	"context"
	"crypto/rand"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// secretTable holds what is random and made once.
const secretTable Table = "secret"

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
