package peers

import (
	"strings"
	"testing"
	"time"
)

// Benchmark has each row carry a load, and in turns with it the disk's limit and
// OpenTelemetry's queue, so that all three meet the same weather:
//
//	of-raw        messages stored in a second, as a share of the limit's
//	x-otel        the same, as a multiple of OpenTelemetry's
//	drain-of-raw  messages claimed and acknowledged in a second, likewise
func Benchmark(b *testing.B) {
	for _, load := range Loads {
		load.Messages = min(load.Messages, 200)
		for _, row := range Rows {
			name := strings.ReplaceAll(load.String(), ", ", "/") + "/" + row.Name
			b.Run(strings.ReplaceAll(name, " ", ""), func(b *testing.B) { inTurns(b, load, row) })
		}
	}
}

func inTurns(b *testing.B, load Load, row Row) {
	limit, _ := RowNamed(LimitFor(load.Producers))
	otel, _ := RowNamed(OpenTelemetry)
	turns := []Row{limit, otel, row}
	var put, drained [3]time.Duration
	queues := make([]Queue, len(turns))
	for i, r := range turns {
		q, err := r.Open(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		defer func() {
			if err := q.Close(); err != nil {
				b.Error(err)
			}
		}()
		queues[i] = q
	}
	rounds := 0
	for ; b.Loop(); rounds++ {
		for turn := range turns {
			i := (turn + rounds) % len(turns)
			t, err := load.Run(queues[i])
			if err != nil {
				b.Fatalf("%s: %v", turns[i].Name, err)
			}
			put[i] += t.Put2.Sub(t.Put)
			drained[i] += t.Drain2.Sub(t.Drain)
		}
	}
	b.ReportMetric(0, "ns/op") // of three queues, which says nothing
	b.ReportMetric(float64(rounds*load.Messages)/put[2].Seconds(), "puts/s")
	b.ReportMetric(put[0].Seconds()/put[2].Seconds(), "of-raw")
	b.ReportMetric(put[1].Seconds()/put[2].Seconds(), "x-otel")
	b.ReportMetric(drained[0].Seconds()/drained[2].Seconds(), "drain-of-raw")
}
