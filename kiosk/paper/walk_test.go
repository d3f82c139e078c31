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

// walk lives a terminal at random: papers are asked for, half sent, confirmed or not,
// drawn back in; officers say what they saw, or two of them want the same one again;
// and the power goes at any point.
type walk struct {
	*desk
	rng   *rand.Rand
	out   []sheetOfPaper
	open  []Job // begun and not ended
	cuts  int
	heard bool // a person spoke in this step
	was   map[uint64]JobState
}

func (w *walk) step() {
	w.heard = false
	switch w.rng.IntN(11) {
	case 0, 1, 2:
		w.ask(Job{Kind: []string{"local", "final"}[w.rng.IntN(2)], Claim: fmt.Sprintf("PUE-0421-%d", w.rng.IntN(3))})
	case 3:
		w.cuts++
		w.open = nil
		w.reopen()
	case 4:
		w.seen()
	case 5:
		w.again()
	case 6:
		w.drawnBack()
	case 7:
		w.must(w.Forget(w.t.Context(), func(string) bool { return true }))
	default:
		w.send()
	}
	w.legal()
}

func (w *walk) ask(job Job) {
	w.t.Helper()
	job, err := w.Queue(w.t.Context(), job)
	w.must(err)
	w.open = append(w.open, job)
}

// doubtful are the jobs of which nobody knows whether the paper came out.
func (w *walk) doubtful() []Job {
	jobs, err := w.List(w.t.Context())
	w.must(err)
	return slices.DeleteFunc(jobs, func(job Job) bool { return job.State != JobUncertain })
}

// seen has one officer say that a paper is there, and another say it once more.
func (w *walk) seen() {
	jobs := w.doubtful()
	if len(jobs) == 0 {
		return
	}
	w.heard = true
	_, err := w.Dismiss(w.t.Context(), jobs[0].ID, "op-1")
	w.must(err)
	if _, err := w.Dismiss(w.t.Context(), jobs[0].ID, "op-2"); !errors.Is(err, ErrSettled) {
		w.t.Fatalf("two officers ended one doubt: %v", err)
	}
}

// again has two officers want a paper once more before either has it.
func (w *walk) again() {
	jobs := w.doubtful()
	if len(jobs) == 0 {
		return
	}
	job := jobs[w.rng.IntN(len(jobs))]
	for range 2 {
		w.ask(Job{Kind: job.Kind, Claim: job.Claim, Copy: job.Copy + 1})
	}
}

// drawnBack has the printer take the last paper back, and perhaps an officer out of it.
func (w *walk) drawnBack() {
	job, err := w.Retracted(w.t.Context(), 0)
	if errors.Is(err, ErrNoJob) || w.rng.IntN(2) == 0 {
		return
	}
	w.must(err)
	w.heard = true
	_, err = w.Clear(w.t.Context(), job.ID, "op-1")
	w.must(err)
}

// ways are those that a job may have gone in one step, as people would draw them.
var ways = map[JobState][]JobState{
	"":           {JobQueued},
	JobQueued:    {JobQueued, JobFailed, JobSending, JobPrinted, JobUncertain},
	JobSending:   {JobSending, JobUncertain, JobReprinted}, // the last when its copy was on its way too, and the power went
	JobPrinted:   {JobPrinted},
	JobFailed:    {JobFailed},
	JobUncertain: {JobUncertain, JobDismissed, JobReprinted},
	JobReprinted: {JobReprinted},
	JobDismissed: {JobDismissed},
}

// legal compares every job with what it was before the step: none is lost, none goes a
// way that there is not, and a doubt ends by a person's word or a marked copy alone.
func (w *walk) legal() {
	w.t.Helper()
	jobs, is := w.list(), map[uint64]JobState{}
	for _, job := range jobs {
		was := w.was[job.ID]
		is[job.ID] = job.State
		if !slices.Contains(ways[was], job.State) {
			w.t.Errorf("job %d went from %q to %s", job.ID, was, job.State)
		}
		if was == job.State {
			continue
		}
		switch job.State {
		case JobDismissed:
			if !w.heard {
				w.t.Errorf("job %d is dismissed, and nobody spoke", job.ID)
			}
		case JobReprinted:
			if !slices.ContainsFunc(jobs, func(c Job) bool {
				return c.ID > job.ID && c.Kind == job.Kind && c.Claim == job.Claim && c.Copy == job.Reprint && c.Copy > 0 && c.reachedReceiptPrinter()
			}) {
				w.t.Errorf("job %d is reprinted, and there is no copy of it", job.ID)
			}
		}
	}
	for id := range w.was {
		if is[id] == "" {
			w.t.Errorf("job %d is lost", id)
		}
	}
	w.was = is
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
		w := &walk{desk: newDesk(t), was: map[uint64]JobState{}, rng: rand.New(rand.NewPCG(seed, 42))}
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
