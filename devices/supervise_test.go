package devices

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// device is a device that the test opens, loses and breaks.
type device struct {
	open func() error
	use  func(context.Context) error

	opened  []time.Duration // since the beginning
	reports []string
	log     bytes.Buffer
}

// supervised runs d for a while, on the clock of the bubble.
func supervised(t *testing.T, d *device, while time.Duration) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), while)
	defer cancel()
	Supervise(ctx, slog.New(slog.NewTextHandler(&d.log, nil)),
		func(context.Context) (struct{}, error) {
			d.opened = append(d.opened, time.Since(began))
			return struct{}{}, d.open()
		},
		func(ctx context.Context, _ struct{}) error { return d.use(ctx) },
		func(s Status) { d.reports = append(d.reports, s.State.String()+" "+s.Reason) })
}

func (d *device) lines() int { return strings.Count(d.log.String(), "\n") }

func TestAnAbsentDeviceIsTriedLessOftenAndSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{open: func() error { return fmt.Errorf("no cable: %w", ErrAbsent) }}
		supervised(t, d, 4*time.Second)
		want := []time.Duration{0, 200 * time.Millisecond, 600 * time.Millisecond, 1400 * time.Millisecond, 2400 * time.Millisecond, 3400 * time.Millisecond}
		if diff := cmp.Diff(want, d.opened); diff != "" {
			t.Errorf("opened (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"absent absent"}, d.reports); diff != "" || d.lines() != 1 {
			t.Errorf("reports (-want +got):\n%s\nlog:\n%s", diff, &d.log)
		}
	})
}

func TestADeviceThatIsLostAtOnceIsTriedLessOftenAndLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{
			open: func() error { return nil },
			use:  func(context.Context) error { return ErrAbsent },
		}
		supervised(t, d, time.Minute)
		if n := len(d.opened); n > 65 {
			t.Errorf("opened %d times in a minute", n)
		}
		if d.lines() != 1 {
			t.Errorf("log:\n%s", &d.log)
		}
		if len(d.reports) != len(d.opened) {
			t.Errorf("%d losses reported of %d, although use may have said that all is well", len(d.reports), len(d.opened))
		}
	})
}

func TestADeviceThatWorkedIsNewsAgainAndTriedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{
			open: func() error { return nil },
			use:  func(context.Context) error { time.Sleep(time.Hour); return ErrAbsent },
		}
		supervised(t, d, 2*time.Hour+time.Minute)
		want := []time.Duration{0, time.Hour + 200*time.Millisecond, 2*time.Hour + 400*time.Millisecond}
		if diff := cmp.Diff(want, d.opened); diff != "" {
			t.Errorf("opened (-want +got):\n%s", diff)
		}
		if d.lines() != 2 {
			t.Errorf("log:\n%s", &d.log)
		}
	})
}

// jam names its own reason.
type jam struct{ error }

func (jam) Reason() string { return "cutter" }

func TestAChangeOfReasonIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faults := []error{ErrAbsent, ErrAbsent, errors.New("protocol"), jam{errors.New("stuck")}, jam{errors.New("stuck")}}
		d := &device{open: func() error {
			err := faults[0]
			if len(faults) > 1 {
				faults = faults[1:]
			}
			return err
		}}
		supervised(t, d, 10*time.Second)
		if diff := cmp.Diff([]string{"absent absent", "failed failed", "failed cutter"}, d.reports); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
	})
}

func TestTheEndIsNoLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &device{
			open: func() error { return nil },
			use:  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		}
		supervised(t, d, time.Minute)
		if len(d.opened) != 1 || len(d.reports) != 0 || d.lines() != 0 {
			t.Errorf("opened %v, reported %v, log:\n%s", d.opened, d.reports, &d.log)
		}
	})
}

func TestAStatusTravelsAsWords(t *testing.T) {
	for state, want := range map[State]string{Absent: "absent", Starting: "starting", Ready: "ready", Attention: "attention", Failed: "failed"} {
		if text, err := state.MarshalText(); err != nil || string(text) != want {
			t.Errorf("%d travels as %q, %v", state, text, err)
		}
	}
}
