package paper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/devices/printer"
	"pue/kiosk/store"
)

// keepJobs is how long the journal remembers: as long as the outbox keeps a
// filed submission, and with it the reason to print again.
const keepJobs = 30 * 24 * time.Hour

// Job is one receipt on its way to paper: which one, never what is on it.
type Job struct {
	ID       uint64 `json:"id"`
	Kind     string `json:"kind"`               // "personal", "info", "local", "final", "notice", "patronato"
	Claim    string `json:"claim,omitempty"`    // of the submission, when there is one
	Protocol string `json:"protocol,omitempty"` // INPS's number, on a final receipt
	// Copy is 0 for the original; n is printed as RISTAMPA n.
	Copy   int       `json:"copy"`
	State  JobState  `json:"state"`
	Reason string    `json:"reason,omitempty"` // of the printer, or "restart"
	Began  time.Time `json:"began"`            // UTC
	Ended  time.Time `json:"ended,omitzero"`
}

// JobState is how sure we are that paper came out.
type JobState string

const (
	JobSending   JobState = "sending"   // bytes may be on their way
	JobPrinted   JobState = "printed"   // the printer confirmed
	JobUncertain JobState = "uncertain" // sent, never confirmed
	JobFailed    JobState = "failed"    // nothing reached the paper
)

// ErrNoJob: the journal does not know the job.
var ErrNoJob = errors.New("no such print job")

const jobTable store.Table = "paper"

// Journal remembers for 30 days which receipts were printed, so that a second
// one says that it is a copy and a restart does not lose sight of what was in the
// printer. It never holds a document.
type Journal struct {
	st          *store.Store
	interrupted bool
}

// Interrupted reports whether a job was being sent when the terminal stopped:
// the printer may hold the rest of it.
func (j *Journal) Interrupted() bool { return j.interrupted }

// OpenJournal opens the journal in st. A job that was being sent when the
// terminal stopped becomes uncertain.
func OpenJournal(st *store.Store) (*Journal, error) {
	j := &Journal{st: st}
	err := st.Update(context.Background(), func(tx *bolt.Tx) error {
		if err := jobTable.Make(tx); err != nil {
			return err
		}
		now := time.Now().UTC()
		jobs, err := recent(tx, now)
		if err != nil {
			return err
		}
		j.interrupted = false
		for _, job := range jobs {
			if job.State != JobSending {
				continue
			}
			j.interrupted = true
			job.State, job.Reason, job.Ended = JobUncertain, "restart", now
			if err := putJob(tx, job); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("opening the print journal: %w", err)
	}
	return j, nil
}

// Begin stores that job is about to be sent and returns it with its id and its
// copy number: how many of the same kind and claim may have come out on paper
// before. What is older than the journal's memory is cut in the same
// transaction. No byte may go to the printer before Begin has returned.
func (j *Journal) Begin(ctx context.Context, job Job) (Job, error) {
	err := j.st.Update(ctx, func(tx *bolt.Tx) error {
		now := time.Now().UTC()
		earlier, err := recent(tx, now)
		if err != nil {
			return err
		}
		if job.ID, err = jobTable.NextSequence(tx); err != nil {
			return err
		}
		job.Copy = copies(earlier, job)
		job.State, job.Reason, job.Began, job.Ended = JobSending, "", now, time.Time{}
		return putJob(tx, job)
	})
	if err != nil {
		return Job{}, fmt.Errorf("beginning a print job: %w", err)
	}
	return job, nil
}

// recent cuts what has ended and is older than keepJobs, and returns the rest. A
// job that is being sent stays: its end is still to be told.
func recent(tx *bolt.Tx, now time.Time) (kept []Job, err error) {
	jobs, err := readJobs(tx)
	if err != nil {
		return nil, err
	}
	for _, job := range jobs {
		if job.State == JobSending || now.Sub(job.Began) <= keepJobs {
			kept = append(kept, job)
			continue
		}
		if err := jobTable.Delete(tx, store.Key(job.ID)); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// copies counts the earlier jobs that may have given the citizen the same paper.
// Receipts without a claim code, a statement for example, are always originals.
func copies(earlier []Job, job Job) int {
	n := 0
	for _, e := range earlier {
		if job.Claim != "" && e.Claim == job.Claim && e.Kind == job.Kind && e.State != JobFailed {
			n++
		}
	}
	return n
}

// End stores what became of the job.
func (j *Journal) End(ctx context.Context, id uint64, r printer.Result) error {
	err := j.st.Update(ctx, func(tx *bolt.Tx) error {
		value, err := jobTable.Get(tx, store.Key(id))
		if err != nil {
			return err
		}
		job, err := decodeJob(value)
		if err != nil {
			return err
		}
		job.State, job.Reason, job.Ended = jobState(r.Outcome), r.Reason, time.Now().UTC()
		return putJob(tx, job)
	})
	if err != nil {
		return fmt.Errorf("ending print job %d: %w", id, err)
	}
	return nil
}

// jobState is the printer's word; a word the journal does not know is no proof
// of anything.
func jobState(o printer.Outcome) JobState {
	switch o {
	case printer.Printed:
		return JobPrinted
	case printer.NotPrinted:
		return JobFailed
	}
	return JobUncertain
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

func readJobs(tx *bolt.Tx) ([]Job, error) {
	var jobs []Job
	for r := range jobTable.All(tx) {
		if r.Err != nil {
			return nil, r.Err
		}
		job, err := decodeJob(r.Value)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

func decodeJob(value []byte) (Job, error) {
	var job Job
	if value == nil {
		return job, ErrNoJob
	}
	if err := json.Unmarshal(value, &job); err != nil {
		return job, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return job, nil
}

func putJob(tx *bolt.Tx, job Job) error {
	value, err := json.Marshal(job)
	if err != nil {
		return err
	}
	return jobTable.Put(tx, store.Key(job.ID), value)
}
