package upstream

import (
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	"pue/kiosk/outbox"
)

func TestASpentQuotaIsReadInAllItsForms(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	unix := strconv.FormatInt(now.Add(40*time.Second).Unix(), 10)
	for _, c := range []struct {
		what   string
		header map[string]string
		wait   time.Duration
	}{
		{"nothing said", nil, 0},
		{"some left", map[string]string{"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "40"}, 0},
		{"seconds", map[string]string{"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "40"}, 40 * time.Second},
		{"without X", map[string]string{"RateLimit-Limit": "60", "RateLimit-Remaining": "0", "RateLimit-Reset": "40"}, 40 * time.Second},
		{"unix time", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": unix}, 40 * time.Second},
		{"a month", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2592000"}, 24 * time.Hour},
		{"over already", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000000000"}, 0},
		{"no reset", map[string]string{"X-RateLimit-Remaining": "0"}, 0},
		{"below zero", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "-5"}, 0},
		{"no number", map[string]string{"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "40"}, 0},
		{"beyond numbers", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999999999999"}, 0},
	} {
		var q quota
		h := http.Header{}
		for k, v := range c.header {
			h.Set(k, v)
		}
		q.learn(h, now)
		var busy *outbox.BusyError
		err := q.spent(now)
		if (err != nil) != (c.wait > 0) || err != nil && (!errors.As(err, &busy) || busy.After != c.wait) {
			t.Errorf("%s: %v, want %s", c.what, err, c.wait)
		}
		if err := q.spent(now.Add(c.wait)); err != nil {
			t.Errorf("%s: afterwards %v", c.what, err)
		}
	}
}

func TestAnAnswerWithSomethingLeftEndsTheWaiting(t *testing.T) {
	var q quota
	now := time.Now()
	q.learn(http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"40"}}, now)
	q.learn(http.Header{}, now)
	if q.spent(now) == nil {
		t.Error("an answer that says nothing of it ended it")
	}
	q.learn(http.Header{"X-Ratelimit-Remaining": {"59"}, "X-Ratelimit-Reset": {"40"}}, now)
	if err := q.spent(now); err != nil {
		t.Error(err)
	}
}
