package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheCitizenTakesASubmissionBackUntilItsFirstAttempt(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		p := parcel(1)
		p.Label = []byte("sealed label")
		e := k.put(p)
		if !e.Withdrawable() {
			t.Error("it cannot be withdrawn")
		}
		if err := k.Withdraw(t.Context(), e.ID, citizen(99)); !errors.Is(err, ErrNoEntry) {
			t.Errorf("for a stranger: got %v, want ErrNoEntry", err)
		}
		for range 2 {
			if err := k.Withdraw(t.Context(), e.ID, e.Owner); err != nil {
				t.Fatal(err)
			}
		}
		stop := k.sending(&script{t: t}) // nothing may be sent
		time.Sleep(time.Hour)
		stop()
		for range 2 {
			got := k.entry(e.ID)
			want := e
			want.State = Withdrawn
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if k.body(e.Seq) != nil {
				t.Error("the body is still there")
			}
			k.reopen()
		}
		k.wantChain()
	})
}

func TestAnAttemptOfWhichNoByteLeftDoesNotCountAgainstTheCitizen(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		want  error
	}{
		"no line":         {[]step{{call: "send", err: ErrNoLine}}, nil},
		"busy":            {[]step{{call: "send", err: &BusyError{time.Hour}}}, ErrTooLate},
		"unknown outcome": {[]step{{call: "send", err: ErrUnknownOutcome}}, ErrTooLate},
		"filed":           {[]step{{call: "send"}}, ErrTooLate},
		"refused":         {[]step{{call: "send", err: &RefusedError{422, "schema"}}}, ErrTooLate},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				e := k.put(parcel(1))
				s := &script{t: t, steps: c.steps}
				stop := k.sending(s)
				synctest.Wait()
				stop()
				if len(s.steps) != 0 {
					t.Fatal("it was not tried")
				}
				if err := k.Withdraw(t.Context(), e.ID, e.Owner); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if got := k.entry(e.ID).State == Withdrawn; got != (c.want == nil) {
					t.Errorf("it is %s", k.entry(e.ID).State)
				}
			})
		})
	}
}

func TestANewSubmissionTakesThePlaceOfAnOldOneOrIsNotStored(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		old := k.put(parcel(1))
		p := parcel(2)
		p.Owner, p.Replaces = old.Owner, old.ID
		k.put(p)
		if e := k.entry(old.ID); e.State != Withdrawn {
			t.Errorf("the old one is %s", e.State)
		}
		stop := k.sending(&script{t: t, steps: []step{{call: "send"}}})
		k.Await(t.Context(), p.ID)
		stop()
		late := parcel(3)
		late.Owner, late.Replaces = old.Owner, p.ID
		if _, err := k.Put(t.Context(), late); !errors.Is(err, ErrTooLate) {
			t.Errorf("got %v, want ErrTooLate", err)
		}
		late.Replaces = parcel(9).ID
		if _, err := k.Put(t.Context(), late); !errors.Is(err, ErrNoEntry) {
			t.Errorf("got %v, want ErrNoEntry", err)
		}
		k.reopen()
		if _, ok := k.Find(late.ID); ok || len(k.List()) != 2 {
			t.Errorf("%d entries, want two", len(k.List()))
		}
		k.wantFiled(k.entry(p.ID))
		k.wantChain()
	})
}

func TestASubmissionOnWhichINPSAlwaysStumblesIsAPersonsBusinessInTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		ask     error
		asksDay bool // INPS may have it: it is asked once a day
	}{
		"INPS says it has nothing": {ErrNotKnown, false},
		"INPS says nothing":        {ErrUnknownOutcome, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				k.options.MaxAttempts = 3
				k.reopen()
				bad := k.put(parcel(1))
				behind := parcel(2)
				behind.Owner = bad.Owner
				k.put(behind)
				s := &picky{bad: bad.ID, send: ErrUnknownOutcome, asks: []error{ErrNotKnown, ErrNotKnown, c.ask}}
				stop := k.sending(s)
				e, err := k.Await(t.Context(), bad.ID)
				if err != nil || e.State != Stuck || e.Attempts != 3 || e.Alarm(time.Now()) != AlarmStuck {
					t.Fatalf("it is %s after %d attempts, %v", e.State, e.Attempts, err)
				}
				if e, err := k.Await(t.Context(), behind.ID); err != nil || e.State != Filed {
					t.Errorf("the next one of the citizen is %s, %v", e.State, err)
				}
				_, before := s.calls()
				time.Sleep(10 * day)
				synctest.Wait()
				sent, asked := s.calls()
				more := asked - before
				if c.asksDay && (more < 9 || more > 11) || !c.asksDay && more != 0 {
					t.Errorf("asked %d times in ten days", more)
				}
				if sent != 3 {
					t.Errorf("sent %d times", sent)
				}
				stop()
				k.reopen()
				if e := k.entry(bad.ID); e.State != Stuck {
					t.Errorf("after a restart it is %s", e.State)
				}
				k.wantBody(k.entry(bad.ID))

				// An officer has it tried again, and now INPS takes it.
				if err := k.Retry(t.Context(), bad.ID, "mb"); err != nil {
					t.Fatal(err)
				}
				steps := []step{{call: "send"}}
				if c.asksDay {
					steps = []step{{call: "ask", err: ErrNotKnown}, {call: "send"}}
				}
				stop = k.sending(&script{t: t, steps: steps})
				k.Await(t.Context(), bad.ID)
				stop()
				k.wantFiled(k.entry(bad.ID))
				k.wantChain()
			})
		})
	}
}

func TestWhatIsInDoubtAndStuckIsFiledWhenINPSHasItAfterAll(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.options.MaxAttempts = 1
		k.reopen()
		e := k.put(parcel(1))
		s := &picky{bad: e.ID, send: ErrUnknownOutcome, asks: []error{ErrUnknownOutcome, ErrNoLine, ErrUnknownOutcome, nil}}
		stop := k.sending(s)
		if e, _ := k.Await(t.Context(), e.ID); e.State != Stuck {
			t.Fatalf("it is %s", e.State)
		}
		time.Sleep(4 * day)
		synctest.Wait()
		stop()
		k.wantFiled(k.entry(e.ID))
	})
}

// picky files everything but one submission, of which it says what it is told.
type picky struct {
	mu          sync.Mutex
	bad         string
	send        error
	asks        []error // the last one for ever
	sent, asked int
}

func (s *picky) Send(_ context.Context, p Parcel) (Confirmation, error) {
	if p.ID != s.bad {
		return confirmed(p), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent++
	return Confirmation{}, s.send
}

func (s *picky) Ask(_ context.Context, p Parcel) (Confirmation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.asks[min(s.asked, len(s.asks)-1)]
	s.asked++
	if err != nil {
		return Confirmation{}, err
	}
	return confirmed(p), nil
}

// calls is how often it was sent the one, and asked about it.
func (s *picky) calls() (sent, asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent, s.asked
}

func TestNeitherABusyINPSNorARefusedCertificateUsesAttemptsUp(t *testing.T) {
	for name, err := range map[string]error{
		"busy": &BusyError{time.Minute}, "paused": &PausedError{"certificate"}, "no line": ErrNoLine,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				k.options.MaxAttempts = 2
				k.reopen()
				e := k.put(parcel(1))
				s := &picky{bad: e.ID, send: err, asks: []error{ErrNotKnown}}
				stop := k.sending(s)
				time.Sleep(day)
				synctest.Wait()
				stop()
				if e := k.entry(e.ID); e.State != Waiting || s.sent < 10 {
					t.Errorf("after %d attempts it is %s", s.sent, e.State)
				}
			})
		})
	}
}

func TestOnlyAPersonClosesADeadLetter(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		refused, waiting := k.put(parcel(1)), k.put(parcel(2))
		stop := k.sending(&script{t: t, steps: []step{{call: "send", err: &RefusedError{422, "schema"}}, {call: "send", err: ErrNoLine}}})
		synctest.Wait()
		stop()
		if err := k.Close(t.Context(), waiting.ID, "mb"); !errors.Is(err, ErrNotDead) {
			t.Errorf("closing what waits: got %v, want ErrNotDead", err)
		}
		if err := k.Retry(t.Context(), refused.ID, "mb"); !errors.Is(err, ErrNotDead) {
			t.Errorf("trying again what was refused: got %v, want ErrNotDead", err)
		}
		if err := k.Close(t.Context(), refused.ID, "mb"); err != nil {
			t.Fatal(err)
		}
		k.reopen()
		if e := k.entry(refused.ID); e.State != Closed || e.Alarm(time.Now()) != "" || k.body(e.Seq) != nil {
			t.Errorf("it is %s, alarm %q", e.State, e.Alarm(time.Now()))
		}
		k.wantChain()
	})
}

func TestAConfirmationThatComesByAnotherWayFilesWhateverWasThoughtOfIt(t *testing.T) {
	states := map[string]func(t *testing.T, k *terminal, e Entry){
		"waiting": func(*testing.T, *terminal, Entry) {},
		"withdrawn": func(t *testing.T, k *terminal, e Entry) {
			if err := k.Withdraw(t.Context(), e.ID, e.Owner); err != nil {
				t.Fatal(err)
			}
		},
		"refused and closed": func(t *testing.T, k *terminal, e Entry) {
			stop := k.sending(&script{t: t, steps: []step{{call: "send", err: &RefusedError{422, "schema"}}}})
			synctest.Wait()
			stop()
			if err := k.Close(t.Context(), e.ID, "mb"); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, bring := range states {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				e := k.put(parcel(1))
				bring(t, k, e)
				wrong := confirmed(parcel(1))
				wrong.Digest = "00"
				if _, err := k.Confirm(t.Context(), wrong); err == nil {
					t.Error("a confirmation of another body was taken")
				}
				for range 2 {
					if got, err := k.Confirm(t.Context(), confirmed(parcel(1))); err != nil || got.State != Filed {
						t.Fatalf("it is %s, %v", got.State, err)
					}
				}
				stop := k.sending(&script{t: t}) // nothing may be sent
				time.Sleep(time.Hour)
				stop()
				k.reopen()
				k.wantFiled(k.entry(e.ID))
				k.wantChain()
			})
		})
	}
}

func TestAConfirmationDuringAnAttemptIsNotUndoneByIt(t *testing.T) {
	for name, outcome := range map[string]error{
		"unknown": ErrUnknownOutcome, "refused": &RefusedError{422, "schema"}, "no line": ErrNoLine, "filed": nil,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				e := k.put(parcel(1))
				s := &script{t: t, steps: []step{{call: "send", err: outcome}}}
				s.during = func(call) {
					if _, err := k.Confirm(t.Context(), confirmed(parcel(1))); err != nil {
						t.Error(err)
					}
				}
				stop := k.sending(s)
				time.Sleep(time.Hour)
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				k.wantFiled(k.entry(e.ID))
			})
		})
	}
}

func TestTheAlarmSaysWhyAPersonMustLook(t *testing.T) {
	by := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		e    Entry
		now  time.Time
		want Alarm
	}{
		{Entry{State: Waiting}, morning, ""},
		{Entry{State: Waiting, By: by}, by.AddDate(0, 0, -6), ""},
		{Entry{State: Waiting, By: by}, by.AddDate(0, 0, -5), AlarmDeadline},
		{Entry{State: Unknown, By: by}, by.AddDate(0, 0, 9), AlarmDeadline},
		{Entry{State: Unknown, By: by}, time.Time{}, ""}, // nobody knows what day it is
		{Entry{State: Stuck, By: by}, time.Time{}, AlarmStuck},
		{Entry{State: Filed, By: by}, by, ""},
		{Entry{State: Withdrawn, By: by}, by, ""},
		{Entry{State: Closed, By: by}, by, ""},
		{Entry{State: Refused}, morning, AlarmRefused},
		{Entry{State: Stuck, By: by}, by, AlarmStuck},
		{Entry{State: Waiting, Reason: ReasonDamaged}, morning, AlarmDamaged},
	} {
		if got := c.e.Alarm(c.now); got != c.want {
			t.Errorf("%s, due %s, at %s: alarm %q, want %q", c.e.State, c.e.By, c.now, got, c.want)
		}
	}
}

func TestEverySubmissionHasADayByWhichAPersonActsAndOnlyANearTermTellsOfItself(t *testing.T) {
	for name, c := range map[string]struct{ term, want time.Time }{
		"without a legal term":      {time.Time{}, lastDay(morning.AddDate(0, 0, 15))},
		"with a term of 68 days":    {morning.AddDate(0, 0, 68), lastDay(morning.AddDate(0, 0, 15))},
		"with a term on day 15":     {morning.AddDate(0, 0, 15), lastDay(morning.AddDate(0, 0, 15))},
		"with a term in three days": {morning.AddDate(0, 0, 3), lastDay(morning.AddDate(0, 0, 3))},
	} {
		p := parcel(1)
		p.CapturedAt, p.Deadline = morning, c.term
		k := newTerminal(t)
		e := k.put(p)
		k.reopen()
		if again := k.entry(e.ID); !e.By.Equal(c.want) || !again.By.Equal(c.want) {
			t.Errorf("%s: by %s, after a restart %s, want %s", name, e.By, again.By, c.want)
		}
		if _, carried, err := k.parcel(t.Context(), e.Seq); err != nil || !carried.Deadline.IsZero() {
			t.Errorf("%s: the parcel still knows %s, %v", name, carried.Deadline, err)
		}
	}
}

func TestByAClockThatNobodyVouchesForNoDayIsNear(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		trusted := true
		k.options.ClockTrusted = func() bool { return trusted }
		k.reopen()
		p := parcel(1)
		p.CapturedAt = time.Now()
		e := k.put(p)
		time.Sleep(11 * day)
		for _, trusted = range []bool{false, true} {
			alarms := 0
			if trusted {
				alarms = 1
			}
			if got := k.entry(e.ID); k.Counts().Alarms != alarms || (got.Alarm(time.Now()) == AlarmDeadline) != trusted {
				t.Errorf("clock trusted %t: %d alarms, %+v", trusted, k.Counts().Alarms, got)
			}
		}
	})
}

func TestTheFirstOfManyAreCompletedAndNoMore(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		for n := range 9 {
			p := parcel(n)
			p.CapturedAt = time.Now().Add(-time.Duration(n/8) * 12 * day) // the last one is in alarm
			k.put(p)
		}
		open := k.Open(4)
		if len(open) != 4 || open[0].Seq != 9 || open[1].Seq != 1 || open[3].Seq != 3 || open[3].Digest == "" {
			t.Errorf("%+v", open)
		}
		if n := len(k.Open(100)); n != 9 {
			t.Errorf("%d in all", n)
		}
		if open := k.Open(1); len(open) != 1 || open[0].Seq != 9 {
			t.Errorf("%+v", open)
		}
	})
}

func TestWhatINPSMayNotNameStandsNowhere(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		k.put(parcel(1))
		stop := k.sending(&script{t: t, steps: []step{{call: "send", err: &RefusedError{422, "ap70-below-74"}}}})
		e, err := k.Await(t.Context(), parcel(1).ID)
		stop()
		if err != nil || e.State != Refused || e.Reason != RefusedOther {
			t.Errorf("it is %s (%s), %v", e.State, e.Reason, err)
		}
		raw, err := os.ReadFile(k.path)
		if err != nil || bytes.Contains(raw, []byte("ap70")) {
			t.Errorf("the reason is on the disk, %v", err)
		}
	})
}

func TestCountsAndListsAgree(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		var first Entry
		for n := range 6 {
			p := parcel(n)
			p.CapturedAt = time.Now().Add(time.Duration(n) * time.Minute)
			if e := k.put(p); n == 2 {
				first = e
			}
		}
		s := &script{t: t, steps: []step{
			{call: "send"}, {call: "send"}, {call: "send", err: &RefusedError{422, "schema"}}, {call: "send", err: ErrUnknownOutcome},
		}}
		stop := k.sending(s)
		synctest.Wait()
		stop()
		if err := k.Delivered(t.Context(), parcel(0).ID); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			want := Counts{Waiting: 2, Unknown: 1, Filed: 2, Refused: 1, ToDeliver: 1, Alarms: 1, Oldest: first.CapturedAt}
			if diff := cmp.Diff(want, k.Counts()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			open, deliver := k.Open(9), k.ToDeliver(9)
			if len(open) != 4 || open[0].State != Refused || open[0].Reason != "schema" {
				t.Errorf("open: %+v", open)
			}
			if len(deliver) != 1 || deliver[0].ID != parcel(1).ID || deliver[0].Protocol == "" {
				t.Errorf("to deliver: %+v", deliver)
			}
			k.reopen()
		}
	})
}

func TestASubmissionIsFoundByItsCodeHoweverItIsTyped(t *testing.T) {
	k := newTerminal(t)
	for n := range 30 {
		e := k.put(parcel(n))
		code := e.Claim[len("PUE-0421-"):]
		typed := []string{e.Claim, e.ID, fmt.Sprintf(" %s ", e.Claim), code, strings.NewReplacer("0", "O", "1", "l").Replace(e.Claim), strings.ToLower(e.Claim), code[:4] + code[5:]}
		for _, c := range typed {
			if got, ok := k.Find(c); !ok || got.ID != e.ID {
				t.Errorf("%q finds %s, want %s", c, got.ID, e.ID)
			}
		}
	}
	for _, c := range []string{"", "PUE-0421", "PUE-0421-0000-0000", "U", parcel(99).ID, "PUE-0421-UUUU-UUUU"} {
		if e, ok := k.Find(c); ok {
			t.Errorf("%q finds %s", c, e.Claim)
		}
	}
}
