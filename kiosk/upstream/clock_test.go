package upstream

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"pue/kiosk/outbox"
)

func TestOnlyASkewThatMustBeIsOne(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 30, 500e6, time.UTC)
	for _, c := range []struct {
		what  string
		date  time.Time
		took  time.Duration
		ahead time.Duration
	}{
		{"the same second", now.Truncate(time.Second), 0, 0},
		{"written long before it came", now.Add(-50 * time.Second), time.Minute, 0},
		{"a minute behind", now.Add(-time.Minute).Truncate(time.Second), 0, -59500 * time.Millisecond},
		{"behind even so", now.Add(-90 * time.Second).Truncate(time.Second), time.Minute, -29500 * time.Millisecond},
		{"a minute ahead", now.Add(time.Minute).Truncate(time.Second), 5 * time.Second, 59500 * time.Millisecond},
	} {
		var s skew
		s.measure(c.date.Format(http.TimeFormat), now, c.took)
		if got := time.Duration(s.ahead.Load()); got != c.ahead {
			t.Errorf("%s: %s, want %s", c.what, got, c.ahead)
		}
	}
}

func TestTheClockMayBeThirtySecondsOffAndNoMore(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 30, 0, time.UTC)
	for _, c := range []struct {
		ahead time.Duration
		wrong bool
	}{{30 * time.Second, false}, {31 * time.Second, true}, {-31 * time.Second, false}, {-32 * time.Second, true}} {
		var s skew
		s.measure(now.Add(c.ahead).Format(http.TimeFormat), now, 0)
		if err := s.wrong(); (err != nil) != c.wrong || c.wrong && !errors.Is(err, ErrClock) {
			t.Errorf("%s: %v", c.ahead, err)
		}
		if err := s.unsent(); c.wrong != errors.Is(err, outbox.ErrNoLine) {
			t.Errorf("%s: %v", c.ahead, err)
		}
	}
}

func TestADateThatCannotBeReadChangesNothing(t *testing.T) {
	var s skew
	s.measure(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), time.Now(), 0)
	for _, date := range []string{"", "now", "2026-11-22T10:00:00Z"} {
		s.measure(date, time.Now(), 0)
		if s.wrong() == nil {
			t.Errorf("%q mended the clock", date)
		}
	}
}
