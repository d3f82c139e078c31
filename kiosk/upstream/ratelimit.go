package upstream

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"pue/kiosk/outbox"
)

// quota is what INPS still grants, by the headers of its answers (ModI
// RAC_REST_NAME_008). When nothing is left the terminal does not ask in vain.
type quota struct {
	mu    sync.Mutex
	again time.Time // not before
}

// learn reads X-RateLimit-Remaining and X-RateLimit-Reset, or their twins
// without "X-".
func (q *quota) learn(h http.Header, now time.Time) {
	for _, prefix := range []string{"X-Ratelimit-", "Ratelimit-"} {
		remaining, err := strconv.ParseUint(h.Get(prefix+"Remaining"), 10, 31)
		if err != nil {
			continue
		}
		again := time.Time{}
		if remaining == 0 {
			again = resetAt(h.Get(prefix+"Reset"), now)
		}
		q.mu.Lock()
		q.again = again
		q.mu.Unlock()
		return
	}
}

const (
	// quotaMost is how long the announcement of an empty quota is believed. INPS
	// refuses what it has no time for with a Retry-After of its own; a number that
	// some gateway always sends must not keep citizens out for a day.
	quotaMost = 15 * time.Minute
	// quotaPatience is how long a request waits for the next period itself: where
	// one request a second is granted, a log-in is two of them.
	quotaPatience = 3 * time.Second
)

// unixLeast separates the two readings of a reset: seconds from now, and seconds
// since 1970. It is September 2001, and 31 years from now.
const unixLeast = 1_000_000_000

// resetAt is when the next period begins, zero where that cannot be read.
func resetAt(v string, now time.Time) time.Time {
	seconds, err := strconv.ParseInt(v, 10, 40)
	if err != nil || seconds < 0 {
		return time.Time{}
	}
	after := time.Duration(seconds) * time.Second
	if seconds >= unixLeast {
		after = time.Unix(seconds, 0).Sub(now)
	}
	return now.Add(min(max(after, 0), quotaMost))
}

// left is how long it is until INPS grants something again.
func (q *quota) left(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return max(q.again.Sub(now), 0)
}

// pass waits for a period that begins soon. For any other the error is what INPS
// would answer now, though it has not said so: a [*outbox.BusyError].
func (q *quota) pass(ctx context.Context) error {
	for {
		wait := q.left(time.Now())
		switch {
		case wait == 0:
			return nil
		case wait > quotaPatience:
			return &outbox.BusyError{After: wait}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", outbox.ErrNoLine, ctx.Err())
		case <-time.After(wait):
		}
	}
}
