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

	// longOutage is one after which the other terminals have queues, too.
	longOutage = 45 * time.Minute
	// returnShare: after an outage the terminals come back over this part of it.
	returnShare = 12
	// crowdLeast and crowdShare are what the simulated outages of pue-sim fleet
	// taught (INPS with room for 20, 100 and 500 submissions in a second).
	crowdLeast = 220 * time.Second
	crowdShare = 10
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
	return b.upTo(widest(fails))
}

// beyond is the wait on top of the one that INPS asked for: as long again, so
// that those who were sent away together do not come back together.
func (b backoff) beyond(asked time.Duration, fails int) time.Duration {
	return b.upTo(max(widest(fails), min(asked, retryMost)))
}

// inTheCrowd is the same after a long outage, when all terminals of the country
// have something to send and INPS has been back for so long. Nobody gains by
// asking often: whoever gets through sends all it has, and makes room then. The
// wait is short enough that INPS is not idle while the last ones wait, and grows
// when the crowd turns out to be a larger one.
func (b backoff) inTheCrowd(asked, back time.Duration) time.Duration {
	wait := min(max(crowdLeast, back/crowdShare), retryMost)
	return wait*4/5 + b.upTo(max(wait/5, min(asked, retryMost)))
}

func (b backoff) upTo(most time.Duration) time.Duration {
	return time.Duration(b.rand.Int64N(int64(most))) + 1
}

// widest is the longest wait after so many failures in a row.
func widest(fails int) time.Duration {
	if fails >= 20 { // a larger shift could overflow
		return retryMost
	}
	return min(retryFirst<<(fails-1), retryMost)
}

// systemRandom is the randomness of the runtime as a source.
type systemRandom struct{}

func (systemRandom) Uint64() uint64 { return rand.Uint64() }
