package pcsc

import (
	"fmt"
	"sync"
	"time"

	"pue/devices/smartcard"
)

// callLimit is longer than any card needs for a command: a signature takes
// about two seconds, a card may ask for more time as often as it likes.
const callLimit = 15 * time.Second

// errHung is a card, or its reader, that does not come back from a command.
var errHung = fmt.Errorf("card has not answered for %v: %w", callLimit, smartcard.ErrUnreadable)

// calls are the calls into PC/SC for one card, which nothing can interrupt. One
// that lasts too long is left behind, and no other is begun after it: nobody
// may wait for that card any more.
type calls struct {
	limit time.Duration

	mu   sync.Mutex
	hung bool
	open sync.WaitGroup
}

// wait returns when the call that was left behind, if any, has ended.
func (c *calls) wait() { c.open.Wait() }

// bounded makes a call and waits for it as long as c allows.
func bounded[T any](c *calls, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var none T
	if c.hung {
		return none, errHung
	}
	ended := make(chan result, 1)
	c.open.Go(func() {
		value, err := call()
		ended <- result{value, err}
	})
	late := time.NewTimer(c.limit)
	defer late.Stop()
	select {
	case r := <-ended:
		return r.value, r.err
	case <-late.C:
		c.hung = true
		return none, errHung
	}
}
