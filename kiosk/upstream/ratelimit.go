package upstream

import (
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
	return now.Add(min(max(after, 0), busyMost))
}

// spent is the answer that INPS would give now: none of its own, a
// [*outbox.BusyError] while nothing is left.
func (q *quota) spent(now time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if wait := q.again.Sub(now); wait > 0 {
		return &outbox.BusyError{After: max(wait, busyLeast)}
	}
	return nil
}
