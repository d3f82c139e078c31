package peers

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"sync"
	"testing"
)

// TestEachQueueGivesBackWhatItWasGivenBeforeReopening is what makes the rows of
// the tables comparable: everybody keeps what was put, and forgets what was
// acknowledged.
func TestEachQueueGivesBackWhatItWasGivenBeforeReopening(t *testing.T) {
	for _, row := range Rows {
		t.Run(row.Name, func(t *testing.T) {
			const messages, early = 24, 9
			dir := t.TempDir()
			q := open(t, row, dir)
			want := map[string]bool{}
			bodies := make([][]byte, messages)
			for i := range bodies {
				bodies[i] = fmt.Appendf(nil, "body %d ", i)
				bodies[i] = append(bodies[i], make([]byte, 2<<10)...)
				rand.Read(bodies[i][len(bodies[i])-2<<10:])
				want[string(bodies[i])] = true
			}
			if err := share(messages, 4, func(i int) error { return q.Put(bodies[i]) }); err != nil {
				t.Fatal(err)
			}
			drain(t, q, early, want)
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			q = open(t, row, dir)
			drain(t, q, messages-early, want)
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			if len(want) > 0 {
				t.Errorf("%d of %d bodies did not come back", len(want), messages)
			}
		})
	}
}

func open(t *testing.T, row Row, dir string) Queue {
	t.Helper()
	q, err := row.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// drain takes n bodies out of q, each of them one that is still wanted.
func drain(t *testing.T, q Queue, n int, want map[string]bool) {
	t.Helper()
	var mu sync.Mutex
	before := len(want)
	if err := q.Drain(n, 4, func(body []byte) {
		mu.Lock()
		defer mu.Unlock()
		if !want[string(body)] {
			t.Errorf("got a body twice or one that nobody put: %q", bytes.SplitN(body, []byte(" "), 3)[:2])
		}
		delete(want, string(body))
	}); err != nil {
		t.Fatal(err)
	}
	if got := before - len(want); got != n {
		t.Errorf("drained %d, want %d", got, n)
	}
}
