package kiosk

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pue/devices/printer"
	"pue/kiosk/session"
)

// stopwatch is a cable that notes when the first byte of a receipt goes into it.
type stopwatch struct {
	printer.Line
	first *atomic.Int64 // UnixNano; 0 until it has gone
}

func (s stopwatch) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("\x1b@")) { // every receipt initialises the printer
		s.first.CompareAndSwap(0, time.Now().UnixNano())
	}
	return s.Line.Write(b)
}

// BenchmarkOrderToFirstByte is what the terminal takes from an order for a receipt to
// its first byte on the line: the journal twice, the composing, and the question to
// the printer how it is. Beside it two bare writes to the same disk that wait for it.
func BenchmarkOrderToFirstByte(b *testing.B) {
	var first atomic.Int64
	r, p := atThePressOn(b, func(l printer.Line) printer.Line { return stopwatch{l, &first} })
	// Ninety receipts in a second would be taken for a printer gone mad.
	r.paper.SetSpeed(10_000)
	r.paper.SetCutTime(5 * time.Millisecond)
	bare, err := os.Create(filepath.Join(filepath.Dir(r.o.Config.Data.Directory), "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	var took, disk []time.Duration
	for b.Loop() {
		first.Store(0)
		began := time.Now()
		if result, _ := p.Print(b.Context(), session.Order{Kind: session.PaperNotice, Language: "it"}, func(session.Progress) {}); result.Outcome != printer.Printed {
			b.Fatalf("%+v", result)
		}
		took = append(took, time.Unix(0, first.Load()).Sub(began))
		began = time.Now()
		for range 2 {
			if _, err := bare.WriteAt(make([]byte, 4096), 0); err != nil {
				b.Fatal(err)
			}
			if err := bare.Sync(); err != nil {
				b.Fatal(err)
			}
		}
		disk = append(disk, time.Since(began))
	}
	b.ReportMetric(percentile(took, 50), "ms-p50")
	b.ReportMetric(percentile(took, 99), "ms-p99")
	b.ReportMetric(percentile(disk, 99), "ms-p99-disk")
}

// percentile is in milliseconds.
func percentile(all []time.Duration, n int) float64 {
	slices.Sort(all)
	return float64(all[(len(all)-1)*n/100].Microseconds()) / 1000
}
