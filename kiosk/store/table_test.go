package store

import (
	"bytes"
	"errors"
	"testing"

	bolt "go.etcd.io/bbolt"
)

func TestAChangedRecordIsDamageAndNotAWrongValue(t *testing.T) {
	s := open(t, place(t))
	update(t, s, put("a", "one"))
	framed := things.frame([]byte("a"), 7, []byte("one"))
	for i := range len(framed) * 8 {
		flipped := bytes.Clone(framed)
		flipped[i/8] ^= 1 << (i % 8)
		update(t, s, func(tx *bolt.Tx) error { return tx.Bucket([]byte(things)).Put([]byte("a"), flipped) })
		if got, err := contents(s); !errors.Is(err, ErrDamaged) {
			t.Fatalf("bit %d: got %q, %v, want ErrDamaged", i, got, err)
		}
	}
}

func TestARecordUnderAnotherKeyIsDamage(t *testing.T) {
	s := open(t, place(t))
	update(t, s, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(things)).Put([]byte("b"), things.frame([]byte("a"), 7, []byte("one")))
	})
	if got, err := contents(s); !errors.Is(err, ErrDamaged) {
		t.Fatalf("got %q, %v, want ErrDamaged", got, err)
	}
}

func TestNoValueAndAnEmptyValueAreDifferent(t *testing.T) {
	s := open(t, place(t))
	update(t, s, put("empty", ""))
	err := s.View(t.Context(), func(tx *bolt.Tx) error {
		empty, err := things.Get(tx, []byte("empty"))
		if err != nil || empty == nil {
			t.Errorf("empty value: %v, %v", empty, err)
		}
		none, err := things.Get(tx, []byte("none"))
		if err != nil || none != nil {
			t.Errorf("no value: %v, %v", none, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func FuzzOnlyWhatWasFramedIsRead(f *testing.F) {
	f.Add([]byte("key"), []byte("value"))
	f.Add([]byte("key"), things.frame([]byte("key"), 7, []byte("value")))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, framed []byte) {
		value, txid, err := things.unframe(key, framed)
		if err == nil && !bytes.Equal(framed, things.frame(key, txid, value)) {
			t.Errorf("%x was read from %x", value, framed)
		}
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
	})
}
