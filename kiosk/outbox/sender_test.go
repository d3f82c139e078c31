package outbox

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// step is one call that a scripted INPS expects, and its answer.
type step struct {
	call string // "send" or "ask"
	err  error
	// spoil, if set, changes the confirmation on its way.
	spoil func(*Confirmation)
}

// script is an INPS that expects calls in one order and answers as told.
type script struct {
	t     *testing.T
	mu    sync.Mutex
	steps []step
	calls []call
	// during runs inside each call, before the answer.
	during func(c call)
}

type call struct {
	what, id string
	at       time.Time
}

func (s *script) answer(what string, p Parcel) (Confirmation, error) {
	s.mu.Lock()
	c := call{what, p.ID, time.Now()}
	s.calls = append(s.calls, c)
	if len(s.steps) == 0 {
		s.mu.Unlock()
		s.t.Errorf("unexpected %s", what)
		return Confirmation{}, &RefusedError{Reason: "unexpected"}
	}
	next := s.steps[0]
	s.steps = s.steps[1:]
	during := s.during
	s.mu.Unlock()
	if what != next.call {
		s.t.Errorf("call %d is %s, want %s", len(s.calls), what, next.call)
	}
	if during != nil {
		during(c)
	}
	if next.err != nil {
		return Confirmation{}, next.err
	}
	conf := confirmed(p)
	if next.spoil != nil {
		next.spoil(&conf)
	}
	return conf, nil
}

func (s *script) Send(_ context.Context, p Parcel) (Confirmation, error) { return s.answer("send", p) }

func (s *script) Ask(_ context.Context, p Parcel) (Confirmation, error) { return s.answer("ask", p) }

// gaps are the waits between the calls.
func (s *script) gaps() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var gaps []time.Duration
	for i := 1; i < len(s.calls); i++ {
		gaps = append(gaps, s.calls[i].at.Sub(s.calls[i-1].at))
	}
	return gaps
}

func (s *script) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, c := range s.calls {
		ids = append(ids, c.id)
	}
	return ids
}

// sending runs the outbox with s until the function it returns is called.
func (k *terminal) sending(s Sender) (stop func() error) {
	ctx, cancel := context.WithCancel(k.t.Context())
	done := make(chan error, 1)
	outbox := k.Outbox
	go func() { done <- outbox.Run(ctx, s) }()
	return func() error { cancel(); return <-done }
}

// inBubble runs fn with a terminal on a clock of its own.
func inBubble(t *testing.T, fn func(t *testing.T, k *terminal)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		k := newTerminal(t)
		fn(t, k)
		k.st.Close()
	})
}

func TestEachAnswerOfINPSHasItsConsequence(t *testing.T) {
	type outcome struct {
		state    State
		reason   string
		attempts int
	}
	filed := func(attempts int) outcome { return outcome{Filed, "", attempts} }
	for name, c := range map[string]struct {
		steps []step
		want  outcome
	}{
		"confirmed at once":                             {[]step{{call: "send"}}, filed(1)},
		"an unknown outcome is asked about before":      {[]step{{call: "send", err: ErrUnknownOutcome}, {call: "ask", err: ErrNotKnown}, {call: "send"}}, filed(2)},
		"an unknown outcome that INPS has is not sent":  {[]step{{call: "send", err: ErrUnknownOutcome}, {call: "ask"}}, filed(1)},
		"an error without a name is an unknown outcome": {[]step{{call: "send", err: context.DeadlineExceeded}, {call: "ask"}}, filed(1)},
		"processing is asked about until decided":       {[]step{{call: "send", err: ErrProcessing}, {call: "ask", err: ErrProcessing}, {call: "ask"}}, filed(1)},
		"no line is no attempt":                         {[]step{{call: "send", err: ErrNoLine}, {call: "send", err: ErrNoLine}, {call: "send"}}, filed(1)},
		"no line while asking leaves it unknown":        {[]step{{call: "send", err: ErrUnknownOutcome}, {call: "ask", err: ErrNoLine}, {call: "ask"}}, filed(1)},
		"busy is an attempt and is sent again":          {[]step{{call: "send", err: &BusyError{time.Minute}}, {call: "send"}}, filed(2)},
		"busy while asking leaves it unknown":           {[]step{{call: "send", err: ErrUnknownOutcome}, {call: "ask", err: &BusyError{}}, {call: "ask"}}, filed(1)},
		"a terminal not accepted tries again":           {[]step{{call: "send", err: &PausedError{"certificate"}}, {call: "send"}}, filed(2)},
		"refused is for good":                           {[]step{{call: "send", err: &RefusedError{422, "schema"}}}, outcome{Refused, "schema", 1}},
		"refused when asked is for good":                {[]step{{call: "send", err: ErrProcessing}, {call: "ask", err: &RefusedError{422, "schema"}}}, outcome{Refused, "schema", 1}},
		"a refusal with a text keeps the text out":      {[]step{{call: "send", err: &RefusedError{422, "VRDNNA61A41H501X is unknown"}}}, outcome{Refused, "other", 1}},
		"a confirmation of another submission is none":  {[]step{{call: "send", spoil: func(c *Confirmation) { c.ID = "another" }}, {call: "ask"}}, filed(1)},
		"a confirmation of another body is none":        {[]step{{call: "send", spoil: func(c *Confirmation) { c.Digest = "00" }}, {call: "ask"}}, filed(1)},
		"a confirmation without a protocol is none":     {[]step{{call: "send", spoil: func(c *Confirmation) { c.Protocol = "" }}, {call: "ask"}}, filed(1)},
		"a confirmation without a signature is none":    {[]step{{call: "send", spoil: func(c *Confirmation) { c.Signed = nil }}, {call: "ask"}}, filed(1)},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				s := &script{t: t, steps: c.steps}
				stop := k.sending(s)
				k.put(parcel(1))
				e, err := k.Await(t.Context(), parcel(1).ID)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Hour) // nothing may follow
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				if got := (outcome{e.State, e.Reason, e.Attempts}); got != c.want {
					t.Errorf("got %+v, want %+v", got, c.want)
				}
				if len(s.steps) != 0 {
					t.Errorf("%d calls were never made", len(s.steps))
				}
				if e.State == Filed {
					k.wantFiled(e)
				} else {
					k.wantBody(e)
				}
				k.wantChain()
			})
		})
	}
}

func TestAttemptIsOnDiskBeforeItsFirstByte(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.put(parcel(1))
		s := &script{t: t, steps: []step{{call: "send"}}}
		s.during = func(c call) {
			if e := k.stored(k.entry(c.id).Seq); e.State != Unknown || e.Attempts != 1 {
				t.Errorf("while sending, the disk says %s with %d attempts", e.State, e.Attempts)
			}
		}
		stop := k.sending(s)
		k.Await(t.Context(), parcel(1).ID)
		stop()
	})
}

func TestBackOffDoublesToAQuarterOfAnHour(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.Rand = longest{}
		k.reopen()
		k.put(parcel(1))
		s := &script{t: t, steps: append(slices.Repeat([]step{{call: "send", err: ErrNoLine}}, 12), step{call: "send"})}
		stop := k.sending(s)
		k.Await(t.Context(), parcel(1).ID)
		stop()
		want := []time.Duration{2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900}
		for i, gap := range s.gaps() {
			if gap.Round(time.Second) != want[i]*time.Second {
				t.Errorf("wait %d is %s, want %s", i+1, gap, want[i]*time.Second)
			}
		}
	})
}

func TestWaitsAreSpreadOverTheWholeBackOff(t *testing.T) {
	b := newBackoff(nil)
	const most = retryFirst << 4
	var low, high int
	for range 1000 {
		switch d := b.after(5); {
		case d <= 0 || d > most:
			t.Fatalf("wait %s is out of range", d)
		case d < most/4:
			low++
		case d > most*3/4:
			high++
		}
	}
	if low < 150 || high < 150 {
		t.Errorf("%d short and %d long waits of 1000, want about 250 each", low, high)
	}
}

func TestRetryAfterIsAFloorThatKickKeeps(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.put(parcel(1))
		s := &script{t: t, steps: []step{{call: "send", err: &BusyError{10 * time.Minute}}, {call: "send"}}}
		stop := k.sending(s)
		time.Sleep(time.Minute)
		k.Kick()
		k.put(parcel(2))
		s.steps = append(s.steps, step{call: "send"})
		k.Await(t.Context(), parcel(2).ID)
		stop()
		if gap := s.gaps()[0]; gap < 10*time.Minute {
			t.Errorf("tried again after %s", gap)
		}
	})
}

func TestKickCutsTheBackOffShort(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.Rand = longest{}
		k.reopen()
		k.put(parcel(1))
		s := &script{t: t, steps: append(slices.Repeat([]step{{call: "send", err: ErrNoLine}}, 10), step{call: "send"})}
		stop := k.sending(s)
		time.Sleep(18 * time.Minute) // into the first wait of 900 s
		if k.Trouble("") != ReasonNoLine {
			t.Errorf("trouble is %q", k.Trouble(""))
		}
		k.Kick()
		synctest.Wait()
		if e := k.entry(parcel(1).ID); e.State != Filed {
			t.Errorf("after the kick it is %s", e.State)
		}
		if k.Trouble("") != "" {
			t.Errorf("trouble is still %q", k.Trouble(""))
		}
		stop()
	})
}

func TestAKickDuringAnAttemptIsNotLost(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.Rand = longest{}
		k.reopen()
		k.put(parcel(1))
		s := &script{t: t, steps: []step{{call: "send", err: ErrNoLine}, {call: "send"}}}
		s.during = func(call) { k.Kick() }
		stop := k.sending(s)
		k.Await(t.Context(), parcel(1).ID)
		stop()
		if gap := s.gaps()[0]; gap != 0 {
			t.Errorf("waited %s in spite of the kick", gap)
		}
	})
}

func TestATerminalNotAcceptedPausesEverything(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.Rand = longest{}
		k.reopen()
		k.put(parcel(1))
		k.put(parcel(2))
		s := &script{t: t, steps: []step{{call: "send", err: &PausedError{"certificate"}}, {call: "send"}, {call: "send"}}}
		stop := k.sending(s)
		time.Sleep(retryFirst - time.Millisecond)
		if n := len(s.ids()); n != 1 || k.Trouble("") != ReasonPaused {
			t.Errorf("%d calls while paused, trouble %q", n, k.Trouble(""))
		}
		k.Await(t.Context(), parcel(2).ID)
		stop()
	})
}

func TestTheOldestGoesFirstAlsoAfterARestart(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		var want []string
		for _, n := range []int{3, 1, 5, 4, 2} {
			want = append(want, k.put(parcel(n)).ID)
		}
		k.reopen()
		s := &script{t: t, steps: slices.Repeat([]step{{call: "send"}}, 5)}
		stop := k.sending(s)
		k.Await(t.Context(), want[4])
		stop()
		if !slices.Equal(s.ids(), want) {
			t.Errorf("sent %v, want %v", s.ids(), want)
		}
	})
}

// stumbling is an INPS that never answers about one submission.
type stumbling struct{ over string }

func (s stumbling) Send(_ context.Context, p Parcel) (Confirmation, error) {
	if p.ID == s.over {
		return Confirmation{}, ErrUnknownOutcome
	}
	return confirmed(p), nil
}

func (s stumbling) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	return Confirmation{}, ErrNotKnown
}

func TestOneSubmissionOnWhichINPSStumblesLetsOtherCitizensPass(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		stumbled := k.put(parcel(0))
		var others, behind []string
		for n := 1; n < 20; n++ {
			if e := k.put(parcel(n)); e.Owner == stumbled.Owner {
				behind = append(behind, e.ID)
			} else {
				others = append(others, e.ID)
			}
		}
		stop := k.sending(stumbling{stumbled.ID})
		began := time.Now()
		for _, id := range others {
			if _, err := k.Await(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("the others took %s", took)
		}
		if e := k.entry(stumbled.ID); e.State != Unknown || e.Attempts == 0 {
			t.Errorf("the one is %s after %d attempts", e.State, e.Attempts)
		}
		if len(behind) == 0 {
			t.Error("nobody is behind it")
		}
		for _, id := range behind {
			if e := k.entry(id); e.State != Waiting || e.Attempts != 0 {
				t.Errorf("one of the same citizen has overtaken it: %s", e.State)
			}
		}
		stop()
	})
}

func TestAfterTheFirstSuccessTheOthersFollowSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.Rand = longest{}
		k.reopen()
		for n := range 3 {
			k.put(parcel(n))
		}
		down := &switched{down: true}
		stop := k.sending(down)
		time.Sleep(6 * time.Hour)
		down.set(false)
		var first time.Time
		changed := k.Watch(t.Context())
		for first.IsZero() {
			<-changed
			for _, e := range k.List() {
				if e.State == Filed {
					first = time.Now()
				}
			}
		}
		for n := range 3 {
			k.Await(t.Context(), parcel(n).ID)
		}
		if took := time.Since(first); took > 2*retryFirst {
			t.Errorf("the others took %s after the first", took)
		}
		stop()
	})
}

// switched is an INPS that answers or does not.
type switched struct {
	mu   sync.Mutex
	down bool
}

func (s *switched) set(down bool) { s.mu.Lock(); defer s.mu.Unlock(); s.down = down }

func (s *switched) Send(_ context.Context, p Parcel) (Confirmation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return Confirmation{}, ErrUnknownOutcome
	}
	return confirmed(p), nil
}

func (s *switched) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return Confirmation{}, ErrUnknownOutcome
	}
	return Confirmation{}, ErrNotKnown
}
