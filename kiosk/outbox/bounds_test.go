package outbox

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/audit"
)

// always is an INPS with one answer to each question.
type always struct{ send, ask error }

func (a always) Send(_ context.Context, p Parcel) (Confirmation, error) { return confirmed(p), a.send }

func (a always) Ask(_ context.Context, p Parcel) (Confirmation, error) { return confirmed(p), a.ask }

func TestWhateverINPSSaysForMonthsAPersonHearsOfIt(t *testing.T) {
	for name, c := range map[string]struct {
		inps always
		want Alarm
	}{
		"questions without an answer": {always{ErrUnknownOutcome, ErrUnknownOutcome}, AlarmStuck},
		"processing for ever":         {always{ErrUnknownOutcome, ErrProcessing}, AlarmDeadline},
		"busy for ever":               {always{&BusyError{time.Hour}, ErrNotKnown}, AlarmDeadline},
		"busy when asked":             {always{ErrUnknownOutcome, &BusyError{time.Hour}}, AlarmDeadline},
		"terminal not accepted":       {always{&PausedError{"terminal-certificate"}, ErrNotKnown}, AlarmDeadline},
		"no line":                     {always{ErrNoLine, ErrNotKnown}, AlarmDeadline},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				p := parcel(1)
				p.CapturedAt = time.Now().Add(-(longestHere - alarmBefore) + 12*time.Hour)
				k.put(p)
				stop := k.sending(c.inps)
				time.Sleep(day)
				stop()
				if e := k.entry(p.ID); e.Alarm(time.Now()) != c.want || k.Counts().Alarms != 1 {
					t.Errorf("it is %s (%s), alarm %q, want %q", e.State, e.Reason, e.Alarm(time.Now()), c.want)
				}
			})
		})
	}
}

func TestOneThatINPSNeverAnswersAboutLetsTheSameCitizensOthersGoInTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		bad := k.put(parcel(1))
		behind := parcel(2)
		behind.Owner = bad.Owner
		k.put(behind)
		stop := k.sending(&picky{bad: bad.ID, send: ErrUnknownOutcome, asks: []error{errors.New("status 500")}})
		time.Sleep(day)
		stop()
		if e := k.entry(bad.ID); e.State != Stuck {
			t.Errorf("it is %s", e.State)
		}
		k.wantFiled(k.entry(behind.ID))
	})
}

func TestDaysWithoutALineAreAFewEventsInTheRecord(t *testing.T) {
	for name, err := range map[string]error{"no line": ErrNoLine, "paused": &PausedError{"terminal-certificate"}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, k *terminal) {
				e := k.put(parcel(1))
				stop := k.sending(always{err, ErrNotKnown})
				time.Sleep(2 * day)
				stop()
				if got := k.tells()[audit.SubmissionAttempt]; got != 2 {
					t.Errorf("%d events of attempts, want the first one and its outcome", got)
				}
				k.Kick()
				stop = k.sending(&script{t: t, steps: []step{{call: "send", err: ErrUnknownOutcome}, {call: "ask"}}})
				k.Await(t.Context(), e.ID)
				stop()
				if got := k.tells()[audit.SubmissionAttempt]; got != 3 {
					t.Errorf("%d events of attempts, want that of the other outcome too", got)
				}
				k.wantChain()
			})
		})
	}
}

func TestAnOfficerIsNamedOnlyWhereTheCardWasThere(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		for n, officer := range []string{"mb", Technician} {
			e := k.put(parcel(n + 1))
			k.turns(e, Stuck)
			if err := k.Retry(t.Context(), e.ID, officer); err != nil {
				t.Fatal(err)
			}
			k.turns(e, Stuck)
			if err := k.Close(t.Context(), e.ID, officer); err != nil {
				t.Fatal(err)
			}
		}
		var got []audit.Event
		for _, e := range k.told() {
			if e.Name == audit.SubmissionRetried || e.Name == audit.SubmissionClosed {
				e.Submission = ""
				got = append(got, e)
			}
		}
		want := []audit.Event{
			{Name: audit.SubmissionRetried, Officer: "mb"},
			{Name: audit.SubmissionClosed, Officer: "mb"},
			{Name: audit.SubmissionRetried, Code: "technician"},
			{Name: audit.SubmissionClosed, Code: "technician"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAGatewayThatAsksForTimeIsGivenItAndTheOutcomeIsUnknown(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		e := k.put(parcel(1))
		k.put(parcel(2))
		busy := errors.Join(ErrUnknownOutcome, &BusyError{time.Hour})
		s := &script{t: t, steps: []step{{call: "send", err: busy}}}
		stop := k.sending(s)
		time.Sleep(time.Minute)
		k.Kick()
		time.Sleep(58 * time.Minute)
		if got := k.entry(e.ID); got.State != Unknown || got.Reason != ReasonUnknown || len(s.ids()) != 1 {
			t.Errorf("it is %s (%s) after %d calls", got.State, got.Reason, len(s.ids()))
		}
		s.mu.Lock()
		s.steps = []step{{call: "ask"}, {call: "send"}}
		s.mu.Unlock()
		k.Await(t.Context(), e.ID)
		stop()
	})
}

func TestTheRetentionCountsFromWhenItWasSettledHere(t *testing.T) {
	inBubble(t, func(t *testing.T, k *terminal) {
		p := parcel(1)
		k.put(p)
		c := confirmed(p)
		c.FiledAt = time.Now().Add(-90 * day).UTC().Round(0)
		if e, err := k.Confirm(t.Context(), c); err != nil || !e.FiledAt.Equal(c.FiledAt) {
			t.Fatalf("%s, %v", e.FiledAt, err)
		}
		stop := k.sending(&script{t: t})
		time.Sleep(29 * day)
		k.reopenWhileSending(stop)
		if e := k.ToDeliver(9); len(e) != 1 || !e[0].FiledAt.Equal(c.FiledAt) {
			t.Errorf("%+v", e)
		}
		stop = k.sending(&script{t: t})
		time.Sleep(2 * day)
		synctest.Wait()
		stop()
		if n := len(k.List()); n != 0 {
			t.Errorf("%d entries are still there", n)
		}
	})
}

// reopenWhileSending restarts a terminal that sends.
func (k *terminal) reopenWhileSending(stop func() error) {
	k.t.Helper()
	if err := stop(); err != nil {
		k.t.Fatal(err)
	}
	k.reopen()
}

func TestOneSubmissionIsReplacedOnceAndByItsOwner(t *testing.T) {
	k := newTerminal(t)
	a, b, c := parcel(1), parcel(2), parcel(3)
	b.Owner, c.Owner = a.Owner, a.Owner
	b.Replaces, c.Replaces = a.ID, a.ID
	k.put(a)
	k.put(b)
	if _, err := k.Put(t.Context(), c); !errors.Is(err, ErrTooLate) || k.Counts().Waiting != 1 {
		t.Errorf("%v, %d wait", err, k.Counts().Waiting)
	}
	b.Owner, b.Replaces = Owner{1, 2}, ""
	if e, err := k.Put(t.Context(), b); !errors.Is(err, ErrOtherOwner) || e.ID != "" {
		t.Errorf("the other citizen's %+v, %v", e, err)
	}
}
