package pcsc

import (
	"fmt"
	"sync"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
)

// callLimit is longer than any card needs for a command, of which a signature
// takes longest, about two seconds; and no longer than people may be left without
// a word. A card may ask its reader for more time as often as it likes.
const callLimit = 5 * time.Second

// Errors of a call that was left behind.
var (
	// errHung is a card, or its reader, that does not come back from a command.
	errHung = fmt.Errorf("card has not answered for %v: %w", callLimit, smartcard.ErrUnreadable)
	// errBusy is another program that does not end its transaction.
	errBusy = fmt.Errorf("waiting %v for the card: %w", callLimit, smartcard.ErrBusy)
	// errStill is a pcscd that is there and stands still.
	errStill = fmt.Errorf("card service has not answered for %v: %w", callLimit, devices.ErrAbsent)
)

// calls are the calls into PC/SC for one card, which nothing can interrupt. One
// that lasts too long is left behind, and no other is begun after it: nobody
// may wait for that card any more.
type calls struct {
	limit time.Duration

	mu   sync.Mutex
	over error // why no call is begun any more
	open sync.WaitGroup
	left bool // a call was left behind
}

// busy reports whether a call was left behind.
func (c *calls) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}

// end lets every later call fail for the same reason.
func (c *calls) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over == nil {
		c.over = why
	}
}

// wait returns when the call that was left behind, if any, has ended.
func (c *calls) wait() { c.open.Wait() }

// bounded makes a call and waits for it as long as c allows. late says what it
// means when that is not long enough.
func bounded[T any](c *calls, late error, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var none T
	if c.over != nil {
		return none, c.over
	}
	ended := make(chan result, 1)
	c.open.Go(func() {
		value, err := call()
		ended <- result{value, err}
	})
	enough := time.NewTimer(c.limit)
	defer enough.Stop()
	select {
	case r := <-ended:
		return r.value, r.err
	case <-enough.C:
		c.over, c.left = late, true
		return none, late
	}
}
