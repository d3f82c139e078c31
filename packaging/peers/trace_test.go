package peers

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	DoOwnJob()
	os.Exit(m.Run())
}

func TestTheBarriersOfARowAreCounted(t *testing.T) {
	const messages = 40
	for _, want := range []struct {
		row                   string
		least, most           float64 // for each message put
		drainLeast, drainMost float64 // for each message drained
	}{
		{Append, 1, 1, 1, 1},
		{"bbolt-update", 2, 2.5, 2, 2.5},
		// Two for the transaction, and a few for a file that is new and grows; then
		// the attempt and the confirmation.
		{Ours, 2, 2.3, 4, 4.3},
		{OpenTelemetry, 2, 2.6, 3.9, 4.3},
	} {
		t.Run(want.row, func(t *testing.T) {
			got, err := Traced(t.Context(), Job{want.row, Load{2 << 10, 1, messages}, t.TempDir()}, 0)
			if err != nil {
				t.Fatal(err)
			}
			put, drain := float64(got.PutBarriers)/messages, float64(got.DrainBarriers)/messages
			if put < want.least || put > want.most {
				t.Errorf("%.2f barriers to put a message, want %.2f to %.2f", put, want.least, want.most)
			}
			if drain < want.drainLeast || drain > want.drainMost {
				t.Errorf("%.2f barriers to drain a message, want %.2f to %.2f", drain, want.drainLeast, want.drainMost)
			}
		})
	}
}
