package main

import (
	"math"
	"time"

	"pue/kiosk/outbox"
)

const (
	// waitingRoom is the work that INPS lets come in before it refuses more.
	waitingRoom = 10 * time.Second
	// refusalCost is the share of the work of a submission that a refusal takes.
	refusalCost = 0.2
)

// counter is INPS as one counter with a waiting room, after an outage.
type counter struct {
	capacity float64
	until    time.Time // the end of the outage
	free     time.Time // when all work that came in is done

	asked, refused int
	seconds        []int // requests, by second since the outage
}

// ask is one request: when it is confirmed, or the error that the terminal sees.
func (c *counter) ask(now time.Time) (confirmed time.Time, err error) {
	if now.Before(c.until) {
		return time.Time{}, outbox.ErrNoLine
	}
	c.count(now)
	if c.free.Before(now) {
		c.free = now
	}
	if backlog := c.free.Sub(now); backlog > waitingRoom {
		c.refused++
		c.work(refusalCost)
		return time.Time{}, &outbox.BusyError{After: wholeSeconds(backlog)}
	}
	c.work(1)
	return c.free, nil
}

func (c *counter) work(share float64) {
	c.free = c.free.Add(time.Duration(share / c.capacity * float64(time.Second)))
}

// wholeSeconds rounds up, as a Retry-After must (RFC 9110 §10.2.3).
func wholeSeconds(d time.Duration) time.Duration {
	return time.Duration(math.Ceil(d.Seconds())) * time.Second
}

func (c *counter) count(now time.Time) {
	c.asked++
	second := int(now.Sub(c.until) / time.Second)
	for len(c.seconds) <= second {
		c.seconds = append(c.seconds, 0)
	}
	c.seconds[second]++
}

// peak is the requests of the worst second, and how many seconds brought more
// than can be done.
func (c *counter) peak() (most, over int) {
	for _, n := range c.seconds {
		most = max(most, n)
		if float64(n) > c.capacity {
			over++
		}
	}
	return most, over
}
