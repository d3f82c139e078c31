package outbox

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// BenchmarkPutAgainstBareBbolt stores sealed bodies of 2 KiB, and in turns lets
// the simplest group commit over bare bbolt write the same buckets and bytes.
// "of-bare" is the ratio of the rates: what checksums, chain and promises leave.
func BenchmarkPutAgainstBareBbolt(b *testing.B) {
	for _, producers := range []int{1, 16} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) {
			k := newTerminal(b)
			bare := openBare(b)
			sample := k.sample()
			body := make([]byte, 2048)
			const round = 64
			var ours, theirs time.Duration
			for i := 0; b.Loop(); i++ {
				first := 1 + i*round
				mine := func() {
					ours += produce(producers, first, round, func(n int) error {
						p := parcel(n)
						p.Sealed = body
						_, err := k.Put(context.Background(), p)
						return err
					})
				}
				others := func() {
					theirs += produce(producers, first, round, func(n int) error {
						return bare.put(store.Key(uint64(n)), sample)
					})
				}
				if i%2 == 0 {
					mine()
					others()
				} else {
					others()
					mine()
				}
			}
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "of-bare")
			b.ReportMetric(float64(b.N*round)/ours.Seconds(), "puts/s")
		})
	}
}

// produce has so many producers call put with n numbers from first on.
func produce(producers, first, n int, put func(n int) error) time.Duration {
	start := time.Now()
	var all sync.WaitGroup
	for p := range producers {
		all.Go(func() {
			for i := p; i < n; i += producers {
				if err := put(first + i); err != nil {
					panic(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// sample is what one Put leaves in each bucket, by length.
func (k *terminal) sample() map[string][]byte {
	k.t.Helper()
	p := parcel(0)
	p.Sealed = make([]byte, 2048)
	k.put(p)
	sample := map[string][]byte{}
	err := k.st.View(k.t.Context(), func(tx *bolt.Tx) error {
		for _, name := range []string{string(recordTable), string(bodyTable), "audit"} {
			_, value := tx.Bucket([]byte(name)).Cursor().Last()
			sample[name] = make([]byte, len(value))
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return sample
}

// bare is a group commit with none of the promises.
type bare struct {
	db    *bolt.DB
	calls chan bareCall
}

type bareCall struct {
	key    []byte
	values map[string][]byte
	done   chan error
}

func openBare(b *testing.B) *bare {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bolt.Options{
		FreelistType: bolt.FreelistMapType, InitialMmapSize: 64 << 20, NoStatistics: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	db.AllocSize = 1 << 20
	w := &bare{db, make(chan bareCall)}
	go w.write()
	b.Cleanup(func() { close(w.calls) })
	return w
}

func (w *bare) put(key []byte, values map[string][]byte) error {
	c := bareCall{key, values, make(chan error, 1)}
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
				for name, value := range c.values {
					b, err := tx.CreateBucketIfNotExists([]byte(name))
					if err != nil {
						return err
					}
					if err := b.Put(c.key, value); err != nil {
						return err
					}
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
