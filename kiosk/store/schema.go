package store

import (
	"context"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// metaTable holds what the store itself has to remember.
const metaTable Table = "meta"

var schemaKey = []byte("schema")

// schema says which program understands a file. A later program that only adds
// (tables, records, bytes at the end of records) raises the version and leaves
// readableBy: the program before it goes on working with the file, and leaves
// alone what it does not know.
type schema struct{ version, readableBy uint64 }

var thisSchema = schema{version: 1, readableBy: 1}

func (s schema) encode() []byte {
	return binary.BigEndian.AppendUint64(Key(s.version), s.readableBy)
}

func decodeSchema(value []byte) (schema, error) {
	if len(value) < 16 {
		return schema{}, fmt.Errorf("schema of %d bytes: %w", len(value), ErrDamaged)
	}
	return schema{KeyNumber(value[:8]), KeyNumber(value[8:16])}, nil
}

// checkSchema refuses a file that this program would misread, and makes a new
// one ready. It commits in any case: the disk has to prove that it still writes
// before anybody relies on it.
func (s *Store) checkSchema(fresh bool) error {
	return s.Update(context.Background(), func(tx *bolt.Tx) error {
		if fresh {
			if _, err := tx.CreateBucketIfNotExists([]byte(metaTable)); err != nil {
				return err
			}
		}
		value, err := metaTable.Get(tx, schemaKey)
		if err != nil {
			return err
		}
		if value != nil || !fresh {
			found, err := decodeSchema(value)
			if err != nil {
				return err
			}
			if found.readableBy > thisSchema.version {
				return fmt.Errorf("schema %d, readable from %d on, this is %d: %w", found.version, found.readableBy, thisSchema.version, ErrNewer)
			}
			if found.version >= thisSchema.version {
				return secretTable.Make(tx)
			}
		}
		if err := metaTable.Put(tx, schemaKey, thisSchema.encode()); err != nil {
			return err
		}
		return secretTable.Make(tx)
	})
}
