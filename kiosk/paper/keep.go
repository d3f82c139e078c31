package paper

import (
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/kiosk/store"
)

// keepJobs is how long the journal remembers a paper since its end, and longer while
// the terminal has the submission that it is about.
const keepJobs = 30 * 24 * time.Hour

// Forget cuts the jobs that ended longer ago than the journal remembers. Those of a
// claim code that holds reports stay: the paper of a submission that is still here
// can be asked for again, and must not come out as an original then. The caller
// vouches for the clock.
func (j *Journal) Forget(ctx context.Context, holds func(claim string) bool) error {
	jobs, err := j.List(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	// Asked out here: who writes to the store must not wait for who reads it.
	old := slices.DeleteFunc(jobs, func(job Job) bool {
		return job.State.open() || now.Sub(job.Ended) <= keepJobs || job.Claim != "" && holds(job.Claim)
	})
	if len(old) == 0 {
		return nil
	}
	err = j.st.Update(ctx, func(tx *bolt.Tx) error {
		for _, job := range old {
			if err := jobTable.Delete(tx, store.Key(job.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forgetting print jobs: %w", err)
	}
	j.tellChange()
	return nil
}
