package session

import (
	"testing"
	"time"
)

func TestALabelSaysWhatWasWrittenOnIt(t *testing.T) {
	for _, l := range []label{
		{"naspi", time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC), false},
		{"naspi", time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC), true},
		{service: "estratto-contributivo"},
		{service: "isee-consulta", behalf: true},
	} {
		if got := readLabel(l.String()); got != l {
			t.Errorf("%q reads as %+v", l, got)
		}
	}
}
