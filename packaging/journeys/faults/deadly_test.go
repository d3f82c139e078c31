package faults

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"pue/kiosk/outbox"
)

// step is a moment in the life of a submission at which the terminal can die.
type step string

const (
	stored        step = "stored"         // on disk, the citizen was not told yet
	beforeAsking  step = "before-asking"  // an earlier attempt has no known outcome
	answeredAsk   step = "asked"          // INPS has said what became of it
	beforeSending step = "before-sending" // the attempt is recorded, no byte has left
	writing       step = "writing"        // some bytes of a request have left
	reading       step = "reading"        // some bytes of an answer have come
	confirmedStep step = "confirmed"      // the confirmation is in hand, and not stored
	filedStep     step = "filed"          // the confirmation is stored
	anywhere      step = "anywhere"       // at a random time
)

var steps = []step{
	stored, beforeAsking, answeredAsk, beforeSending, writing, reading, confirmedStep, filedStep, anywhere,
}

// often is up to how many times a terminal goes through a step before it dies.
func (s step) often() int {
	switch s {
	case beforeAsking, answeredAsk:
		return 3 // only an unknown outcome is asked for
	case writing, reading:
		return 150
	case anywhere:
		return 500 // milliseconds
	}
	return 60
}

// death is the plan to die at a step, the left'th time it is reached.
type death struct {
	at   step
	left atomic.Int64
}

// planned reads a death as params.Ways has it: step:times.
func planned(ways string) (*death, error) {
	name, times, _ := strings.Cut(ways, ":")
	d := &death{at: step(name)}
	var n int64
	if _, err := fmt.Sscan(times, &n); err != nil {
		return nil, fmt.Errorf("reading the plan %q: %w", ways, err)
	}
	d.left.Store(n)
	return d, nil
}

// reach dies if the plan says so, and says it first.
func (d *death) reach(s step) {
	if d.at == s && d.left.Add(-1) == 0 {
		d.die()
	}
}

func (d *death) die() {
	fmt.Println("dying", d.at)
	d.dieAnyhow()
}

func (d *death) dieAnyhow() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// deadlySender passes everything on, and dies on the way.
type deadlySender struct {
	outbox.Sender
	death *death
}

func (s deadlySender) Send(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	s.death.reach(beforeSending)
	c, err := s.Sender.Send(ctx, p)
	if err == nil {
		s.death.reach(confirmedStep)
	}
	return c, err
}

func (s deadlySender) Ask(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	s.death.reach(beforeAsking)
	c, err := s.Sender.Ask(ctx, p)
	s.death.reach(answeredAsk)
	return c, err
}

// deadlyLine is a connection on which the terminal dies after a write or a read.
type deadlyLine struct {
	net.Conn
	death *death
}

func (l deadlyLine) Write(b []byte) (int, error) {
	n, err := l.Conn.Write(b)
	l.death.reach(writing)
	return n, err
}

func (l deadlyLine) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if n > 0 {
		l.death.reach(reading)
	}
	return n, err
}
