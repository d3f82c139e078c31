package main

import (
	"strings"
	"testing"

	"pue/devices/printer"
)

// TestAnUncertainTestPageIsExplainedByItsReason tells a printer that answered, and
// forgot lines, from one that did not answer.
func TestAnUncertainTestPageIsExplainedByItsReason(t *testing.T) {
	for reason, want := range map[string]string{
		"line-errors": "lines may be missing",
		"no-answer":   "the printer does not answer",
	} {
		p := printed{Result: printer.Result{Outcome: printer.Uncertain, Reason: reason}}
		if got := p.hint(); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", reason, got, want)
		}
	}
}
