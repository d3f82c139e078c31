package store

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
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

// TestADamagedFileGivesErrorsAndNeverWrongValues damages a file in one place,
// opens it, reads all and writes once. The process must live, a value that is
// handed out must be the right one, and damage must be called damage.
func TestADamagedFileGivesErrorsAndNeverWrongValues(t *testing.T) {
	path := place(t)
	s := open(t, path)
	want := map[string]string{}
	for i := range 300 {
		key, value := string(Key(uint64(i))), strings.Repeat(string(rune('a'+i%26)), 100+i)
		update(t, s, func(tx *bolt.Tx) error {
			if i%3 != 0 {
				return put(key, value)(tx)
			}
			return put("passing", value)(tx)
		})
		if i%3 != 0 {
			want[key] = value
		}
	}
	update(t, s, func(tx *bolt.Tx) error { return things.Delete(tx, []byte("passing")) })
	// bbolt keeps two meta pages. Losing the newer one goes back by one transaction,
	// which here must not matter.
	update(t, s, func(*bolt.Tx) error { return nil })
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	used := len(bytes.TrimRight(whole, "\x00")) // the rest of the file is for growing
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	const page = 4096
	damages := map[string]func([]byte) []byte{
		"one bit": func(b []byte) []byte { b[random.IntN(used)] ^= 1 << random.IntN(8); return b },
		"zeroed page": func(b []byte) []byte {
			clear(b[random.IntN(used/page)*page:][:page])
			return b
		},
		"garbage page": func(b []byte) []byte {
			p := b[random.IntN(used/page)*page:][:page]
			for i := range p {
				p[i] = byte(random.Uint32())
			}
			return b
		},
		"cut short": func(b []byte) []byte { return b[:random.IntN(used)] },
	}
	noticed, fine := 0, 0
	for name, damage := range damages {
		for range 40 {
			if err := os.WriteFile(path, damage(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readAndWrite(path)
			for k, v := range got {
				if want[k] != v {
					t.Fatalf("%s: wrong value for %x (seed %d)", name, k, seed)
				}
			}
			switch {
			case err == nil:
				fine++
			case errors.Is(err, ErrInUse):
				t.Fatalf("%s: the store before did not let go (seed %d)", name, seed)
			default:
				noticed++
			}
		}
	}
	t.Logf("seed %d: %d trials noticed, %d without effect", seed, noticed, fine)
	if noticed == 0 {
		t.Error("no damage was ever noticed: the trials hit nothing")
	}
}

// readAndWrite returns what could be read, also when reading ended early.
func readAndWrite(path string) (map[string]string, error) {
	s, err := Open(path, quiet())
	if err != nil {
		return nil, err
	}
	defer s.Close()
	got := map[string]string{}
	var damaged error
	err = s.View(context.Background(), func(tx *bolt.Tx) error {
		for r := range things.All(tx) {
			if r.Err != nil {
				damaged = r.Err
				continue
			}
			got[string(r.Key)] = string(r.Value)
		}
		return nil
	})
	return got, errors.Join(err, damaged, s.Update(context.Background(), put("new", "")))
}
