package ui

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestDaysAreCountedAsInItaly(t *testing.T) {
	last := time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		now  time.Time
		want int
	}{
		{time.Date(2027, 1, 6, 22, 59, 0, 0, time.UTC), 1}, // 23:59 in Rome
		{time.Date(2027, 1, 6, 23, 1, 0, 0, time.UTC), 0},  // 00:01 of the last day
		{time.Date(2027, 1, 7, 12, 0, 0, 0, time.UTC), 0},
		{time.Date(2027, 1, 7, 23, 1, 0, 0, time.UTC), -1},
		{time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), 46},
	} {
		if got := daysLeft(last, tt.now); got != tt.want {
			t.Errorf("at %v %d days are left, want %d", tt.now, got, tt.want)
		}
	}
}

func TestNearItsEndNobodyIsToldToWaitForThisTerminalAlone(t *testing.T) {
	wait := strings.ReplaceAll(drawn(t, &fake{}).messages.In("it").T("result.saved.next"), "'", "&#39;")
	for name, want := range map[string]bool{"result-near": false, "result-waiting": true} {
		i := slices.IndexFunc(stories(t), func(s story) bool { return s.name == name })
		if i < 0 {
			t.Fatalf("no story %q", name)
		}
		html := render(t, drawn(t, &fake{}), stories(t)[i].seen("it", "m", "normal"))
		if got := strings.Contains(html, wait); got != want {
			t.Errorf("%s says %q: %v", name, wait, got)
		}
	}
}
