package store

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// FuzzNoFileMakesTheReaderFail changes a real file in two places and cuts it.
func FuzzNoFileMakesTheReaderFail(f *testing.F) {
	path := place(f)
	s := open(f, path)
	for i := range uint64(40) {
		update(f, s, func(tx *bolt.Tx) error { return things.Put(tx, Key(i), make([]byte, 300+i)) })
	}
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	whole = whole[:readImage(bytes.NewReader(whole), int64(len(whole))).metas[0].pages*4096]
	f.Add(uint32(0), []byte{}, uint32(0), []byte{}, uint32(0))
	f.Add(uint32(16), []byte{1}, uint32(4096+20), []byte{2}, uint32(100))
	f.Add(uint32(3*4096+8), []byte{2, 0, 255, 255, 255, 255, 255, 127}, uint32(4*4096+16), bytes.Repeat([]byte{255}, 16), uint32(0))
	f.Fuzz(func(t *testing.T, at uint32, one []byte, at2 uint32, two []byte, cut uint32) {
		file := bytes.Clone(whole)
		copy(file[int(at)%len(file):], one)
		copy(file[int(at2)%len(file):], two)
		changed := !bytes.Equal(file, whole) || cut%uint32(len(file)) > 0
		file = file[:len(file)-int(cut)%len(file)]
		img := readImage(bytes.NewReader(file), int64(len(file)))
		if _, err := img.walk(func() bool { return false }); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("%v is not ErrDamaged", err)
		} else if err != nil && !changed {
			t.Errorf("a whole file: %v", err)
		}
		saved := salvageFrom(img)
		for name, table := range saved.tables {
			for key := range table.records {
				if _, err := saved.read(name, key); err != nil {
					t.Errorf("%s %x was found and cannot be read: %v", name, key, err)
				}
			}
		}
	})
}

// TestTheWalkNoticesWhatChangesARecordOrItsPlace flips bits of a small
// store at regular steps. What the walk does not notice (the unused rest of a page,
// an old page) must not change what the store holds.
func TestTheWalkNoticesWhatChangesARecordOrItsPlace(t *testing.T) {
	path := place(t)
	s := open(t, path)
	want := many(t, s, 30)
	s.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	noticed, harmless := 0, 0
	f := readImage(bytes.NewReader(whole), int64(len(whole)))
	for bit := int64(0); bit < int64(f.metas[0].pages)*f.pageSize*8; bit += 61 {
		file := bytes.Clone(whole)
		file[bit/8] ^= 1 << (bit % 8)
		img := readImage(bytes.NewReader(file), int64(len(file)))
		if _, err := img.walk(func() bool { return false }); err != nil {
			noticed++
			continue
		}
		harmless++
		// Not noticed: then every record must still be where it was, as it was.
		saved := salvageFrom(img)
		for key, value := range want {
			framed, err := saved.read(things, key)
			if err != nil || string(framed[headLen+len(things):]) != value {
				t.Fatalf("bit %d is not noticed and changes record %x", bit, key)
			}
		}
	}
	t.Logf("%d flips noticed, %d harmless", noticed, harmless)
	if noticed == 0 || harmless == 0 {
		t.Error("the flips hit nothing")
	}
}

// TestTheWalkHoldsForWhateverBboltWrites changes a store at random and walks it
// after each transaction: a false alarm would end in a recovery.
func TestTheWalkHoldsForWhateverBboltWrites(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	path := place(t)
	s := open(t, path)
	tables := []Table{"a", "b", "c"}
	live := map[Table]map[uint64]bool{}
	for _, name := range tables {
		update(t, s, name.Make)
		live[name] = map[uint64]bool{}
	}
	for step := range 300 {
		update(t, s, func(tx *bolt.Tx) error {
			for range 1 + random.IntN(30) {
				name, key := tables[random.IntN(3)], uint64(random.IntN(400))
				if step%100 > 60 || random.IntN(3) == 0 {
					if err := name.Delete(tx, Key(key)); err != nil {
						return err
					}
					delete(live[name], key)
					continue
				}
				size := random.IntN(200)
				if random.IntN(10) == 0 {
					size = random.IntN(20_000)
				}
				if err := name.Put(tx, Key(key), make([]byte, size)); err != nil {
					return err
				}
				live[name][key] = true
			}
			return nil
		})
		f, img, err := imageAt(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := img.walk(func() bool { return false })
		f.Close()
		if err != nil {
			t.Fatalf("seed %d, step %d: %v", seed, step, err)
		}
		// The schema and a note of each table are records as well.
		if n := len(live["a"]) + len(live["b"]) + len(live["c"]) + 6; c.records != n {
			t.Fatalf("seed %d, step %d: %d records, want %d", seed, step, c.records, n)
		}
	}
}
