package upstream

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
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
		{"a month", map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2592000"}, 15 * time.Minute},
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
		if left := q.left(now); left != c.wait {
			t.Errorf("%s: %s, want %s", c.what, left, c.wait)
		}
		if left := q.left(now.Add(c.wait)); left != 0 {
			t.Errorf("%s: afterwards %s", c.what, left)
		}
	}
}

func TestAnAnswerWithSomethingLeftEndsTheWaiting(t *testing.T) {
	var q quota
	now := time.Now()
	q.learn(http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"40"}}, now)
	q.learn(http.Header{}, now)
	if q.left(now) == 0 {
		t.Error("an answer that says nothing of it ended it")
	}
	q.learn(http.Header{"X-Ratelimit-Remaining": {"59"}, "X-Ratelimit-Reset": {"40"}}, now)
	if left := q.left(now); left != 0 {
		t.Error(left)
	}
}

// Some grant one request a second, and tell so on every answer: a log-in is two.
func TestAPeriodThatBeginsSoonIsWaitedForAndALaterOneIsNot(t *testing.T) {
	for seconds, want := range map[string]string{"1": "sent", "3": "sent", "4": "busy", "86400": "busy"} {
		synctest.Test(t, func(t *testing.T) {
			var q quota
			began := time.Now()
			q.learn(http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {seconds}}, began)
			err := q.pass(t.Context())
			_, busy := errors.AsType[*outbox.BusyError](err)
			switch waited := time.Since(began); {
			case want == "sent" && (err != nil || waited.Seconds() < 1 || waited > quotaPatience):
				t.Errorf("%s s: %v after %s", seconds, err, waited)
			case want == "busy" && (!busy || waited > 0):
				t.Errorf("%s s: %v after %s", seconds, err, waited)
			}
		})
	}
}

func TestWhoLeavesDoesNotWaitForAQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q quota
		q.learn(http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"3"}}, time.Now())
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if err := q.pass(ctx); !errors.Is(err, outbox.ErrNoLine) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}
