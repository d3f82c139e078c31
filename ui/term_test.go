package ui

import (
	"slices"
	"strings"
	"testing"
)

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
