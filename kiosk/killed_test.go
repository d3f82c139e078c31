package kiosk

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/config"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

// pressRole has a copy of the test binary be a terminal that prints one receipt, and
// that may be killed meanwhile. It names the file with its orders.
const pressRole = "PUE_KIOSK_PRESS"

func TestMain(m *testing.M) {
	orders := os.Getenv(pressRole)
	if orders == "" {
		os.Exit(m.Run())
	}
	go func() { // nobody waits for us any more
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	if err := printOnce(orders); err != nil {
		fmt.Println("trouble", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// pressOrders are what the program is told.
type pressOrders struct {
	Config config.Config
	Claim  string
	// DieAtByte of what leaves from the order on; negative: never.
	DieAtByte int
	// DieAfter the last of them; negative: never.
	DieAfter time.Duration
}

// printOnce opens the terminal on its disk and on its serial line, says how the
// journal stands, and prints the local receipt of one claim code.
func printOnce(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var o pressOrders
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	fuse := &fuse{left: o.DieAtByte}
	k, err := New(Options{
		Config: &o.Config, Readers: cardsim.NewReaders("A"), Version: "test", Log: slog.New(slog.DiscardHandler),
		OpenPrinter: func(context.Context) (printer.Line, error) {
			line, err := printer.OpenSerial(o.Config.Printer.Device, o.Config.Printer.Baud, printer.FlowNone)
			return fusedLine{line, fuse}, err
		},
	})
	if err != nil {
		return err
	}
	defer k.Close()
	ctx := context.Background()
	jobs, err := k.journal.List(ctx)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		fmt.Println("job", job.Claim, job.Copy, job.State)
	}
	ready := make(chan struct{}, 1)
	go k.printer.Run(ctx, func(s devices.Status) {
		if s.State == devices.Ready {
			select {
			case ready <- struct{}{}:
			default:
			}
		}
	})
	<-ready
	entry := outbox.Entry{ID: "6f1c2f0e-7a43-4a8e-9d3c-0123456789ab", Claim: o.Claim, CapturedAt: time.Now()}
	fmt.Println("ordered")
	fuse.light()
	if o.DieAfter >= 0 {
		time.AfterFunc(o.DieAfter, die)
	}
	result, _ := k.press.Print(ctx, session.Order{Kind: session.PaperLocal, Language: "it", Entry: &entry}, func(session.Progress) {})
	fmt.Println("outcome", result.Outcome, result.Reason)
	return nil
}

// die is kill -9: nothing is put in order, nothing is flushed.
func die() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// TestKilledInMidJobNeverGivesTwoUnmarkedCopies kills the terminal with signal 9 at
// random points of a receipt, on a real serial line and disk, and starts it again:
// each order has left a job, each job has an end, what may be on paper is marked
// when it comes again, and nothing comes by itself.
func TestKilledInMidJobNeverGivesTwoUnmarkedCopies(t *testing.T) {
	w := newShop(t)
	for w.kills < pressKills(t) {
		w.killOne()
		if t.Failed() {
			return
		}
	}
	w.lastLife()
	t.Logf("seed %d: %d kills, %d of them left a doubt, %d orders, %d sheets; ends %v",
		w.seed, w.kills, w.doubts, w.orders, len(w.sheets()), w.ends)
	if w.doubts == 0 || w.ends["failed"]+w.ends["printed"] == 0 {
		t.Error("the kills did not reach all of a job")
	}
}

// pressKills is how often the terminal is killed; PUE_FAULTS_PRESS=100 for longer.
func pressKills(t *testing.T) int {
	t.Helper()
	given := os.Getenv("PUE_FAULTS_PRESS")
	if given == "" {
		return 25
	}
	n, err := strconv.Atoi(given)
	if err != nil {
		t.Fatalf("PUE_FAULTS_PRESS: %v", err)
	}
	return n
}

// wantTruth compares the journal, as a new life of the terminal finds it, with the
// paper that was there before that life.
func (w *shop) wantTruth(jobs, sheets []shopJob) {
	w.t.Helper()
	if len(jobs) < w.jobs {
		w.t.Errorf("kill %d: %d jobs of %d are left", w.kills, len(jobs), w.jobs)
	}
	w.jobs = len(jobs)
	known, doubtful := map[shopJob]bool{}, map[string]bool{}
	w.ends = map[string]int{}
	for _, j := range jobs {
		w.ends[j.state]++
		switch j.state {
		case "queued", "sending", "sent":
			w.t.Errorf("kill %d: after the restart %+v has no end", w.kills, j)
		case "failed":
			continue
		}
		sheet := shopJob{claim: j.claim, copy: j.copy}
		if known[sheet] {
			w.t.Errorf("kill %d: two jobs may have printed copy %d of %s", w.kills, j.copy, j.claim)
		}
		known[sheet] = true
		doubtful[j.claim] = doubtful[j.claim] || j.state != "printed"
		if j.state == "printed" && !slices.Contains(sheets, sheet) {
			w.t.Errorf("kill %d: %+v, and no sheet of it", w.kills, j)
		}
	}
	seen := map[shopJob]bool{}
	for _, s := range sheets {
		if seen[s] {
			w.t.Errorf("kill %d: copy %d of %s came out twice", w.kills, s.copy, s.claim)
		}
		seen[s] = true
		if !known[s] {
			w.t.Errorf("kill %d: copy %d of %s came out, and the journal has no such job", w.kills, s.copy, s.claim)
		}
	}
	w.doubts = 0
	for _, d := range doubtful {
		if d {
			w.doubts++
		}
	}
}

// orderFile writes the orders of one life.
func (w *shop) orderFile(o pressOrders) string {
	w.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		w.t.Fatal(err)
	}
	file := filepath.Join(w.dir, "orders.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// sheets are the receipts on paper that a person can take for a receipt: those that
// tell their claim code.
func (w *shop) sheets() (all []shopJob) {
	for _, r := range w.sim.Receipts() {
		if strings.Count(r.Text, letterhead) > 1 {
			w.t.Errorf("kill %d: two papers on one sheet:\n%s", w.kills, r.Text)
		}
		claim := claimShape.FindString(r.Text)
		if claim == "" {
			continue
		}
		s := shopJob{claim: claim}
		if m := markShape.FindStringSubmatch(r.Text); m != nil {
			s.copy, _ = strconv.Atoi(m[1])
		}
		all = append(all, s)
	}
	return all
}

// heed reads what a life of the terminal said.
func heed(t *testing.T, words []byte) (jobs []shopJob, ordered bool, outcome string) {
	t.Helper()
	for line := range strings.Lines(string(words)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "job":
			var j shopJob
			if _, err := fmt.Sscan(rest, &j.claim, &j.copy, &j.state); err != nil {
				t.Fatalf("reading %q: %v", rest, err)
			}
			jobs = append(jobs, j)
		case "ordered":
			ordered = true
		case "outcome":
			outcome = rest
		case "trouble":
			t.Errorf("the terminal says: %s", rest)
		}
	}
	return jobs, ordered, outcome
}
