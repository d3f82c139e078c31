package outbox

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// setClock is a machine whose boot and wall clock a test can set.
type setClock struct {
	boot  uint32
	since time.Duration
}

func (c *setClock) Boot() uint32         { return c.boot }
func (c *setClock) Since() time.Duration { return c.since }

func TestAWaitEndsWhenItWouldHaveWithoutARestart(t *testing.T) {
	c := &setClock{boot: 1, since: time.Hour}
	w := until(c, 10*time.Minute)
	for _, step := range []struct {
		clock setClock
		want  time.Duration
	}{
		{setClock{1, time.Hour}, 10 * time.Minute},
		{setClock{1, time.Hour + 4*time.Minute}, 6 * time.Minute},
		{setClock{1, 5 * time.Hour}, 0},
		{setClock{2, 0}, 10 * time.Minute}, // nobody knows how long the machine was off
		{setClock{2, 9 * time.Hour}, 10 * time.Minute},
		{setClock{1, 0}, 10 * time.Minute}, // a boot that looks the same and is not
	} {
		if got := w.left(&step.clock); got != step.want {
			t.Errorf("at %s of boot %d it is %s, want %s", step.clock.since, step.clock.boot, got, step.want)
		}
	}
	if got := (wait{ms: 1<<32 - 1}).left(c); got > waitMost {
		t.Errorf("spoilt, it is %s", got)
	}
}

func TestTheKernelTellsTheTimeOfItsBoot(t *testing.T) {
	k, err := newKernelClock()
	if err != nil {
		t.Fatal(err)
	}
	again, err := newKernelClock()
	if err != nil || again.Boot() != k.Boot() || k.Boot() == 0 {
		t.Errorf("boot %d, then %d, %v", k.Boot(), again.Boot(), err)
	}
	if a, b := k.Since(), k.Since(); a <= 0 || b < a {
		t.Errorf("since the boot %s, then %s", a, b)
	}
}

// afterRestart puts a submission that INPS asked to bring again in ten minutes,
// restarts with another clock, and returns how long it then waited.
func afterRestart(t *testing.T, k *terminal, restarted *setClock) time.Duration {
	t.Helper()
	first := &setClock{boot: 1, since: time.Minute}
	k.options.clock, k.options.Rand = first, longest{}
	k.reopen()
	id := k.put(parcel(1)).ID
	stop := k.sending(&script{t: t, steps: []step{{call: "send", err: &BusyError{5 * time.Minute}}}})
	synctest.Wait()
	stop()
	k.options.clock = restarted
	k.reopen()
	began := time.Now()
	stop = k.sending(&script{t: t, steps: []step{{call: "send"}}})
	k.Await(t.Context(), id)
	stop()
	return time.Since(began)
}

func TestARestartNeitherShortensNorLengthensAWait(t *testing.T) {
	const asked = 10 * time.Minute // five, and as long again
	for name, c := range map[string]struct {
		restarted *setClock
		want      time.Duration
	}{
		"at once":                {&setClock{1, time.Minute}, asked},
		"four minutes later":     {&setClock{1, 5 * time.Minute}, asked - 4*time.Minute},
		"an hour later":          {&setClock{1, time.Hour}, 0},
		"after the power failed": {&setClock{2, time.Second}, asked},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				if got := afterRestart(t, k, c.restarted); got.Round(time.Second) != c.want {
					t.Errorf("it waited %s, want %s", got, c.want)
				}
			})
		})
	}
}

func TestAnotherSubmissionDoesNotSlipPastTheWaitThatINPSAskedFor(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.clock = &setClock{boot: 1}
		k.reopen()
		k.put(parcel(1))
		stop := k.sending(&script{t: t, steps: []step{{call: "send", err: &BusyError{5 * time.Minute}}}})
		synctest.Wait()
		stop()
		k.reopen()
		began := time.Now()
		stop = k.sending(&script{t: t, steps: []step{{call: "send"}, {call: "send"}}})
		id := k.put(parcel(2)).ID
		k.Await(t.Context(), id)
		stop()
		if took := time.Since(began); took < 5*time.Minute {
			t.Errorf("it went out after %s", took)
		}
	})
}

// settled brings one submission each to INPS, to its owner and to an officer.
func (k *terminal) settleThree(t *testing.T) (filed, withdrawn, closed Entry) {
	t.Helper()
	filed, withdrawn, closed = k.put(parcel(1)), k.put(parcel(2)), k.put(parcel(3))
	if err := k.Withdraw(t.Context(), withdrawn.ID, withdrawn.Owner); err != nil {
		t.Fatal(err)
	}
	stop := k.sending(&script{t: t, steps: []step{{call: "send"}, {call: "send", err: &RefusedError{422, "schema"}}}})
	k.Await(t.Context(), closed.ID)
	stop()
	if err := k.Close(t.Context(), closed.ID, "mb"); err != nil {
		t.Fatal(err)
	}
	return filed, withdrawn, closed
}

func TestWhatIsSettledIsForgottenAfterTheRetention(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.settleThree(t)
		stop := k.sending(&script{t: t})
		time.Sleep(keepFiled - time.Minute)
		if n := len(k.List()); n != 3 {
			t.Errorf("%d entries before the time", n)
		}
		time.Sleep(purgeEvery + 2*time.Minute)
		synctest.Wait()
		stop()
		k.reopen()
		if n := len(k.List()); n != 0 {
			t.Errorf("%d entries after it", n)
		}
	})
}

func TestAClockThatNobodyVouchesForForgetsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		trusted := false
		k.options.ClockTrusted = func() bool { return trusted }
		k.reopen()
		filed, withdrawn, closed := k.settleThree(t)
		stop := k.sending(&script{t: t})
		time.Sleep(3 * 365 * day) // the clock is set three years ahead
		stop()
		if n := len(k.List()); n != 3 {
			t.Fatalf("%d entries are left", n)
		}
		trusted = true
		stop = k.sending(&script{t: t})
		time.Sleep(2 * purgeEvery)
		// Nobody knows since when it is settled here, so it counts from now.
		for _, e := range []Entry{filed, withdrawn, closed} {
			if _, ok := k.Find(e.ID); !ok {
				t.Error("forgotten although nobody knows how old it is")
			}
		}
		time.Sleep(keepFiled + 2*purgeEvery)
		synctest.Wait()
		stop()
		if n := len(k.List()); n != 0 {
			t.Errorf("%d entries are left in the end", n)
		}
	})
}

func TestAClockThatWasSetBackNeitherSendsAgainNorLosesAnything(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		p := parcel(1)
		p.CapturedAt = time.Now().AddDate(20, 0, 0) // stored by a clock far ahead
		e := k.put(p)
		k.reopen()
		stop := k.sending(&script{t: t, steps: []step{{call: "send"}}})
		if _, err := k.Await(t.Context(), e.ID); errors.Is(err, ErrNoEntry) {
			t.Fatal(err)
		}
		time.Sleep(2 * purgeEvery)
		stop()
		if got := k.entry(e.ID); got.State != Filed || !got.CapturedAt.Equal(e.CapturedAt) {
			t.Errorf("it is %s of %s", got.State, got.CapturedAt)
		}
	})
}
