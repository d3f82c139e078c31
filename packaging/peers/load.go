package peers

import (
	"crypto/rand"
	"fmt"
	"time"
)

// Load is what a queue has to carry.
type Load struct {
	Bytes     int `json:"bytes"` // of one body
	Producers int `json:"producers"`
	Messages  int `json:"messages"`
}

func (l Load) String() string {
	return fmt.Sprintf("%d KiB, %d at once", l.Bytes>>10, l.Producers)
}

// Loads are the four that are measured: a form and a form with a scan, one
// citizen and more than a terminal will ever have. Messages are those of a round
// of the report.
var Loads = []Load{
	{2 << 10, 1, 500},
	{2 << 10, 16, 2000},
	{64 << 10, 1, 200},
	{64 << 10, 16, 600},
}

// Times are when the parts of one turn began and ended.
type Times struct {
	Put, Put2, Drain, Drain2 time.Time
}

// Rate is the messages put in a second.
func (l Load) Rate(t Times) float64 { return float64(l.Messages) / t.Put2.Sub(t.Put).Seconds() }

// DrainRate is the messages claimed and acknowledged in a second.
func (l Load) DrainRate(t Times) float64 {
	return float64(l.Messages) / t.Drain2.Sub(t.Drain).Seconds()
}

// Run puts the load into q, and then drains it.
func (l Load) Run(q Queue) (t Times, err error) {
	if s, ok := q.(settler); ok {
		if err := s.settle(); err != nil {
			return t, err
		}
	}
	// Random, as sealed bodies are: nobody may compress them.
	bodies := make([][]byte, l.Messages)
	for i := range bodies {
		bodies[i] = make([]byte, l.Bytes)
		rand.Read(bodies[i])
	}
	t.Put = time.Now()
	if err := share(l.Messages, l.Producers, func(i int) error { return q.Put(bodies[i]) }); err != nil {
		return t, fmt.Errorf("putting: %w", err)
	}
	t.Put2 = time.Now()
	t.Drain = t.Put2
	if err := q.Drain(l.Messages, l.Producers, func([]byte) {}); err != nil {
		return t, fmt.Errorf("draining: %w", err)
	}
	t.Drain2 = time.Now()
	return t, nil
}
