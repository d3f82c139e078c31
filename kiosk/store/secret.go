package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// secretTable holds what is random and made once.
const secretTable Table = "secret"

const secretPrefix = "secret/"

// secretKey is where the meta table notes that a secret was made.
func secretKey(name string) []byte { return []byte(secretPrefix + name) }

// Secret returns n random bytes that belong to this installation: made at the
// first call with name, the same ever after.
//
// One that was made and is not there any more is [ErrDamaged]. Opening the store
// again then recovers it: the terminal must come up for citizens, so that a lost
// secret is made anew, and [Recovery] names it.
func (s *Store) Secret(name string, n int) ([]byte, error) {
	var secret []byte
	err := s.Update(context.Background(), func(tx *bolt.Tx) (err error) {
		if secret, err = secretTable.Get(tx, []byte(name)); err != nil || secret != nil {
			return err
		}
		noted, err := metaTable.Get(tx, secretKey(name))
		if err != nil {
			return err
		}
		if noted != nil {
			return fmt.Errorf("it has gone: %w", ErrDamaged)
		}
		secret = make([]byte, n)
		rand.Read(secret) // never fails, see crypto/rand
		if err := secretTable.Put(tx, []byte(name), secret); err != nil {
			return err
		}
		if err := metaTable.Put(tx, secretKey(name), nil); err != nil {
			return err
		}
		return s.tellAnew(tx, name)
	})
	if err != nil {
		return nil, fmt.Errorf("fetching the secret %q: %w", name, err)
	}
	if len(secret) != n {
		return nil, fmt.Errorf("fetching the secret %q: %d bytes, want %d: %w", name, len(secret), n, ErrDamaged)
	}
	return secret, nil
}

// tellAnew adds name to what an open recovery tells: where even the note was lost
// that there was such a secret, one made now took the place of another.
func (s *Store) tellAnew(tx *bolt.Tx, name string) error {
	r, ok := s.Recovery()
	if !ok || slices.Contains(r.Secrets, name) {
		return nil
	}
	r.Secrets = union(r.Secrets, []string{name})
	value, err := json.Marshal(r)
	if err != nil {
		return err
	}
	s.OnCommit(tx, func() { s.recovery.Store(&r) })
	return metaTable.Put(tx, recoveryKey, value)
}

// lostSecrets are the names of those that were made and are not there.
func (s *salvage) lostSecrets() (names []string) {
	for key := range s.tables[metaTable].records {
		name, ok := strings.CutPrefix(key, secretPrefix)
		if _, there := s.tables[secretTable].records[name]; ok && !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// forgetLostSecrets has the lost ones made anew, and returns their names.
func (s *salvage) forgetLostSecrets() []string {
	names := s.lostSecrets()
	for _, name := range names {
		delete(s.tables[metaTable].records, string(secretKey(name)))
	}
	return names
}

// union is all of a and b, sorted.
func union(a, b []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}
