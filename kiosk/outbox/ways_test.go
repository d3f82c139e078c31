package outbox

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const inpsKey, comuneKey = "00000000000000aa", "00000000000000bb"

// twoWays is a terminal that can reach INPS and its Comune.
func twoWays(keyID string) (destination string, known bool) {
	destination, known = map[string]string{inpsKey: "inps", comuneKey: "comune"}[keyID]
	return destination, known
}

// sides are two destinations, each up or in a trouble of its own.
type sides struct {
	mu      sync.Mutex
	trouble map[string]error // by key id; nil: up
	hang    map[string]bool  // takes no answer back before the end
	sent    []string
	asked   []string
}

func (s *sides) Send(ctx context.Context, p Parcel) (Confirmation, error) {
	s.mu.Lock()
	s.sent = append(s.sent, p.ID)
	err, hangs := s.trouble[p.KeyID], s.hang[p.KeyID]
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return Confirmation{}, ErrUnknownOutcome
	}
	if err != nil {
		return Confirmation{}, err
	}
	return confirmed(p), nil
}

// counts are how many were sent and asked about so far.
func (s *sides) counts() (sent, asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent), len(s.asked)
}

func (s *sides) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, p.ID)
	return Confirmation{}, ErrNotKnown
}

// to is the n-th submission, sealed to a key.
func to(key string, n int) Parcel {
	p := parcel(n)
	p.KeyID, p.Owner = key, citizen(1) // one lane, as far as the destination is one
	return p
}

// twoDestinations is a terminal in a bubble that can reach both.
func twoDestinations(t *testing.T, fn func(t *testing.T, k *terminal)) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.Route, k.options.Rand = twoWays, longest{}
		k.reopen()
		fn(t, k)
	})
}

func TestADestinationThatIsDownHoldsNothingThatGoesToTheOther(t *testing.T) {
	for name, c := range map[string]struct{ down, up, downIs, upIs string }{
		"INPS is down":   {inpsKey, comuneKey, "inps", "comune"},
		"Comune is down": {comuneKey, inpsKey, "comune", "inps"},
	} {
		for how, trouble := range map[string]error{
			"no line": ErrNoLine, "asks for a day": &BusyError{24 * time.Hour}, "does not accept us": &PausedError{"certificate"},
			"outcome unknown": ErrUnknownOutcome, "hangs": nil,
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				twoDestinations(t, func(t *testing.T, k *terminal) {
					s := &sides{trouble: map[string]error{c.down: trouble}, hang: map[string]bool{c.down: trouble == nil}}
					for n := range 4 {
						k.put(to(c.down, 2*n))
						k.put(to(c.up, 2*n+1))
					}
					stop := k.sending(s)
					synctest.Wait()
					for n := range 4 {
						if e := k.entry(parcel(2*n + 1).ID); e.State != Filed || e.Destination != c.upIs {
							t.Errorf("what goes to %s is %s, to %q", c.upIs, e.State, e.Destination)
						}
						if e := k.entry(parcel(2 * n).ID); e.State == Filed || e.Destination != c.downIs {
							t.Errorf("what goes to %s is %s, to %q", c.downIs, e.State, e.Destination)
						}
					}
					if up := k.Trouble(c.upIs); up != "" {
						t.Errorf("%s is in trouble: %s", c.upIs, up)
					}
					if down := k.Trouble(c.downIs); (down == "") != (trouble == nil) {
						t.Errorf("%s is in trouble: %q", c.downIs, down)
					}
					if err := stop(); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

func TestTheTimeThatOneDestinationAskedForIsKeptOverARestartAndHoldsOnlyItsOwn(t *testing.T) {
	twoDestinations(t, func(t *testing.T, k *terminal) {
		s := &sides{trouble: map[string]error{inpsKey: &BusyError{time.Hour}}}
		first := k.put(to(inpsKey, 1))
		stop := k.sending(s)
		synctest.Wait()
		_ = stop()
		k.reopen()
		second, other := k.put(to(inpsKey, 2)), k.put(to(comuneKey, 3))
		s.trouble = nil
		stop = k.sending(s)
		k.Hurry(second.ID)
		synctest.Wait()
		if e := k.entry(other.ID); e.State != Filed {
			t.Errorf("the Comune has nothing: %s", e.State)
		}
		if asked := k.AskedToWait(first.ID); time.Until(asked) < 59*time.Minute {
			t.Errorf("INPS asked for time until %s", asked)
		}
		if asked := k.AskedToWait(other.ID); !asked.IsZero() {
			t.Errorf("the Comune asked for time until %s", asked)
		}
		if n, _ := s.counts(); n != 2 {
			t.Errorf("%d were sent, want the first to INPS and the one to the Comune", n)
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if e := k.entry(second.ID); e.State != Filed {
			t.Errorf("the second to INPS is %s", e.State)
		}
		_ = stop()
	})
}

func TestADestinationThatIsFoundAgainSaysNothingOfTheOther(t *testing.T) {
	twoDestinations(t, func(t *testing.T, k *terminal) {
		s := &sides{trouble: map[string]error{inpsKey: ErrNoLine, comuneKey: ErrNoLine}}
		k.put(to(inpsKey, 1))
		k.put(to(comuneKey, 2))
		stop := k.sending(s)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		k.Reachable("comune")
		if k.Trouble("comune") != "" || k.Trouble("inps") != ReasonNoLine {
			t.Errorf("Comune: %q, INPS: %q", k.Trouble("comune"), k.Trouble("inps"))
		}
		k.Reachable("nobody")
		_ = stop()
	})
}

func TestOneCitizensSubmissionsKeepTheirOrderToEachDestination(t *testing.T) {
	twoDestinations(t, func(t *testing.T, k *terminal) {
		s := &sides{}
		var want [2][]string
		for n := range 12 {
			way := n / 2 % 2
			want[way] = append(want[way], k.put(to([]string{inpsKey, comuneKey}[way], n)).ID)
		}
		k.reopen()
		stop := k.sending(s)
		synctest.Wait()
		_ = stop()
		for way, ids := range want {
			got := slices.DeleteFunc(slices.Clone(s.sent), func(id string) bool { return !slices.Contains(ids, id) })
			if !slices.Equal(got, ids) {
				t.Errorf("to destination %d went %v, want %v", way, got, ids)
			}
		}
	})
}

func TestWhatIsSealedToAKeyOfNobodyIsAPersonsBusinessAndGoesOutWhenTheKeyIsBack(t *testing.T) {
	twoDestinations(t, func(t *testing.T, k *terminal) {
		s := &sides{}
		k.options.Route = func(keyID string) (string, bool) { return "inps", keyID == inpsKey }
		k.reopen()
		lost, other := k.put(to(comuneKey, 1)), k.put(to(inpsKey, 2))
		stop := k.sending(s)
		time.Sleep(time.Hour)
		synctest.Wait()
		_ = stop()
		if e := k.entry(lost.ID); e.State != Stuck || e.Reason != ReasonNoKey || e.Alarm(time.Now()) != AlarmStuck || e.Attempts != 0 {
			t.Errorf("it is %s for %q after %d attempts, alarm %q", e.State, e.Reason, e.Attempts, e.Alarm(time.Now()))
		}
		if k.body(lost.Seq) == nil {
			t.Error("its body is gone")
		}
		if e := k.entry(other.ID); e.State != Filed || len(s.sent) != 1 {
			t.Errorf("the other is %s, %d sent", e.State, len(s.sent))
		}
		k.options.Route = twoWays
		k.reopen()
		if err := k.Retry(t.Context(), lost.ID, "mb"); err != nil {
			t.Fatal(err)
		}
		stop = k.sending(s)
		synctest.Wait()
		if e := k.entry(lost.ID); e.State != Filed || e.Destination != "comune" {
			t.Errorf("with the key back it is %s, to %q", e.State, e.Destination)
		}
		_ = stop()
		k.wantChain()
	})
}

func TestWhatMayHaveBeenSentBeforeItsKeyWentIsAskedAboutWhenTheKeyIsBack(t *testing.T) {
	twoDestinations(t, func(t *testing.T, k *terminal) {
		s := &sides{trouble: map[string]error{comuneKey: ErrUnknownOutcome}}
		sent := k.put(to(comuneKey, 1))
		stop := k.sending(s)
		synctest.Wait()
		_ = stop()
		k.options.Route = func(keyID string) (string, bool) { return "inps", keyID == inpsKey }
		k.reopen()
		stop = k.sending(s)
		time.Sleep(3 * day)
		synctest.Wait()
		_ = stop()
		if e := k.entry(sent.ID); e.State != Stuck || e.Reason != ReasonNoKey || len(s.asked) != 0 || len(s.sent) != 1 {
			t.Errorf("it is %s for %q, asked about %d times, sent %d times", e.State, e.Reason, len(s.asked), len(s.sent))
		}
		k.options.Route = twoWays
		k.reopen()
		stop = k.sending(s)
		time.Sleep(2 * day)
		synctest.Wait()
		_ = stop()
		if len(s.asked) == 0 || len(s.sent) != 1 {
			t.Errorf("asked about %d times, sent %d times", len(s.asked), len(s.sent))
		}
	})
}
