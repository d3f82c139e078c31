package paper

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"pue/devices/printer"
	"pue/kiosk/store"
)

// Job is one receipt on its way to paper: which one, never what is on it.
type Job struct {
	ID    uint64 `json:"id"`
	Kind  string `json:"kind"`            // "personal", "info", "local", "final", "notice", …
	Claim string `json:"claim,omitempty"` // of the submission, when there is one
	// Sheets: it goes to the A4 printer. What that may still hold, or has drawn back in,
	// is not the receipt printer's.
	Sheets bool `json:"sheets,omitempty"`
	// Digest tells two papers apart that one run of the terminal has printed. A paper
	// that is one person's own has none.
	Digest string `json:"digest,omitempty"`
	// Copy is 0 for the original; n is printed as RISTAMPA n.
	Copy  int      `json:"copy"`
	State JobState `json:"state"`
	// Attempt counts how often bytes were about to leave.
	Attempt int `json:"attempt,omitempty"`
	// Process is the number under which the printer confirms.
	Process string `json:"process,omitempty"`
	// Confirmed is how the printer said that the paper came out.
	Confirmed string `json:"confirmed,omitempty"`
	Reason    string `json:"reason,omitempty"` // of the printer, or "restart"
	// By is the officer who looked, of a job that was dismissed; empty when the citizen
	// had the paper in hand.
	By string `json:"by,omitempty"`
	// Retracted: nobody took the paper, and the printer drew it back in. Cleared is the
	// officer who has seen to it since.
	Retracted   bool      `json:"retracted,omitempty"`
	RetractedAt time.Time `json:"retracted_at,omitzero"` // UTC
	Cleared     string    `json:"cleared,omitempty"`
	// Reprint is the copy that took the place of a job that was reprinted.
	Reprint int       `json:"reprint,omitempty"`
	Began   time.Time `json:"began"` // UTC
	Ended   time.Time `json:"ended,omitzero"`
}

// JobState is how sure we are that paper came out.
type JobState string

// A job goes from queued to sending to sent, and ends as printed, uncertain or
// failed. A person or a marked copy settles what is uncertain.
const (
	JobQueued    JobState = "queued"    // asked for; no byte has left
	JobSending   JobState = "sending"   // bytes may be on their way
	JobSent      JobState = "sent"      // all bytes have left, the printer has not confirmed
	JobPrinted   JobState = "printed"   // the printer confirmed
	JobUncertain JobState = "uncertain" // sent, never confirmed
	JobFailed    JobState = "failed"    // nothing reached the paper
	JobReprinted JobState = "reprinted" // was uncertain; a marked copy took its place
	JobDismissed JobState = "dismissed" // was uncertain; a person saw the paper
)

// arrows are the ways from one state to the next.
var arrows = map[JobState][]JobState{
	JobQueued:    {JobSending, JobFailed, JobUncertain, JobPrinted}, // the last two of a printer that told nothing on its way
	JobSending:   {JobSent, JobPrinted, JobUncertain, JobFailed},
	JobSent:      {JobPrinted, JobUncertain, JobFailed},
	JobUncertain: {JobReprinted, JobDismissed},
}

// CanReprint: a marked copy can still be made, since what is on the paper follows
// from its claim code. Other papers are printed anew by whoever asks for them.
func (j Job) CanReprint() bool { return j.Claim != "" }

// reachedReceiptPrinter: bytes of it may have gone to that printer.
func (j Job) reachedReceiptPrinter() bool {
	return !j.Sheets && j.State != JobFailed && j.State != JobQueued
}

// open: its end is still to be told.
func (s JobState) open() bool { return s == JobQueued || s == JobSending || s == JobSent }

// stateOf is the printer's word; a word the journal does not know is no proof
// of anything.
func stateOf(o printer.Outcome) JobState {
	switch o {
	case printer.Printed:
		return JobPrinted
	case printer.NotPrinted:
		return JobFailed
	}
	return JobUncertain
}

var (
	// ErrNoJob: the journal does not know the job.
	ErrNoJob = errors.New("no such print job")
	// ErrSettled: the job is past the state in which this could be said of it.
	ErrSettled = errors.New("the print job is settled")
)

const jobTable store.Table = "paper"

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

func getJob(tx *bolt.Tx, id uint64) (Job, error) {
	value, err := jobTable.Get(tx, store.Key(id))
	if err != nil {
		return Job{}, err
	}
	return decodeJob(value)
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
