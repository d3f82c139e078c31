package peers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/cockroachdb/pebble"
)

// pebbleQueue keeps the bodies by number; every write waits for the log
// (pebble.Sync), which pebble shares among those who wait.
type pebbleQueue struct {
	db   *pebble.DB
	next atomic.Uint64
}

func openPebble(dir string) (Queue, error) {
	db, err := pebble.Open(filepath.Join(dir, "pebble"), &pebble.Options{Logger: silent{}})
	if err != nil {
		return nil, err
	}
	q := &pebbleQueue{db: db}
	it, err := db.NewIter(nil)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if it.Last() {
		q.next.Store(binary.BigEndian.Uint64(it.Key()))
	}
	return q, it.Close()
}

func (q *pebbleQueue) Put(body []byte) error {
	return q.db.Set(binary.BigEndian.AppendUint64(nil, q.next.Add(1)), body, pebble.Sync)
}

func (q *pebbleQueue) Drain(n, workers int, take func([]byte)) error {
	var keys [][]byte
	it, err := q.db.NewIter(nil)
	if err != nil {
		return err
	}
	for ok := it.First(); ok && len(keys) < n; ok = it.Next() {
		keys = append(keys, append([]byte(nil), it.Key()...))
	}
	if err := it.Close(); err != nil {
		return err
	}
	return share(len(keys), workers, func(i int) error {
		body, done, err := q.db.Get(keys[i])
		if err != nil {
			return err
		}
		take(body)
		if err := done.Close(); err != nil {
			return err
		}
		return q.db.Delete(keys[i], pebble.Sync)
	})
}

func (q *pebbleQueue) Close() error { return q.db.Close() }

// silent keeps pebble from telling about its recovery.
type silent struct{}

func (silent) Infof(string, ...any)           {}
func (silent) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
