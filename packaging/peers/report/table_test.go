package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"pue/packaging/peers"
)

// TestTheTableComparesRowsOfTheSameRound has one row twice as fast as another in
// each round, while the machine becomes slower from round to round.
func TestTheTableComparesRowsOfTheSameRound(t *testing.T) {
	turns := 0
	began := time.Unix(1_000_000, 0)
	m := func(_ context.Context, j peers.Job) (peers.Trace, error) {
		took := time.Duration(1+turns/len(peers.Rows)) * time.Second
		turns++
		if j.Row == peers.Ours {
			took /= 2
		}
		return peers.Trace{
			Times:       peers.Times{Put: began, Put2: began.Add(took), Drain: began, Drain2: began.Add(4 * took)},
			PutBarriers: 200,
		}, nil
	}
	table := newTable(peers.Load{Bytes: 2 << 10, Producers: 1, Messages: 100})
	if err := table.measure(t.Context(), 3, t.TempDir(), m); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	table.print(&b, "a load")
	for _, want := range []string{
		"| outbox | 200 | 100 | 2.00 | 2.0 | 50 | 2.00 | 2.0 | 2.00 | 0.00 |",
		"| raw-append | 100 | 50 | 1.00 | 1.0 | 25 | 1.00 | 1.0 | 2.00 | 0.00 |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no line %q in\n%s", want, &b)
		}
	}
}

func TestAFileSystemInMemoryIsRefused(t *testing.T) {
	if err := onDisk("/dev/shm"); err == nil {
		t.Error("it was taken for a disk")
	}
}
