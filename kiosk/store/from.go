package store

import (
	"iter"

	bolt "go.etcd.io/bbolt"
)

// From goes through the table in key order, from the first key on that is not
// before key. A table that is not there is one record with an error.
func (t Table) From(tx *bolt.Tx, key []byte) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		b, err := t.bucket(tx)
		if err != nil {
			yield(Record{Err: err})
			return
		}
		c := b.Cursor()
		for key, framed := c.Seek(key); key != nil; key, framed = c.Next() {
			if !yield(t.record(key, framed)) {
				return
			}
		}
	}
}
