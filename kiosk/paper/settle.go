package paper

import (
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Standing is what the journal has for an officer.
type Standing struct {
	// Open are the papers of which somebody has to say or do something, oldest first.
	Open []Job
	// Today counts the papers of the day.
	Today PaperCounts
}

// NeedsSomebody: a person has to say whether it came out, or to take it out of the
// printer that drew it back in.
func (j Job) NeedsSomebody() bool {
	return j.State == JobUncertain && j.concernsSomebody() || j.TakenBack()
}

// concernsSomebody: it tells of a person, or of what somebody asked for here. A notice
// or a leaflet is printed anew by whoever misses it, and nobody looks for it.
func (j Job) concernsSomebody() bool { return j.Claim != "" || j.Sheets || j.Kind == "personal" }

// TakenBack: the printer drew it back in, and nobody has seen to it yet.
func (j Job) TakenBack() bool { return j.Retracted && j.Cleared == "" }

// MayBeMissing: bytes of it have left, and no person has said that the paper is there.
// What the printer calls printed may have been forgotten in it, or have been a copy
// that nobody found either.
func (j Job) MayBeMissing() bool {
	return j.State == JobPrinted || j.State == JobUncertain || j.State == JobReprinted
}

// Standing returns what there is for an officer; the day began at since.
func (j *Journal) Standing(ctx context.Context, since time.Time) (Standing, error) {
	jobs, err := j.List(ctx)
	if err != nil {
		return Standing{}, err
	}
	return Standing{
		Today: Count(jobs, since),
		Open:  slices.DeleteFunc(jobs, func(job Job) bool { return !job.NeedsSomebody() }),
	}, nil
}

// Changed has a value after the end of any paper, or what a person said of one.
// Changes that nobody has fetched yet become one.
func (j *Journal) Changed() <-chan struct{} { return j.changed }

func (j *Journal) tellChange() {
	select {
	case j.changed <- struct{}{}:
	default:
	}
}

// Dismiss stores that somebody saw the paper of an uncertain job: the officer by, or
// the citizen who has it when by is empty.
func (j *Journal) Dismiss(ctx context.Context, id uint64, by string) (dismissed Job, err error) {
	err = j.move(ctx, id, JobDismissed, func(_ *bolt.Tx, job *Job) error {
		job.By = by
		dismissed = *job
		return nil
	})
	return dismissed, err
}

// Retracted stores that nobody took the paper of a job, or of the last that may have
// come out when id is 0, and that the printer drew it back in. It is [ErrNoJob] when
// the journal knows of none.
func (j *Journal) Retracted(ctx context.Context, id uint64) (job Job, err error) {
	err = j.st.Update(ctx, func(tx *bolt.Tx) error {
		jobs, err := readJobs(tx)
		if err != nil {
			return err
		}
		for _, job = range slices.Backward(jobs) {
			if job.ID == id || id == 0 && job.reachedReceiptPrinter() {
				job.Retracted, job.RetractedAt, job.Cleared = true, time.Now().UTC(), ""
				return putJob(tx, job)
			}
		}
		return ErrNoJob
	})
	if err != nil {
		return Job{}, fmt.Errorf("noting a retracted paper: %w", err)
	}
	j.tellChange()
	return job, nil
}

// Clear stores that the officer by has seen to a paper that the printer drew back in.
// That it was in there ends the doubt whether it came out.
func (j *Journal) Clear(ctx context.Context, id uint64, by string) (job Job, err error) {
	err = j.st.Update(ctx, func(tx *bolt.Tx) error {
		if job, err = getJob(tx, id); err != nil {
			return err
		}
		if !job.TakenBack() {
			return fmt.Errorf("not in the printer: %w", ErrSettled)
		}
		job.Cleared = by
		if job.State == JobUncertain {
			job.State, job.By = JobDismissed, by
		}
		return putJob(tx, job)
	})
	if err != nil {
		return Job{}, fmt.Errorf("noting that retracted paper %d is removed: %w", id, err)
	}
	j.tellChange()
	return job, nil
}
