package paper

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pue/devices/printer"
)

// sheetOfPaper is what came out of the printer in a random walk.
type sheetOfPaper struct {
	paper string // kind and claim
	copy  int
}

// walk lives a terminal at random: papers are asked for, half sent, confirmed or
// not, dismissed; and the power goes at any point.
type walk struct {
	*desk
	rng  *rand.Rand
	out  []sheetOfPaper
	open []Job // begun and not ended
	cuts int
}

func (w *walk) step() {
	ctx := w.t.Context()
	switch w.rng.IntN(8) {
	case 0, 1, 2:
		claim := fmt.Sprintf("PUE-0421-%d", w.rng.IntN(3))
		job, err := w.Queue(ctx, Job{Kind: []string{"local", "final"}[w.rng.IntN(2)], Claim: claim})
		if err != nil {
			w.t.Fatal(err)
		}
		w.open = append(w.open, job)
	case 3:
		w.cuts++
		w.open = nil
		w.reopen()
	case 4:
		jobs, err := w.Uncertain(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, job := range jobs[:min(1, len(jobs))] {
			if _, err := w.Dismiss(ctx, job.ID, "op-1"); err != nil {
				w.t.Fatal(err)
			}
		}
	default:
		w.send()
	}
}

// send takes an open job as far as chance has it. Paper can come out from the
// moment that the journal knows of the sending.
func (w *walk) send() {
	if len(w.open) == 0 {
		return
	}
	ctx, job := w.t.Context(), w.open[0]
	w.open = w.open[1:]
	if w.rng.IntN(4) == 0 { // paper out, cover open: nothing left
		w.must(w.End(ctx, job.ID, printer.Result{Outcome: printer.NotPrinted}, printer.ByProcessID))
		return
	}
	w.must(w.Sending(ctx, job.ID, "abcd", "9f86d081884c7d65"))
	if w.rng.IntN(3) > 0 {
		w.out = append(w.out, sheetOfPaper{job.Kind + job.Claim, job.Copy})
	}
	if w.rng.IntN(4) == 0 {
		return // the power goes before the end is told
	}
	w.must(w.Sent(ctx, job.ID))
	came := slices.Contains(w.out, sheetOfPaper{job.Kind + job.Claim, job.Copy})
	outcome := printer.Uncertain
	if came && w.rng.IntN(2) == 0 {
		outcome = printer.Printed
	}
	w.must(w.End(ctx, job.ID, printer.Result{Outcome: outcome}, printer.ByProcessID))
}

func (w *walk) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestRandomWalksWithCrashesNeverGiveTwoUnmarkedCopies(t *testing.T) {
	cuts, sheets := 0, 0
	for seed := range uint64(12) {
		w := &walk{desk: newDesk(t), rng: rand.New(rand.NewPCG(seed, 42))}
		for range 60 {
			w.step()
		}
		w.reopen()
		cuts, sheets = cuts+w.cuts, sheets+len(w.out)
		seen := map[sheetOfPaper]bool{}
		for _, s := range w.out {
			if seen[s] {
				t.Fatalf("seed %d: copy %d of %s came out twice", seed, s.copy, s.paper)
			}
			seen[s] = true
		}
		w.undecided(seed)
	}
	t.Logf("%d power cuts, %d sheets of paper", cuts, sheets)
	if cuts == 0 || sheets == 0 {
		t.Error("the walk met nothing")
	}
}

// undecided: after a restart each job has an end, and no printed one lacks paper.
func (w *walk) undecided(seed uint64) {
	w.t.Helper()
	for _, job := range w.list() {
		if job.State.open() {
			w.t.Errorf("seed %d: job %d is still %s after a restart", seed, job.ID, job.State)
		}
		if job.State == JobPrinted && !slices.Contains(w.out, sheetOfPaper{job.Kind + job.Claim, job.Copy}) {
			w.t.Errorf("seed %d: job %d is printed, and no paper came out", seed, job.ID)
		}
	}
	if _, err := w.Dismiss(w.t.Context(), 1<<40, "op-1"); !errors.Is(err, ErrNoJob) {
		w.t.Errorf("got %v, want ErrNoJob", err)
	}
}
