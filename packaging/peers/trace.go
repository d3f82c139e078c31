package peers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// Job is one load on one row, for a process of its own.
type Job struct {
	Row  string `json:"row"`
	Load Load   `json:"load"`
	Dir  string `json:"dir"` // empty, removed by whoever made it
}

// Do is the job, in this process.
func (j Job) Do() (Times, error) {
	row, ok := RowNamed(j.Row)
	if !ok {
		return Times{}, fmt.Errorf("no row %q", j.Row)
	}
	q, err := row.Open(j.Dir)
	if err != nil {
		return Times{}, fmt.Errorf("opening %s: %w", j.Row, err)
	}
	t, err := j.Load.Run(q)
	if err != nil {
		return Times{}, fmt.Errorf("%s: %w", j.Row, err)
	}
	return t, q.Close()
}

// jobEnv hands a job to a process that was started for it.
const jobEnv = "PUE_PEERS_JOB"

// DoOwnJob does the job for which this process was started, if it was, and then
// ends it. A program that calls Traced calls it first.
func DoOwnJob() {
	text, ok := os.LookupEnv(jobEnv)
	if !ok {
		return
	}
	var j Job
	err := json.Unmarshal([]byte(text), &j)
	var t Times
	if err == nil {
		t, err = j.Do()
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(t)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Trace is what a traced job did.
type Trace struct {
	Times
	PutBarriers, DrainBarriers int // fsync and fdatasync begun meanwhile
}

// Traced does the job in a process of its own under strace, which counts its
// barriers and makes each of them last longer by delay.
func Traced(ctx context.Context, j Job, delay time.Duration) (Trace, error) {
	self, err := os.Executable()
	if err != nil {
		return Trace{}, err
	}
	text, err := json.Marshal(j)
	if err != nil {
		return Trace{}, err
	}
	calls := filepath.Join(j.Dir, "barriers")
	args := []string{"-f", "--seccomp-bpf", "-qq", "-ttt", "-o", calls, "-e", "trace=fsync,fdatasync", "-e", "signal=none"}
	if delay > 0 {
		args = append(args, "-e", fmt.Sprintf("inject=fsync,fdatasync:delay_enter=%d", delay.Microseconds()))
	}
	cmd := exec.CommandContext(ctx, "strace", append(args, self)...)
	cmd.Env = append(os.Environ(), jobEnv+"="+string(text))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return Trace{}, fmt.Errorf("tracing %s: %w: %s", j.Row, err, errs.Bytes())
	}
	var t Trace
	if err := json.Unmarshal(out.Bytes(), &t.Times); err != nil {
		return Trace{}, fmt.Errorf("tracing %s: %w", j.Row, err)
	}
	return t, t.count(calls)
}

// barrier is a line of strace with its time; a call that was interrupted by
// another's is told a second time as resumed, and counts once.
var barrier = regexp.MustCompile(`^\d+ +(\d+)\.(\d{6}) (?:fsync|fdatasync)\(`)

func (t *Trace) count(calls string) error {
	f, err := os.Open(calls)
	if err != nil {
		return err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		m := barrier.FindSubmatch(lines.Bytes())
		if m == nil {
			continue
		}
		seconds, _ := strconv.ParseInt(string(m[1]), 10, 64)
		micros, _ := strconv.ParseInt(string(m[2]), 10, 64)
		switch at := time.Unix(seconds, micros*1000); {
		case at.After(t.Put) && at.Before(t.Put2):
			t.PutBarriers++
		case at.After(t.Drain) && at.Before(t.Drain2):
			t.DrainBarriers++
		}
	}
	return nil
}
