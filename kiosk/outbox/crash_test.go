package outbox

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/audit"
)

// strictINPS files whatever reaches it, once for each id, and notes every
// submission that is sent although INPS has it. At random calls it loses the
// question or the answer, or the terminal crashes.
type strictINPS struct {
	random *rand.Rand
	crash  func() // the terminal loses its power now

	has      map[string]bool
	filed    map[string]int
	resent   []string
	crashes  int
	unknowns int
}

func (s *strictINPS) Send(_ context.Context, p Parcel) (Confirmation, error) {
	switch s.random.IntN(10) {
	case 0:
		return Confirmation{}, ErrNoLine
	case 1:
		return Confirmation{}, &BusyError{time.Duration(s.random.IntN(60)) * time.Second}
	case 2: // the question is lost
		s.unknowns++
		return Confirmation{}, ErrUnknownOutcome
	case 3:
		s.fail()
		return Confirmation{}, ErrUnknownOutcome
	}
	if s.has[p.ID] {
		s.resent = append(s.resent, p.ID)
	}
	s.has[p.ID] = true
	s.filed[p.ID]++
	switch s.random.IntN(6) {
	case 0: // the answer is lost
		s.unknowns++
		return Confirmation{}, ErrUnknownOutcome
	case 1:
		s.fail()
		return Confirmation{}, ErrUnknownOutcome
	case 2: // the answer arrives and cannot be stored any more
		s.fail()
	case 3:
		return Confirmation{}, ErrProcessing
	}
	return confirmed(p), nil
}

func (s *strictINPS) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	switch s.random.IntN(8) {
	case 0:
		return Confirmation{}, ErrNoLine
	case 1:
		return Confirmation{}, &BusyError{time.Second}
	case 2:
		return Confirmation{}, ErrUnknownOutcome
	case 3:
		s.fail()
	}
	if !s.has[p.ID] {
		return Confirmation{}, ErrNotKnown
	}
	return confirmed(p), nil
}

func (s *strictINPS) fail() {
	s.crashes++
	s.crash()
}

// TestCrashesBetweenAttemptAndConfirmationNeverFileTwice crashes the terminal
// before, during and after attempts, restarts it and goes on until INPS has
// everything.
func TestCrashesBetweenAttemptAndConfirmationNeverFileTwice(t *testing.T) {
	seed := rand.Uint64()
	crashes, unknowns, submissions := 0, 0, 0
	for trial := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			s := &strictINPS{random: rand.New(rand.NewPCG(seed, trial)), has: map[string]bool{}, filed: map[string]int{}}
			k := newTerminal(t)
			const parcels = 6
			put := 0
			for k.countFiled() < parcels {
				for put < parcels && s.random.IntN(3) > 0 {
					k.put(parcel(put))
					put++
				}
				for n := range put { // the same confirmation once more
					if s.random.IntN(4) == 0 {
						k.put(parcel(n))
					}
				}
				st := k.st
				s.crash = func() { st.Close() }
				k.runUntilCrashOrDone(s, put)
				k.reopen()
			}
			k.wantChain()
			for n := range parcels {
				if filings := s.filed[parcel(n).ID]; filings != 1 {
					t.Errorf("seed %d, trial %d: submission %d was filed %d times", seed, trial, n, filings)
				}
				k.wantFiled(k.entry(parcel(n).ID))
			}
			if len(s.resent) > 0 {
				t.Errorf("seed %d, trial %d: sent again without asking: %v", seed, trial, s.resent)
			}
			crashes, unknowns, submissions = crashes+s.crashes, unknowns+s.unknowns, submissions+parcels
			k.st.Close()
		})
	}
	t.Logf("seed %d: %d submissions, each filed once, over %d crashes and %d lost questions and answers",
		seed, submissions, crashes, unknowns)
	if crashes == 0 || unknowns == 0 {
		t.Error("no fault was hit")
	}
}

func (k *terminal) countFiled() int {
	n := 0
	for _, e := range k.List() {
		if e.State == Filed {
			n++
		}
	}
	return n
}

// runUntilCrashOrDone sends until so many are filed, or the store is gone.
func (k *terminal) runUntilCrashOrDone(s Sender, want int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	outbox := k.Outbox
	go func() { done <- outbox.Run(ctx, s) }()
	changed := k.Watch(ctx)
	for k.countFiled() < want {
		select {
		case <-changed:
		case <-done:
			return
		}
	}
	cancel()
	<-done
}

func TestStoppingInTheMiddleOfAnAttemptLeavesItUnknown(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		id := k.put(parcel(1)).ID
		ctx, stop := context.WithCancel(t.Context())
		s := &script{t: t, steps: []step{{call: "send", err: context.Canceled}}}
		s.during = func(call) { stop() }
		if err := k.Run(ctx, s); err != nil {
			t.Fatal(err)
		}
		k.reopen()
		if e := k.entry(id); e.State != Unknown {
			t.Fatalf("it is %s, want unknown", e.State)
		}
		again := &script{t: t, steps: []step{{call: "ask", err: ErrNotKnown}, {call: "send"}}}
		end := k.sending(again)
		k.Await(t.Context(), id)
		end()
	})
}

func TestAConfirmationThatArrivesWhileStoppingIsKept(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		id := k.put(parcel(1)).ID
		ctx, stop := context.WithCancel(t.Context())
		s := &script{t: t, steps: []step{{call: "send"}}}
		s.during = func(call) { stop() }
		if err := k.Run(ctx, s); err != nil {
			t.Fatal(err)
		}
		k.reopen()
		k.wantFiled(k.entry(id))
	})
}

func TestRunEndsWhenNothingCanBeRecorded(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.put(parcel(1))
		s := &script{t: t, steps: []step{{call: "send"}}}
		s.during = func(call) { k.st.Close() }
		if err := k.Run(t.Context(), s); err == nil {
			t.Error("Run ended without an error")
		}
	})
}

func TestTwoSendersAtOnceAreRefused(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		stop := k.sending(&script{t: t})
		synctest.Wait()
		if err := k.Run(t.Context(), &script{t: t}); err != ErrRunning {
			t.Errorf("got %v, want ErrRunning", err)
		}
		stop()
	})
}

func TestAClockThatWasSetBackDoesNotHoldASubmissionForYears(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		if _, err := k.change(t.Context(), e.Seq, func(_ *bolt.Tx, r *record) ([]audit.Event, error) {
			r.wait = until(k.clock, 3*365*day)
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
		k.reopen()
		stop := k.sending(&script{t: t, steps: []step{{call: "send"}}})
		began := time.Now()
		k.Await(t.Context(), e.ID)
		stop()
		if took := time.Since(began); took > waitMost {
			t.Errorf("it waited %s", took)
		}
	})
}
