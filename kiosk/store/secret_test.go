package store

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"
)

func secretOf(t *testing.T, s *Store, name string) []byte {
	t.Helper()
	b, err := s.Secret(name, 32)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestASecretIsMadeOnceForEachName(t *testing.T) {
	path := place(t)
	s := open(t, path)
	first, other := secretOf(t, s, "owner"), secretOf(t, s, "claim")
	if bytes.Equal(first, other) || bytes.Equal(first, make([]byte, 32)) {
		t.Error("secrets are not random")
	}
	s.Close()
	s = open(t, path)
	if !bytes.Equal(first, secretOf(t, s, "owner")) {
		t.Error("secret changed with a restart")
	}
	if _, err := s.Secret("owner", 16); err == nil {
		t.Error("secret of another length was given")
	}
}

func TestALostSecretIsNotMadeAnewInSilence(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, path string, secret []byte){
		"a bit of it":      func(t *testing.T, path string, secret []byte) { spoilRecord(t, path, string(secret)) },
		"all of the file":  func(t *testing.T, path string, _ []byte) { spoil(t, path, func(file []byte) { clear(file) }) },
		"its record alone": func(t *testing.T, path string, _ []byte) { deleteSecret(t, path, "owner") },
	} {
		t.Run(name, func(t *testing.T) {
			path := place(t)
			s := open(t, path)
			old, other := secretOf(t, s, "owner"), secretOf(t, s, "claim")
			s.Close()
			lose(t, path, old)
			s = open(t, path)
			if _, ok := s.Recovery(); !ok {
				if _, err := s.Secret("owner", 32); !errors.Is(err, ErrDamaged) {
					t.Fatalf("got %v, want ErrDamaged", err)
				}
				s.Close()
				s = open(t, path)
			}
			again := secretOf(t, s, "owner")
			told := []string{"owner"}
			if !bytes.Equal(secretOf(t, s, "claim"), other) {
				told = []string{"claim", "owner"}
			}
			if bytes.Equal(again, old) {
				t.Fatal("it was not lost")
			}
			for range 2 {
				if r, ok := s.Recovery(); !ok || !slices.Equal(r.Secrets, told) {
					t.Errorf("recovery %+v, %v, want secrets %v", r, ok, told)
				}
				s.Close()
				s = open(t, path)
			}
			if !bytes.Equal(secretOf(t, s, "owner"), again) {
				t.Error("made anew once more")
			}
			goOn(t, s)
			s.Close()
			s, r := suffering(t, path, rootPage)
			if !slices.Equal(r.Secrets, told) {
				t.Errorf("after the next recovery it tells of %v", r.Secrets)
			}
			if err := s.AcknowledgeRecovery(t.Context(), put("who", "mb")); err != nil {
				t.Fatal(err)
			}
			goOn(t, s)
			s.Close()
			s, r = suffering(t, path, rootPage)
			if len(r.Secrets) > 0 || r.First != "" {
				t.Errorf("acknowledged, and told once more: %+v", r)
			}
			s.Close()
		})
	}
}

// deleteSecret leaves a sound file in which a secret is missing.
func deleteSecret(t *testing.T, path, name string) {
	t.Helper()
	s := open(t, path)
	update(t, s, func(tx *bolt.Tx) error { return secretTable.Delete(tx, []byte(name)) })
	s.Close()
}
