package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Table is the name of one owner's records. All that is kept in the store is a
// record in a table, so that every byte of it is under a checksum.
//
// A record is stored with a frame before its value: a CRC-32C (RFC 3720 appendix
// B.4) over its key and all that follows, then the number of the transaction that
// wrote it, and the name of its table. So a record says of itself whose it is and
// which of two versions is the newer one, even on a page that is found without
// the tree it belonged to.
type Table string

const (
	sumLen      = crc32.Size
	headLen     = sumLen + 8 + 1 // checksum, transaction, length of the name
	longestName = 255
	// maxValue bounds what a reader of a damaged file has to believe possible. What
	// is longer belongs into files.
	maxValue = 4 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Key is n as a key that sorts by number.
func Key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// KeyNumber is the number that [Key] made k from, 0 when k is not such a key.
func KeyNumber(k []byte) uint64 {
	if len(k) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(k)
}

// Record is one key and its value, both valid for the transaction only. Err is
// [ErrDamaged] when the checksum does not fit; Value is nil then.
type Record struct {
	Key, Value []byte
	Err        error
}

// Make creates the table unless it is there. A table that was there and is not
// there any more is [ErrDamaged]: it must not begin anew in silence.
func (t Table) Make(tx *bolt.Tx) error {
	if tx.Bucket([]byte(t)) != nil {
		return nil
	}
	listed, err := metaTable.Get(tx, directoryKey(t))
	if err != nil {
		return err
	}
	if listed != nil {
		return fmt.Errorf("table %s has gone: %w", t, ErrDamaged)
	}
	if _, err := tx.CreateBucket([]byte(t)); err != nil {
		return err
	}
	return metaTable.Put(tx, directoryKey(t), nil)
}

const directoryPrefix = "table/"

// directoryKey is where the meta table notes that t was made.
func directoryKey(t Table) []byte { return []byte(directoryPrefix + string(t)) }

// listedBy is the table that a key of the meta table notes.
func listedBy(key []byte) (t Table, ok bool) {
	name, ok := strings.CutPrefix(string(key), directoryPrefix)
	return Table(name), ok
}

// Put stores value under key.
func (t Table) Put(tx *bolt.Tx, key, value []byte) error {
	if len(value) > maxValue || len(t) > longestName {
		return fmt.Errorf("storing %d bytes in %s: %w", len(value), t, ErrTooLarge)
	}
	b, err := t.bucket(tx)
	if err != nil {
		return err
	}
	b.FillPercent = 1 // the tables grow at their end: what is full stays full
	return b.Put(key, t.frame(key, uint64(tx.ID()), value))
}

// Get returns a copy of the value under key, or nil when there is none. The
// error is [ErrDamaged] when the checksum does not fit.
func (t Table) Get(tx *bolt.Tx, key []byte) ([]byte, error) {
	b, err := t.bucket(tx)
	if err != nil {
		return nil, err
	}
	framed := b.Get(key)
	if framed == nil {
		return nil, nil
	}
	value, _, err := t.unframe(key, framed)
	return slices.Clone(value), err
}

// Delete removes the record under key, if there is one.
func (t Table) Delete(tx *bolt.Tx, key []byte) error {
	b, err := t.bucket(tx)
	if err != nil {
		return err
	}
	return b.Delete(key)
}

// All goes through the table in key order. A table that is not there is one
// record with an error.
func (t Table) All(tx *bolt.Tx) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		b, err := t.bucket(tx)
		if err != nil {
			yield(Record{Err: err})
			return
		}
		c := b.Cursor()
		for key, framed := c.First(); key != nil; key, framed = c.Next() {
			if !yield(t.record(key, framed)) {
				return
			}
		}
	}
}

// Last is the record with the highest key; ok is false when the table is empty.
func (t Table) Last(tx *bolt.Tx) (r Record, ok bool) {
	b, err := t.bucket(tx)
	if err != nil {
		return Record{Err: err}, true
	}
	key, framed := b.Cursor().Last()
	if key == nil {
		return Record{}, false
	}
	return t.record(key, framed), true
}

// NextSequence is a number that the table has never given before. bbolt keeps
// the last one without a checksum; one that is behind the keys in use is
// [ErrDamaged].
func (t Table) NextSequence(tx *bolt.Tx) (uint64, error) {
	b, err := t.bucket(tx)
	if err != nil {
		return 0, err
	}
	if last, _ := b.Cursor().Last(); KeyNumber(last) > b.Sequence() {
		return 0, fmt.Errorf("table %s counts %d after %d: %w", t, b.Sequence(), KeyNumber(last), ErrDamaged)
	}
	return b.NextSequence()
}

// Sequence is the last number that NextSequence gave, 0 when it never did.
func (t Table) Sequence(tx *bolt.Tx) (uint64, error) {
	b, err := t.bucket(tx)
	if err != nil {
		return 0, err
	}
	return b.Sequence(), nil
}

func (t Table) bucket(tx *bolt.Tx) (*bolt.Bucket, error) {
	b := tx.Bucket([]byte(t))
	if b == nil {
		return nil, fmt.Errorf("table %s is not there: %w", t, ErrDamaged)
	}
	return b, nil
}

func (t Table) record(key, framed []byte) Record {
	value, _, err := t.unframe(key, framed)
	return Record{key, value, err}
}

func (t Table) frame(key []byte, txid uint64, value []byte) []byte {
	framed := make([]byte, sumLen, headLen+len(t)+len(value))
	framed = binary.BigEndian.AppendUint64(framed, txid)
	framed = append(append(append(framed, byte(len(t))), t...), value...)
	binary.BigEndian.PutUint32(framed, checksum(key, framed[sumLen:]))
	return framed
}

func (t Table) unframe(key, framed []byte) (value []byte, txid uint64, err error) {
	owner, txid, value, err := unframe(key, framed)
	if err != nil || owner != t {
		return nil, 0, fmt.Errorf("reading record %x of %s: %w", key, t, ErrDamaged)
	}
	return value, txid, nil
}

// unframe reads a record of which only the key is known.
func unframe(key, framed []byte) (t Table, txid uint64, value []byte, err error) {
	if len(framed) < headLen || len(framed) < headLen+int(framed[headLen-1]) ||
		binary.BigEndian.Uint32(framed) != checksum(key, framed[sumLen:]) {
		return "", 0, nil, ErrDamaged
	}
	named := framed[headLen:]
	n := int(framed[headLen-1])
	return Table(named[:n]), binary.BigEndian.Uint64(framed[sumLen:]), named[n:], nil
}

// checksum has the length of the key in it, so that no two records are the same
// bytes.
func checksum(key, rest []byte) uint32 {
	var length [2]byte
	binary.BigEndian.PutUint16(length[:], uint16(len(key)))
	sum := crc32.Update(0, castagnoli, length[:])
	sum = crc32.Update(sum, castagnoli, key)
	return crc32.Update(sum, castagnoli, rest)
}
