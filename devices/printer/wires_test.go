package printer

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestALineIsDrainedUntilHardlyAnythingWaits(t *testing.T) {
	never := func() bool { return false }
	for name, tt := range map[string]struct {
		queued func(since time.Duration) int
		ended  func() bool
		want   error
		takes  time.Duration
	}{
		"nothing waits":            {func(time.Duration) int { return 0 }, never, nil, 0},
		"a piece may wait":         {func(time.Duration) int { return pieceSize }, never, nil, 0},
		"4 KB leave at 9600 baud":  {func(d time.Duration) int { return 4096 - int(d*960/time.Second) }, never, nil, 4 * time.Second},
		"nothing leaves":           {func(time.Duration) int { return 4096 }, never, ErrStalled, stallLimit},
		"nothing leaves after 2 s": {func(d time.Duration) int { return 4096 - int(min(d, 2*time.Second)*960/time.Second) }, never, ErrStalled, 5 * time.Second},
		"the line is closed":       {func(time.Duration) int { return 4096 }, func() bool { return true }, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := drain(func() int { return tt.queued(time.Since(began)) }, stallLimit, tt.ended)
				if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
					t.Errorf("%v, want %v", err, tt.want)
				}
				if took := time.Since(began).Round(20 * time.Millisecond); took != tt.takes {
					t.Errorf("after %s, want %s", took, tt.takes)
				}
			})
		})
	}
}

// TestOnlyALineWithWiresKnowsCTS: a pseudo-terminal has none, whatever the flow.
func TestOnlyALineWithWiresKnowsCTS(t *testing.T) {
	for _, flow := range []Flow{FlowRTS, FlowXON, FlowNone} {
		line, _ := openPair(t, flow)
		if up, known := line.ClearToSend(); up || known {
			t.Errorf("%s: CTS %t, known %t", flow, up, known)
		}
		if err := line.Close(); err != nil {
			t.Fatal(err)
		}
		if up, known := line.ClearToSend(); up || known {
			t.Errorf("%s, closed: CTS %t, known %t", flow, up, known)
		}
	}
}
