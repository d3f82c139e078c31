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
// the printer how it is.
//
// Nearly all of it is the disk's, and the disk of a busy machine is no measure. So two
// bare writes that wait for the same disk go before each order: x-disk is the whole
// beside those, both in the middle, which moves little with the disk; own is what is left of an
// order without its two writes. The figure to reach is own at p99 of 20 ms at most, and
// only a quiet machine can show a p99.
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
	var took, disk, own []time.Duration
	for b.Loop() {
		d := twoWrites(b, bare)
		first.Store(0)
		began := time.Now()
		if result, _ := p.Print(b.Context(), session.Order{Kind: session.PaperNotice, Language: "it"}, func(session.Progress) {}); result.Outcome != printer.Printed {
			b.Fatalf("%+v", result)
		}
		t := time.Unix(0, first.Load()).Sub(began)
		took, disk, own = append(took, t), append(disk, d), append(own, max(0, t-d))
	}
	b.ReportMetric(percentile(took, 50)/percentile(disk, 50), "x-disk")
	b.ReportMetric(percentile(own, 50), "ms-p50-own")
	b.ReportMetric(percentile(own, 99), "ms-p99-own")
	b.ReportMetric(percentile(took, 50), "ms-p50")
	b.ReportMetric(percentile(disk, 50), "ms-p50-disk")
	b.ReportMetric(0, "ns/op") // which counts the paper too
}

// twoWrites is how long two pages take to the disk, one after the other.
func twoWrites(b *testing.B, f *os.File) time.Duration {
	b.Helper()
	began := time.Now()
	for range 2 {
		if _, err := f.WriteAt(make([]byte, 4096), 0); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

// percentile is in milliseconds.
func percentile(all []time.Duration, n int) float64 {
	slices.Sort(all)
	return float64(all[(len(all)-1)*n/100].Microseconds()) / 1000
}
