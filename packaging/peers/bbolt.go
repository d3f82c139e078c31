package peers

import (
	"encoding/binary"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

var bucket = []byte("queue")

// bboltQueue keeps the bodies in one bucket, by number: bbolt as it comes, with
// one transaction for each call or for each group of calls.
type bboltQueue struct {
	db    *bolt.DB
	group *group[func(*bolt.Bucket) error]
}

func bboltOpener(grouped bool) func(string) (Queue, error) {
	return func(dir string) (Queue, error) {
		// The settings of kiosk/store, so that the rows differ in nothing else.
		db, err := bolt.Open(filepath.Join(dir, "queue.db"), 0o600, &bolt.Options{
			FreelistType: bolt.FreelistMapType, InitialMmapSize: 64 << 20, NoStatistics: true,
		})
		if err != nil {
			return nil, err
		}
		db.AllocSize = 1 << 20
		q := &bboltQueue{db: db}
		if grouped {
			q.group = newGroup(q.commit)
		}
		return q, db.Update(func(tx *bolt.Tx) error {
			_, err := tx.CreateBucketIfNotExists(bucket)
			return err
		})
	}
}

func (q *bboltQueue) update(fn func(*bolt.Bucket) error) error {
	if q.group != nil {
		return q.group.do(fn)
	}
	return q.commit([]func(*bolt.Bucket) error{fn})
}

func (q *bboltQueue) commit(fns []func(*bolt.Bucket) error) error {
	return q.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		for _, fn := range fns {
			if err := fn(b); err != nil {
				return err
			}
		}
		return nil
	})
}

func (q *bboltQueue) Put(body []byte) error {
	return q.update(func(b *bolt.Bucket) error {
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		return b.Put(binary.BigEndian.AppendUint64(nil, n), body)
	})
}

func (q *bboltQueue) Drain(n, workers int, take func([]byte)) error {
	var keys [][]byte
	if err := q.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucket).Cursor()
		for k, _ := c.First(); k != nil && len(keys) < n; k, _ = c.Next() {
			keys = append(keys, append([]byte(nil), k...))
		}
		return nil
	}); err != nil {
		return err
	}
	return share(len(keys), workers, func(i int) error {
		if err := q.db.View(func(tx *bolt.Tx) error {
			take(tx.Bucket(bucket).Get(keys[i]))
			return nil
		}); err != nil {
			return err
		}
		return q.update(func(b *bolt.Bucket) error { return b.Delete(keys[i]) })
	})
}

func (q *bboltQueue) Close() error {
	if q.group != nil {
		q.group.close()
	}
	return q.db.Close()
}
