package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pue/kiosk/audit"
	"pue/kiosk/store"
)

// childOpening tells a copy of this test binary that it is the terminal that is
// switched on, and where its store is.
const childOpening = "PUE_OUTBOX_CHILD_OPENING"

// openToFirstClaim opens all of a terminal's disk up to the first submission that
// can be sent, and says how long that took and how much memory it needs beyond
// that of an idle process.
func openToFirstClaim(path string) error {
	before, err := resident()
	if err != nil {
		return err
	}
	began := time.Now()
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(path, store.Options{Log: log})
	if err != nil {
		return err
	}
	a, err := audit.Open(st)
	if err != nil {
		return err
	}
	o, err := New(st, a, Options{Route: toOne, Terminal: "PUE-0421", Log: log})
	if err != nil {
		return err
	}
	if _, seq, wait := o.next(time.Now()); seq == 0 || wait != 0 {
		return fmt.Errorf("next is %d in %s", seq, wait)
	}
	if _, _, err := o.parcel(context.Background(), 1); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := resident()
	if err != nil {
		return err
	}
	n := o.Counts().Waiting
	all := time.Since(began)
	full, err := resident()
	if err != nil {
		return err
	}
	fmt.Println("open", took.Microseconds(), after-before, all.Microseconds(), full-before, n)
	return st.Close()
}

// resident is the memory of this process in KiB (proc(5), VmRSS).
func resident() (kib int, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	_, err = fmt.Sscan(rest, &kib)
	return kib, err
}

// BenchmarkOpenCold switches a terminal on whose queue has 100,000 submissions,
// none of them in the page cache: "ms" and "MiB" are up to the first claim,
// "ms-all" and "MiB-all" until every record has been read.
func BenchmarkOpenCold(b *testing.B) {
	const pending = 100_000
	path := filepath.Join(b.TempDir(), "state", "pue.db")
	k := &terminal{t: b, path: path, options: Options{Route: toOne, Terminal: "PUE-0421", Log: slog.New(slog.DiscardHandler)}}
	k.reopen()
	body := make([]byte, 2048)
	produce(256, 1, pending, func(n int) error {
		p := parcel(n)
		p.Owner = Owner{byte(n), byte(n >> 8), byte(n >> 16), 1}
		p.Sealed = body
		_, err := k.Put(context.Background(), p)
		return err
	})
	if err := k.st.Close(); err != nil {
		b.Fatal(err)
	}
	var sum [5]float64
	for b.Loop() {
		evict(b, path)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childOpening+"="+path)
		out, err := cmd.Output()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		var got [5]float64
		if _, err := fmt.Sscanf(string(out), "open %f %f %f %f %f", &got[0], &got[1], &got[2], &got[3], &got[4]); err != nil || got[4] != pending {
			b.Fatalf("%v: %s", err, out)
		}
		for i := range sum {
			sum[i] += got[i]
		}
	}
	n := float64(b.N)
	b.ReportMetric(sum[0]/n/1e3, "ms")
	b.ReportMetric(sum[1]/n/1024, "MiB")
	b.ReportMetric(sum[2]/n/1e3, "ms-all")
	b.ReportMetric(sum[3]/n/1024, "MiB-all")
	b.ReportMetric(0, "ns/op")
}

// evict drops the file from the page cache (posix_fadvise(2)).
func evict(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	unix.Sync()
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		b.Fatal(err)
	}
}

// toOne is how a terminal with one authority knows its keys.
func toOne(string) (string, bool) { return "inps", true }
