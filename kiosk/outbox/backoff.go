package outbox

import (
	"math/rand/v2"
	"time"
)

const (
	// retryFirst: a citizen may still be standing there.
	retryFirst = 2 * time.Second
	// retryMost bounds how long a line that came back goes unnoticed.
	retryMost = 15 * time.Minute
	// busyMost is the longest wait that INPS can ask for; a larger figure is a
	// mistake, and obeying it could cost a citizen the legal term.
	busyMost = 24 * time.Hour
)

// backoff is exponential with full jitter: thousands of terminals that lost INPS
// in the same second must not come back in the same second.
type backoff struct{ rand *rand.Rand }

func newBackoff(src rand.Source) backoff {
	if src == nil {
		src = systemRandom{}
	}
	return backoff{rand.New(src)}
}

// after is the wait after so many failures in a row, at least 1.
func (b backoff) after(fails int) time.Duration {
	most := retryMost
	if fails < 20 { // the shift cannot overflow
		most = min(retryFirst<<(fails-1), retryMost)
	}
	return time.Duration(b.rand.Int64N(int64(most))) + 1
}

// systemRandom is the randomness of the runtime as a source.
type systemRandom struct{}

func (systemRandom) Uint64() uint64 { return rand.Uint64() }
