package store

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// BenchmarkGroupCommitAgainstBareBbolt writes the same 2 KiB records with the
// store and with the simplest group commit over bare bbolt, in turns, and gives
// the ratio of their rates. A ratio of 1 means that the store costs nothing.
func BenchmarkGroupCommitAgainstBareBbolt(b *testing.B) {
	for _, producers := range []int{1, 16} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) {
			value := make([]byte, 2048)
			s := open(b, place(b))
			bare := openBare(b)
			var ours, theirs time.Duration
			const round = 64
			for b.Loop() {
				ours += produce(producers, round, func(key []byte) error {
					return s.Update(b.Context(), func(tx *bolt.Tx) error {
						return things.Put(tx, key, value)
					})
				})
				theirs += produce(producers, round, func(key []byte) error { return bare.put(key, value) })
			}
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "of-bare")
			b.ReportMetric(float64(b.N*round)/ours.Seconds(), "records/s")
		})
	}
}

var produced uint64

// produce has n records written by so many producers and returns how long it took.
func produce(producers, n int, put func(key []byte) error) time.Duration {
	from := produced
	produced += uint64(n)
	start := time.Now()
	var all sync.WaitGroup
	for p := range producers {
		all.Go(func() {
			for i := p; i < n; i += producers {
				if err := put(Key(from + uint64(i))); err != nil {
					panic(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// bare is a group commit without the store's promises: no checksum, no recovery
// from a failing function, no context.
type bare struct {
	db    *bolt.DB
	calls chan bareCall
}

type bareCall struct {
	key, value []byte
	done       chan error
}

func openBare(b *testing.B) *bare {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, InitialMmapSize: mapSize})
	if err != nil {
		b.Fatal(err)
	}
	db.AllocSize = growStep
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte(things)); return err }); err != nil {
		b.Fatal(err)
	}
	w := &bare{db, make(chan bareCall)}
	go w.write()
	b.Cleanup(func() { close(w.calls) })
	return w
}

func (w *bare) put(key, value []byte) error {
	c := bareCall{key, value, make(chan error, 1)}
	w.calls <- c
	return <-c.done
}

func (w *bare) write() {
	for c := range w.calls {
		group := []bareCall{c}
		for more := true; more; {
			select {
			case c := <-w.calls:
				group = append(group, c)
			default:
				more = false
			}
		}
		err := w.db.Update(func(tx *bolt.Tx) error {
			for _, c := range group {
				if err := tx.Bucket([]byte(things)).Put(c.key, c.value); err != nil {
					return err
				}
			}
			return nil
		})
		for _, c := range group {
			c.done <- err
		}
	}
	w.db.Close()
}
