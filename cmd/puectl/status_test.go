package main

import (
	"strings"
	"testing"
)

func TestStatusSaysThatSomebodyHasToLookAfterTheClock(t *testing.T) {
	for clock, want := range map[string]string{"": "", "wrong": "set it", "unsure": "no time service keeps it"} {
		var s standing
		s.Upkeep.Clock = clock
		var out strings.Builder
		s.tellClock(&out)
		if got := out.String(); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("clock %q: %q", clock, got)
		}
	}
}
