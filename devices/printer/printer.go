package printer

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"pue/devices"
)

// Printer is one receipt printer. [Printer.Run] keeps it in use; any goroutine
// may call the other methods.
type Printer struct {
	open    func(context.Context) (Line, error)
	profile Profile
	setup   Setup
	keeping keeping
	log     *slog.Logger
	jobs    chan *job
	ids     processIDs
	baud    atomic.Int64 // of the line, once there was one
	dirty   bool         // half a document may hang out of the printer; belongs to Run

	whenRetracted func(Witness)
	retractAfter  time.Duration

	mu      sync.Mutex
	status  devices.Status
	changed chan struct{} // closed when status changes
	report  func(devices.Status)
}

// New returns a printer of profile p on the line that open opens. Nothing
// happens before [Printer.Run].
func New(open func(context.Context) (Line, error), p Profile, log *slog.Logger) *Printer {
	return &Printer{
		open:         open,
		profile:      p,
		setup:        Setup{Profile: p},
		log:          log.With("device", "printer"),
		jobs:         make(chan *job),
		ids:          newProcessIDs(),
		retractAfter: UsualRetractAfter,
		status:       devices.Status{State: devices.Starting, Since: time.Now()},
		changed:      make(chan struct{}),
	}
}

// Run opens the line and keeps it until ctx ends, opening it again whenever it
// is lost. It calls report, which must not block, with every change of status.
func (p *Printer) Run(ctx context.Context, report func(devices.Status)) {
	p.mu.Lock()
	p.report = report
	p.mu.Unlock()
	devices.Supervise(ctx, p.log, p.open, p.serve, p.setStatus)
}

// AssumeLeftovers has the printer drop and cut off, before the first document,
// what an earlier run of the program may have left half printed. It is for a
// program that was killed while printing, and must come before [Printer.Run].
func (p *Printer) AssumeLeftovers() { p.dirty = true }

// Status is what the printer can do right now.
func (p *Printer) Status() devices.Status {
	s, _ := p.watch()
	return s
}

// watch returns the status and a channel that is closed when it changes.
func (p *Printer) watch() (devices.Status, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status, p.changed
}

func (p *Printer) setStatus(s devices.Status) {
	p.mu.Lock()
	same := s.State == p.status.State && s.Reason == p.status.Reason && s.Detail == p.status.Detail && s.Low == p.status.Low
	report := p.report
	if !same {
		p.status = s
		close(p.changed)
		p.changed = make(chan struct{})
	}
	p.mu.Unlock()
	if !same {
		report(s)
	}
}

// Print prints d after the documents before it and waits until the printer has
// confirmed it, or will not. While paper or cover need a person, it waits for
// as long as ctx allows and goes on by itself. It never prints d twice.
func (p *Printer) Print(ctx context.Context, d Document) Result {
	return p.timed(ctx, d, unwitnessed{})
}

func (p *Printer) timed(ctx context.Context, d Document, w Witness) Result {
	began := time.Now()
	r := p.print(ctx, d, w)
	r.Millis = time.Since(began).Milliseconds()
	p.log.Info("document finished", "outcome", string(r.Outcome), "reason", r.Reason, "bytes", r.Bytes, "ms", r.Millis)
	return r
}

func (p *Printer) print(ctx context.Context, d Document, w Witness) Result {
	setup := p.setup
	if setup.Baud = int(p.baud.Load()); setup.Baud == 0 {
		setup.Baud = assumedBaud // the line is not open yet
	}
	setup.LogoStored = p.keepLogo(ctx, d)
	e, err := setup.Encode(d)
	if err != nil {
		p.log.Error("document refused", "err", err)
		return Result{Outcome: NotPrinted, Reason: "bad-document"}
	}
	if e.Lost > 0 {
		p.log.Warn("letters missing from the code pages", "profile", p.profile.Name, "count", e.Lost)
	}
	if e.LogoLeftOut {
		p.log.Info("logo left out, it is wider than the paper or too long for the line", "limit", setup.PictureLimit)
	}
	r := p.deliver(ctx, newJob(ctx, blocksOf(e), w))
	r.Lost = e.Lost
	return r
}

// deliver hands a job to the talk with the printer and waits for what becomes of it.
func (p *Printer) deliver(ctx context.Context, j *job) Result {
	for {
		status, changed := p.watch()
		if status.State != devices.Ready && status.State != devices.Starting {
			return Result{Outcome: NotPrinted, Reason: status.Reason}
		}
		select {
		case p.jobs <- j:
			return <-j.result // the talk that took the job always answers
		case <-changed:
		case <-ctx.Done():
			return Result{Outcome: NotPrinted, Reason: "no-answer"}
		}
	}
}

// lineReason is the reason of a job that ends with the line.
func lineReason(err error) string {
	var own devices.Reason
	switch {
	case errors.As(err, &own):
		return own.Reason()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "stopped"
	}
	return "unplugged"
}
