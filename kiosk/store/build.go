package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

const (
	// buildStep is how much goes into one transaction of a file that is being made.
	buildStep = 4 << 20
	// farthest is how far a table's count may be ahead of its last key to be
	// believed: it has no checksum.
	farthest = 1 << 20
)

// draft is a file that is being made beside the store's. It is durable only once
// finish has returned.
type draft struct {
	path string
	db   *bolt.DB
}

func newDraft(path string) (*draft, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	// One barrier at the end is enough: nobody reads a draft after a power cut.
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		FreelistType: bolt.FreelistMapType, NoSync: true, NoGrowSync: true, NoStatistics: true,
	})
	if err != nil {
		return nil, err
	}
	db.AllocSize = growStep
	return &draft{path, db}, nil
}

// finish lets the file count on from transaction base, checks it and makes it
// durable.
func (d *draft) finish(base uint64) (census, error) {
	if err := d.db.Close(); err != nil {
		return census{}, err
	}
	f, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err != nil {
		return census{}, err
	}
	defer f.Close()
	if err := countOn(f, base); err != nil {
		return census{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return census{}, err
	}
	img := readImage(f, info.Size())
	c, err := img.walk(func() bool { return false })
	if err != nil {
		return census{}, fmt.Errorf("checking the new file: %w", err)
	}
	// What the file has grown by in advance is of no use yet.
	return c, errors.Join(f.Truncate(int64(c.pages)*img.pageSize), f.Sync())
}

// discard ends a draft that did not get finished.
func (d *draft) discard() {
	d.db.Close()
	os.Remove(d.path)
}

// countOn raises the transaction numbers of a file beyond base. A record says by
// which transaction it was written; were the numbers to begin anew with each new
// file, an older version of a record could pass for the newer one.
func countOn(f *os.File, base uint64) error {
	base += base % 2 // each meta page has its own parity
	img := readImage(f, 1)
	for id := range int64(2) {
		b := make([]byte, headerLen+metaLen)
		if _, err := f.ReadAt(b, id*img.pageSize); err != nil {
			return err
		}
		m := b[headerLen:]
		native.PutUint64(m[metaTxidAt:], native.Uint64(m[metaTxidAt:])+base)
		native.PutUint64(m[metaSumAt:], metaSum(m))
		if _, err := f.WriteAt(b, id*img.pageSize); err != nil {
			return err
		}
	}
	return nil
}

// build makes a new file of what was saved, with a note of how.
func (s *Store) build(saved *salvage, r Recovery) error {
	d, err := newDraft(s.path + newMark)
	if err != nil {
		return err
	}
	if err := guard(func() error { return d.fill(saved, r) }); err != nil {
		d.discard()
		return err
	}
	if _, err = d.finish(max(saved.newest, saved.base)); err != nil {
		d.discard()
	}
	return err
}

func (d *draft) fill(saved *salvage, r Recovery) error {
	for _, name := range saved.names() {
		if err := d.table(saved, name); err != nil {
			return fmt.Errorf("table %s: %w", name, err)
		}
	}
	note, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return d.db.Update(func(tx *bolt.Tx) error {
		for _, name := range saved.names() {
			if name == metaTable {
				continue
			}
			if err := metaTable.Put(tx, directoryKey(name), nil); err != nil {
				return err
			}
		}
		if found, err := metaTable.Get(tx, schemaKey); found == nil || err != nil {
			if err := metaTable.Put(tx, schemaKey, thisSchema.encode()); err != nil {
				return err
			}
		}
		return metaTable.Put(tx, recoveryKey, note)
	})
}

// table copies one table, its records as they are.
func (d *draft) table(saved *salvage, name Table) error {
	t := saved.tables[name]
	keys := slices.Sorted(maps.Keys(t.records))
	sequence := t.sequence
	if n := len(keys); n > 0 {
		last := KeyNumber([]byte(keys[n-1]))
		if sequence < last || sequence-last > farthest {
			sequence = last
		}
	} else if sequence > farthest {
		sequence = 0
	}
	if err := d.db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte(name))
		if err != nil {
			return err
		}
		return b.SetSequence(sequence)
	}); err != nil {
		return err
	}
	for len(keys) > 0 {
		done := 0
		err := d.db.Update(func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(name))
			b.FillPercent = 1
			for bytes := 0; done < len(keys) && bytes < buildStep; done++ {
				framed, err := saved.read(name, keys[done])
				if errors.Is(err, ErrDamaged) {
					continue // the disk gives it up only now
				}
				if err != nil {
					return err
				}
				bytes += len(framed)
				if err := b.Put([]byte(keys[done]), framed); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		keys = keys[done:]
	}
	return nil
}

// read fetches a record from the damaged file, as it was framed.
func (s *salvage) read(name Table, key string) ([]byte, error) {
	found := s.tables[name].records[key]
	framed := make([]byte, found.size)
	if _, err := s.f.r.ReadAt(framed, found.at); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	_, _, err := name.unframe([]byte(key), framed)
	return framed, err
}
