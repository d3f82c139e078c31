package upstreamsim

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// How much a terminal may ask, and in how long a time: more than any does.
const (
	quotaRequests = 6000
	quotaPeriod   = time.Minute
)

// quotas count the requests of each terminal in the present period.
type quotas struct {
	mu     sync.Mutex
	period time.Time
	asked  map[string]int
}

// tellQuota puts on the answer what ModI wants on every one (RAC_REST_NAME_008).
// A quota that is used up is refused only when a test has said so.
func (s *Server) tellQuota(w http.ResponseWriter, terminal string, now time.Time) {
	q := &s.quotas
	q.mu.Lock()
	defer q.mu.Unlock()
	if period := now.Truncate(quotaPeriod); q.asked == nil || !period.Equal(q.period) {
		q.period, q.asked = period, map[string]int{}
	}
	q.asked[terminal]++
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(quotaRequests))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(1, quotaRequests-q.asked[terminal])))
	h.Set("X-RateLimit-Reset", strconv.Itoa(int(q.period.Add(quotaPeriod).Sub(now).Seconds())+1))
}
