package upstream_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pue/kiosk/upstream"
)

// drawer keeps one value, as the store does.
type drawer struct {
	mu    sync.Mutex
	value []byte
	err   error
	times int
}

func (d *drawer) Keep(_ context.Context, value []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.value, d.times = value, d.times+1
	return d.err
}

func (d *drawer) Kept(context.Context) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.value, d.err
}

func openBudget(t *testing.T, daily int64, night string, d *drawer) *upstream.Budget {
	t.Helper()
	n, err := upstream.ParseNight(night)
	if err != nil {
		t.Fatal(err)
	}
	return upstream.OpenBudget(t.Context(), upstream.BudgetOptions{Daily: daily, Night: n, Keep: d, Log: slog.New(slog.DiscardHandler)})
}

func TestWhatALineCarriesIsCountedWithTLSAndKeptOverARestart(t *testing.T) {
	d := new(drawer)
	b := openBudget(t, 1<<20, "", d)
	r := newRig(t, func(o *upstream.Options) { o.Dial = b.Dial })
	if err := r.client.Reachable(t.Context()); err != nil {
		t.Fatal(err)
	}
	spent := b.Spent(time.Now())
	if spent < 2000 || spent > 20000 {
		t.Errorf("a handshake and a question took %d bytes", spent)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Run(ctx)
	if again := openBudget(t, 1<<20, "", d).Spent(time.Now()); again < spent {
		t.Errorf("%d bytes before the restart, %d after", spent, again)
	}
}

func TestWhatCanWaitGoesWhileTheCapIsNotReachedOrInTheNight(t *testing.T) {
	noon := time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC) // 12:00 in Italy
	day := noon.Format(time.DateOnly)
	for name, c := range map[string]struct {
		daily int64
		night string
		spent string
		at    time.Time
		want  bool
	}{
		"no cap":                 {0, "", "999999999", noon, true},
		"under the cap":          {1000, "", "999", noon, true},
		"cap reached":            {1000, "", "1000", noon, false},
		"the next day":           {1000, "", "1000", noon.AddDate(0, 0, 1), true},
		"a new day in Italy":     {1000, "", "1000", noon.Add(12 * time.Hour), true},
		"before the night":       {1000, "22:00-06:00", "1000", noon.Add(9*time.Hour + 59*time.Minute), false},
		"in the night":           {1000, "22:00-06:00", "1000", noon.Add(10 * time.Hour), true},
		"a night before evening": {1000, "12:00-13:00", "1000", noon, true},
		"and after it":           {1000, "12:00-13:00", "1000", noon.Add(time.Hour), false},
	} {
		d := &drawer{value: []byte(`{"day":"` + day + `","bytes":` + c.spent + `}`)}
		if got := openBudget(t, c.daily, c.night, d).Allows(c.at); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestABudgetThatIsUsedUpIsWaitedForUntilTheNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC, 1:00 in Italy
		d := &drawer{value: []byte(`{"day":"` + time.Now().Format(time.DateOnly) + `","bytes":5000}`)}
		b, began := openBudget(t, 1000, "22:00-06:00", d), time.Now()
		if err := b.Wait(t.Context()); err != nil || !time.Now().Equal(began) {
			t.Errorf("in the night: %v after %s", err, time.Since(began))
		}
		time.Sleep(6 * time.Hour) // 7:00 in Italy
		began = time.Now()
		if err := b.Wait(t.Context()); err != nil || time.Since(began) != 15*time.Hour {
			t.Errorf("by day: %v after %s", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.Sleep(9 * time.Hour) // 7:00 of the next day, under the cap again
		if err := b.Wait(ctx); err != nil {
			t.Errorf("the next day: %v", err)
		}
		cancel()
		if err := b.Wait(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestACountThatCannotBeReadBeginsAnew(t *testing.T) {
	for name, d := range map[string]*drawer{
		"nonsense":  {value: []byte("hello")},
		"no disk":   {err: errors.New("broken")},
		"never any": {},
	} {
		if got := openBudget(t, 1000, "", d).Spent(time.Now()); got != 0 {
			t.Errorf("%s: %d bytes", name, got)
		}
	}
}

func TestANightIsTwoTimesOfTheDay(t *testing.T) {
	for _, s := range []string{"22-6", "22:00", "24:00-06:00", "22:60-06:00", "22:00–06:00", " 22:00-06:00"} {
		if _, err := upstream.ParseNight(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}
