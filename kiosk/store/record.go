package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// sumLen is the length of the checksum in front of each value.
const sumLen = crc32.Size

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

// Put stores value under key with a CRC-32C (RFC 3720 appendix B.4) over both,
// so that a value found under a wrong key is noticed as well.
func Put(b *bolt.Bucket, key, value []byte) error {
	return b.Put(key, frame(key, value))
}

// Get returns a copy of the value under key, or nil when there is none. The
// error is [ErrDamaged] when the checksum does not fit.
func Get(b *bolt.Bucket, key []byte) ([]byte, error) {
	framed := b.Get(key)
	if framed == nil {
		return nil, nil
	}
	value, err := unframe(key, framed)
	return slices.Clone(value), err
}

// Record is one key and its value, both valid for the transaction only. Err is
// [ErrDamaged] when the checksum does not fit; Value is nil then.
type Record struct {
	Key, Value []byte
	Err        error
}

// Records goes through all of b in key order.
func Records(b *bolt.Bucket) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		c := b.Cursor()
		for key, framed := c.First(); key != nil; key, framed = c.Next() {
			value, err := unframe(key, framed)
			if !yield(Record{key, value, err}) {
				return
			}
		}
	}
}

func frame(key, value []byte) []byte {
	framed := make([]byte, sumLen, sumLen+len(value))
	binary.BigEndian.PutUint32(framed, checksum(key, value))
	return append(framed, value...)
}

func unframe(key, framed []byte) ([]byte, error) {
	if len(framed) < sumLen {
		return nil, fmt.Errorf("reading record %x: %w", key, ErrDamaged)
	}
	value := framed[sumLen:]
	if binary.BigEndian.Uint32(framed) != checksum(key, value) {
		return nil, fmt.Errorf("reading record %x: %w", key, ErrDamaged)
	}
	return value, nil
}

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}
