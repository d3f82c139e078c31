package paper

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/devices/printer"
	"pue/kiosk/store"
)

// Journal remembers which receipts were printed, so that a second one says that it
// is a copy and a restart does not lose sight of what was in the printer. It never
// holds a document, and prints nothing.
type Journal struct {
	st          *store.Store
	interrupted []Job
	leftovers   bool
	changed     chan struct{}
	numbers     numbers
	key         [32]byte // of the digests of this run
}

// Interrupted returns the jobs that were being sent when the terminal stopped.
func (j *Journal) Interrupted() []Job { return j.interrupted }

// Leftovers reports whether the printer may hold the rest of the last job that
// reached it. It does so for as long as no later one came out: a terminal that is
// stopped again, before it had the rest cut off, must still know.
func (j *Journal) Leftovers() bool { return j.leftovers }

// OpenJournal opens the journal in st. A job that was being sent when the
// terminal stopped becomes uncertain, and one of which no byte had left has failed.
func OpenJournal(st *store.Store) (*Journal, error) {
	j := &Journal{st: st, changed: make(chan struct{}, 1)}
	_, _ = rand.Read(j.key[:]) // never fails (crypto/rand)
	err := st.Update(context.Background(), func(tx *bolt.Tx) error {
		if err := jobTable.Make(tx); err != nil {
			return err
		}
		j.interrupted, j.leftovers = nil, false
		return j.decide(tx, time.Now().UTC())
	})
	if err == nil {
		err = j.openNumbers()
	}
	if err != nil {
		return nil, fmt.Errorf("opening the print journal: %w", err)
	}
	return j, nil
}

// decide gives every job that the last run left open its end.
func (j *Journal) decide(tx *bolt.Tx, now time.Time) error {
	jobs, err := readJobs(tx)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		if job.reachedReceiptPrinter() {
			j.leftovers = job.State != JobPrinted
		}
		if !job.State.open() {
			continue
		}
		end := JobFailed
		if job.State != JobQueued {
			end = JobUncertain
		}
		job, err := settle(tx, job, end, "restart", now)
		if err != nil {
			return err
		}
		if end == JobUncertain {
			j.interrupted = append(j.interrupted, job)
		}
	}
	return nil
}

// Queue stores that a paper is asked for, and returns its job with its id and its
// copy number: one more than the last of the same kind and claim that may have come
// out, and no less than job.Copy.
func (j *Journal) Queue(ctx context.Context, job Job) (Job, error) {
	err := j.st.Update(ctx, func(tx *bolt.Tx) error {
		earlier, err := readJobs(tx)
		if err != nil {
			return err
		}
		if job.ID, err = jobTable.NextSequence(tx); err != nil {
			return err
		}
		job.Copy = max(job.Copy, nextCopy(earlier, job))
		job.State, job.Reason, job.Began, job.Ended = JobQueued, "", time.Now().UTC(), time.Time{}
		return putJob(tx, job)
	})
	if err != nil {
		return Job{}, fmt.Errorf("queueing a print job: %w", err)
	}
	return job, nil
}

// Sending stores that the bytes of the job are about to leave, under the number by
// which the printer will confirm, and the [Journal.Digest] of what they print. No byte may go
// before it has returned nil.
func (j *Journal) Sending(ctx context.Context, id uint64, process, digest string) error {
	return j.move(ctx, id, JobSending, func(_ *bolt.Tx, job *Job) error {
		job.Attempt++
		job.Process, job.Digest = process, digest
		return nil
	})
}

// Sent stores that all bytes of the job have left.
func (j *Journal) Sent(ctx context.Context, id uint64) error {
	return j.move(ctx, id, JobSent, nil)
}

// End stores what became of the job, and settles what was uncertain before when
// this is the copy that took its place. by is the question that a printer answers
// which says that the paper came out.
func (j *Journal) End(ctx context.Context, id uint64, r printer.Result, by printer.Confirmation) error {
	now := time.Now().UTC()
	return j.move(ctx, id, stateOf(r.Outcome), func(tx *bolt.Tx, job *Job) error {
		job.Reason, job.Ended = r.Reason, now
		if job.State == JobPrinted {
			job.Confirmed = string(by)
		}
		return replaced(tx, *job, now)
	})
}

// Get returns one job.
func (j *Journal) Get(ctx context.Context, id uint64) (job Job, err error) {
	err = j.st.View(ctx, func(tx *bolt.Tx) error {
		job, err = getJob(tx, id)
		return err
	})
	if err != nil {
		return Job{}, fmt.Errorf("reading print job %d: %w", id, err)
	}
	return job, nil
}

// move takes one arrow, in one transaction.
func (j *Journal) move(ctx context.Context, id uint64, to JobState, change func(*bolt.Tx, *Job) error) error {
	err := j.st.Update(ctx, func(tx *bolt.Tx) error {
		job, err := getJob(tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(arrows[job.State], to) {
			return fmt.Errorf("from %s: %w", job.State, ErrSettled)
		}
		job.State = to
		if change != nil {
			if err := change(tx, &job); err != nil {
				return err
			}
		}
		return putJob(tx, job)
	})
	if err != nil {
		return fmt.Errorf("noting print job %d as %s: %w", id, to, err)
	}
	if !to.open() {
		j.tellChange()
	}
	return nil
}

// settle ends a job that the last run of the terminal left open.
func settle(tx *bolt.Tx, job Job, end JobState, reason string, now time.Time) (Job, error) {
	job.State, job.Reason, job.Ended = end, reason, now
	if err := replaced(tx, job, now); err != nil {
		return Job{}, err
	}
	return job, putJob(tx, job)
}

// replaced settles the uncertain jobs whose place a copy has taken, once that copy
// may be on paper. A paper without a claim code takes the place of the last one of
// its kind only, and when it is a copy.
func replaced(tx *bolt.Tx, job Job, now time.Time) error {
	if job.State == JobFailed || job.Copy == 0 {
		return nil
	}
	jobs, err := readJobs(tx)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(jobs) {
		if e.ID >= job.ID || e.Kind != job.Kind || e.Claim != job.Claim {
			continue
		}
		if e.State == JobUncertain {
			e.State, e.Reprint, e.Ended = JobReprinted, job.Copy, now
			if err := putJob(tx, e); err != nil {
				return err
			}
		}
		if job.Claim == "" {
			return nil
		}
	}
	return nil
}

// nextCopy is the number after that of the last job which may give the citizen the
// same paper. Papers without a claim code, a statement for example, are originals
// unless somebody says otherwise.
func nextCopy(earlier []Job, job Job) int {
	next := 0
	for _, e := range earlier {
		if job.Claim != "" && e.Claim == job.Claim && e.Kind == job.Kind && e.State != JobFailed {
			next = max(next, e.Copy+1)
		}
	}
	return next
}

// List returns all jobs, oldest first.
func (j *Journal) List(ctx context.Context) (jobs []Job, err error) {
	err = j.st.View(ctx, func(tx *bolt.Tx) error {
		jobs, err = readJobs(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the print journal: %w", err)
	}
	return jobs, nil
}
