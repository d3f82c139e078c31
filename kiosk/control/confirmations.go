package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"pue/kiosk/outbox"
)

// Confirmations come back from INPS as a text file, one a line. The daemon
// believes each on its own: what one of them lacks does not touch the others.

const (
	// ConfirmationsLargest is how much of them is taken at once, bytes.
	ConfirmationsLargest = 16 << 20
	// confirmationLargest is the longest line.
	confirmationLargest = 16 << 10
	// confirmationsMost is how many lines are taken at once: more than a file of
	// that size holds of true ones.
	confirmationsMost = 40_000
)

// Taken is what became of one line.
type Taken struct {
	Line     int     `json:"line"`
	Outcome  Outcome `json:"outcome"`
	Claim    string  `json:"claim,omitempty"`
	Protocol string  `json:"protocol,omitempty"`
	Why      string  `json:"why,omitempty"`
}

// Outcome of a confirmation.
type Outcome string

const (
	Confirmed   Outcome = "filed"        // INPS has it, and this terminal now knows
	KnownBefore Outcome = "known"        // it was known already
	NotBelieved Outcome = "not-believed" // not INPS's word on what was exported
	NotHere     Outcome = "not-here"     // a submission that this terminal does not have
	NotStored   Outcome = "not-stored"   // believed, and the disk did not take it
)

// Good: nobody needs to look at the line.
func (o Outcome) Good() bool { return o == Confirmed || o == KnownBefore }

func takeConfirmations(w http.ResponseWriter, r *http.Request, q Queue) {
	deadline := time.Now().Add(carryLimit)
	rc := http.NewResponseController(w)
	if err := errors.Join(rc.SetReadDeadline(deadline), rc.SetWriteDeadline(deadline)); err != nil {
		answer(w, nil, err)
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, ConfirmationsLargest))
	if tooMuch := (*http.MaxBytesError)(nil); errors.As(err, &tooMuch) || bytes.Count(text, []byte("\n")) > confirmationsMost {
		http.Error(w, fmt.Sprintf("more than %d MiB or %d lines at once", ConfirmationsLargest>>20, confirmationsMost), http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "the file did not come in full", http.StatusBadRequest)
		return
	}
	taken := []Taken{}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if line = bytes.TrimSpace(line); len(line) > 0 && r.Context().Err() == nil {
			one := take(r.Context(), q, line)
			one.Line = n
			taken = append(taken, one)
		}
	}
	answer(w, taken, r.Context().Err())
}

// take believes one confirmation, or says why not.
func take(ctx context.Context, q Queue, line []byte) Taken {
	if len(line) > confirmationLargest {
		return Taken{Outcome: NotBelieved, Why: fmt.Sprintf("longer than %d KiB", confirmationLargest>>10)}
	}
	c, err := q.ReadConfirmation(line)
	if err != nil {
		return Taken{Outcome: NotBelieved, Why: err.Error()}
	}
	before, ok := q.Find(c.ID)
	if !ok {
		return Taken{Outcome: NotHere, Protocol: c.Protocol, Why: outbox.ErrNoEntry.Error()}
	}
	e, err := q.Confirm(ctx, c)
	switch {
	case errors.Is(err, outbox.ErrUnknownOutcome): // of another body than the one that is here
		return Taken{Outcome: NotBelieved, Claim: before.Claim, Why: err.Error()}
	case err != nil:
		return Taken{Outcome: NotStored, Claim: before.Claim, Why: err.Error()}
	case before.State == outbox.Filed:
		return Taken{Outcome: KnownBefore, Claim: e.Claim, Protocol: e.Protocol}
	}
	return Taken{Outcome: Confirmed, Claim: e.Claim, Protocol: e.Protocol}
}

// Import hands the daemon a file of confirmations.
func (c *Client) Import(ctx context.Context, confirmations io.Reader) ([]Taken, error) {
	ctx, cancel := context.WithTimeout(ctx, carryLimit+answerMargin)
	defer cancel()
	var v []Taken
	return v, c.exchange(ctx, http.MethodPost, "/confirmations", confirmations, &v)
}
