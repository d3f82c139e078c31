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

func TestStatusSaysThatPapersWaitForAnOfficer(t *testing.T) {
	for papers, want := range map[int]bool{0: false, 2: true} {
		var out strings.Builder
		s := standing{Papers: papers}
		s.tell(&out)
		if strings.Contains(out.String(), "papers ") != want {
			t.Errorf("%d papers:\n%s", papers, &out)
		}
	}
}
