package upstream

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"pue/kiosk/outbox"
)

// ErrClock means that this terminal's clock and INPS's are too far apart for a
// signature of now to be believed. It comes with outbox.ErrNoLine where nothing
// was sent for that reason.
var ErrClock = errors.New("the clocks of this terminal and of INPS are too far apart")

// skewMost is how far the two may be apart. What is signed lives a minute.
const skewMost = 30 * time.Second

// skew is how far INPS's clock is ahead of ours, as the last answer told.
type skew struct{ ahead atomic.Int64 }

// measure learns from the Date of an answer (RFC 9110 §6.6.1) that took so long
// to come and came now. INPS wrote it at some time in between, and rounded it
// down: what can be true without a skew is none.
func (s *skew) measure(date string, now time.Time, took time.Duration) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	least, most := at.Sub(now), at.Add(time.Second).Sub(now.Add(-took))
	switch {
	case least > 0:
		s.ahead.Store(int64(least))
	case most < 0:
		s.ahead.Store(int64(most))
	default:
		s.ahead.Store(0)
	}
}

// wrong says that nothing may be signed.
func (s *skew) wrong() error {
	if ahead := time.Duration(s.ahead.Load()); ahead.Abs() > skewMost {
		return fmt.Errorf("%w: INPS's is %s ahead", ErrClock, ahead.Round(time.Second))
	}
	return nil
}

// unsent is wrong for a call of which nothing has left.
func (s *skew) unsent() error {
	if err := s.wrong(); err != nil {
		return fmt.Errorf("%w: %w", outbox.ErrNoLine, err)
	}
	return nil
}
