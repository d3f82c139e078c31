package play

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Step is what is said of one step, as one line of JSON.
type Step struct {
	Journey int    `json:"journey"`
	Step    string `json:"step"`
	OK      bool   `json:"ok"`
	Millis  int64  `json:"ms"`
	Screen  string `json:"screen,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Report writes down what happened, and keeps pictures when there is a place
// for them.
type Report struct {
	out    io.Writer
	shots  string
	failed int
	steps  int
}

// NewReport writes steps to out, and pictures into the folder shots unless it is
// empty.
func NewReport(out io.Writer, shots string) (*Report, error) {
	if shots != "" {
		if err := os.MkdirAll(shots, 0o755); err != nil {
			return nil, fmt.Errorf("making the folder for pictures: %w", err)
		}
	}
	return &Report{out: out, shots: shots}, nil
}

// Held reports whether there were steps and every one of them held.
func (r *Report) Held() bool { return r.steps > 0 && r.failed == 0 }

// step runs one step and writes its line.
func (r *Report) step(journey int, name string, screen func() string, do func() error) error {
	began := time.Now()
	err := do()
	s := Step{Journey: journey, Step: name, OK: err == nil, Millis: time.Since(began).Milliseconds(), Screen: screen()}
	r.steps++
	if err != nil {
		r.failed++
		s.Error = err.Error()
		err = fmt.Errorf("journey %d, %s: %w", journey, name, err)
	}
	if e := json.NewEncoder(r.out).Encode(s); e != nil && err == nil {
		err = fmt.Errorf("writing the report: %w", e)
	}
	return err
}

// keep saves a picture or a text under the journey's folder.
func (r *Report) keep(journey int, name string, content []byte) error {
	if r.shots == "" {
		return nil
	}
	path := filepath.Join(r.shots, fmt.Sprintf("journey-%d", journey), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keeping %s: %w", name, err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return fmt.Errorf("keeping %s: %w", name, err)
	}
	return nil
}
