package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// wrongCode is the n-th code of the right form that nobody was given.
func wrongCode(k *terminal, n uint64) string {
	code, _ := k.claims.code(1_000_000 + n)
	return code
}

func (k *terminal) wantStatus(code string, want ClaimStatus) {
	k.t.Helper()
	if got, err := k.StatusOf(k.t.Context(), code); err != nil || got != want {
		k.t.Errorf("status of %q is %+v, %v, want %+v", code, got, err, want)
	}
}

// wantHeld checks that no code is taken for so long.
func (k *terminal) wantHeld(code string, want time.Duration) {
	k.t.Helper()
	_, err := k.StatusOf(k.t.Context(), code)
	tooMany, ok := errors.AsType[*TooManyTriesError](err)
	if !ok {
		k.t.Fatalf("trying %q: %v", code, err)
	}
	if left := time.Until(tooMany.Until); left > want || left < want-time.Second {
		k.t.Errorf("held for %s, want %s", left, want)
	}
}

func (k *terminal) wantWrong(code string) {
	k.t.Helper()
	if _, err := k.StatusOf(k.t.Context(), code); !errors.Is(err, ErrNoEntry) {
		k.t.Fatalf("trying %q: %v", code, err)
	}
}

func TestACodeTellsWhereItsSubmissionStandsHoweverItIsTyped(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		want := ClaimStatus{State: Waiting, CapturedAt: e.CapturedAt}
		short := strings.TrimPrefix(e.Claim, "PUE-0421-")
		for _, typed := range []string{
			e.Claim, short, strings.ToLower(e.Claim), strings.ReplaceAll(e.Claim, "-", ""), " " + strings.ReplaceAll(short, "-", " "),
			strings.NewReplacer("0", "o", "1", "l").Replace(e.Claim), strings.NewReplacer("0", "O", "1", "I").Replace(short),
		} {
			k.wantStatus(typed, want)
		}
		if _, err := k.Confirm(t.Context(), confirmed(parcel(1))); err != nil {
			t.Fatal(err)
		}
		k.wantStatus(e.Claim, ClaimStatus{State: Filed, CapturedAt: e.CapturedAt, FiledAt: k.entry(e.ID).FiledAt})
		k.wantWrong(e.ID) // an id is no code
	})
}

func TestFromTheFifthWrongCodeOnEachCostsTwiceTheWait(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		n := uint64(0)
		wrong := func() { n++; k.wantWrong(wrongCode(k, n)) }
		for range freeTries {
			wrong()
		}
		for _, minutes := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			wrong()
			k.wantHeld(wrongCode(k, n+1), minutes*time.Minute)
			k.wantHeld(e.Claim, minutes*time.Minute) // also a right one
			time.Sleep(minutes * time.Minute)
			if minutes == 4 {
				k.reopen()
			}
		}
		k.wantStatus(e.Claim, ClaimStatus{State: Waiting, CapturedAt: e.CapturedAt})
		for range freeTries {
			wrong()
		}
		k.wantStatus(e.Claim, ClaimStatus{State: Waiting, CapturedAt: e.CapturedAt})
	})
}

// Whoever has a receipt has a right code: it must not buy tries at another's.
func TestACodeOfOnesOwnBuysNoMoreTries(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		for n := range uint64(freeTries + 1) {
			k.wantWrong(wrongCode(k, n))
			if n < freeTries {
				k.wantStatus(e.Claim, ClaimStatus{State: Waiting, CapturedAt: e.CapturedAt})
			}
		}
		k.wantHeld(wrongCode(k, 99), time.Minute)
		k.wantHeld(e.Claim, time.Minute)
	})
}

func TestNeitherARestartNorTheWallClockShortensTheWait(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		for n := range uint64(freeTries + 3) {
			k.wantWrong(wrongCode(k, n))
			if n >= freeTries {
				time.Sleep(time.Minute << (n - freeTries))
			}
		}
		k.wantWrong(wrongCode(k, 99))
		k.reopen()
		k.wantHeld(e.Claim, 8*time.Minute)
		time.Sleep(5 * time.Minute)
		k.reopen()
		k.wantHeld(e.Claim, 3*time.Minute)
		k.options.clock = &bubbleClock{boot: 7} // another boot: all of it again, whatever the wall clock shows
		k.reopen()
		k.wantHeld(e.Claim, 8*time.Minute)
		time.Sleep(8 * time.Minute)
		k.wantStatus(e.Claim, ClaimStatus{State: Waiting, CapturedAt: e.CapturedAt})
	})
}

// TestWhoeverTriesCodesIsHeldAsACounterWouldHoldHim compares random walks of right
// codes, wrong ones, restarts and waits with a plain counter.
func TestWhoeverTriesCodesIsHeldAsACounterWouldHoldHim(t *testing.T) {
	seed := rand.Uint64()
	held, right := 0, 0
	for trial := range uint64(8) {
		inBubble(t, func(t *testing.T, k *terminal) {
			random := rand.New(rand.NewPCG(seed, trial))
			e := k.put(parcel(1))
			wrong, free := 0, time.Now()
			for step := range 80 {
				code, good := e.Claim, random.IntN(12) == 0
				if !good {
					code = wrongCode(k, random.Uint64N(1<<40))
				}
				_, err := k.StatusOf(t.Context(), code)
				_, tooMany := errors.AsType[*TooManyTriesError](err)
				switch {
				case time.Now().Before(free):
					if held++; !tooMany {
						t.Fatalf("seed %d, trial %d, step %d: not held: %v", seed, trial, step, err)
					}
				case good:
					if right++; err != nil {
						t.Fatalf("seed %d, trial %d, step %d: %v", seed, trial, step, err)
					}
					if wrong >= 5 {
						wrong = 0
					}
				default:
					if !errors.Is(err, ErrNoEntry) {
						t.Fatalf("seed %d, trial %d, step %d: %v", seed, trial, step, err)
					}
					if wrong++; wrong >= 5 {
						free = time.Now().Add(min(time.Minute<<min(wrong-5, 10), time.Hour))
					}
				}
				if random.IntN(6) == 0 {
					k.reopen()
				}
				time.Sleep(time.Duration(random.IntN(20)) * time.Minute)
			}
		})
	}
	if held == 0 || right == 0 {
		t.Errorf("seed %d: %d held, %d right", seed, held, right)
	}
}

func TestAWrongCodeThatCannotBeCountedIsNotAnswered(t *testing.T) {
	k := newTerminal(t)
	k.put(parcel(1))
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.StatusOf(stopped, wrongCode(k, 1)); err == nil || errors.Is(err, ErrNoEntry) {
		t.Errorf("answered: %v", err)
	}
}

func TestWhetherTheClockWasRightIsKept(t *testing.T) {
	k := newTerminal(t)
	sure := false
	k.options.ClockTrusted = func() bool { return sure }
	k.reopen()
	unsure := k.put(parcel(1))
	sure = true
	vouched := k.put(parcel(2))
	if unsure.ClockTrusted || !vouched.ClockTrusted {
		t.Errorf("put: %t, %t", unsure.ClockTrusted, vouched.ClockTrusted)
	}
	k.reopen()
	if k.entry(unsure.ID).ClockTrusted || !k.entry(vouched.ID).ClockTrusted {
		t.Errorf("kept: %t, %t", k.entry(unsure.ID).ClockTrusted, k.entry(vouched.ID).ClockTrusted)
	}
}
