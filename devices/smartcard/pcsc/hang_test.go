package pcsc

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/smartcard"
)

func TestACallThatDoesNotEndIsLeftBehindAndNoneFollowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &calls{limit: callLimit}
		answer := make(chan struct{})
		hang := func() (int, error) { <-answer; return 1, nil }
		if _, err := bounded(c, errHung, hang); !errors.Is(err, smartcard.ErrUnreadable) {
			t.Errorf("a hung card: %v, want ErrUnreadable", err)
		}
		called := false
		if _, err := bounded(c, errHung, func() (int, error) { called = true; return 1, nil }); err == nil || called {
			t.Errorf("after a hung call: called %v, %v", called, err)
		}
		close(answer)
		c.wait() // the call that was left behind ends, and with it all
	})
}

func TestACallThatEndsInTimeGivesItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &calls{limit: callLimit}
		for range 3 {
			n, err := bounded(c, errHung, func() (int, error) { time.Sleep(callLimit - 1); return 7, errHung })
			if n != 7 || !errors.Is(err, errHung) {
				t.Errorf("%d, %v", n, err)
			}
		}
		if c.busy() {
			t.Error("taken for hung")
		}
	})
}
