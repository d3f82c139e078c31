package printer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"pue/devices"
)

// Run asks the printer how it is until ctx ends, and calls report, which must not
// block, with every change.
func (p *IPP) Run(ctx context.Context, report func(devices.Status)) {
	p.mu.Lock()
	p.report = report
	p.mu.Unlock()
	for ctx.Err() == nil {
		s := p.look(ctx)
		if s.State != devices.Absent && !p.swept.Load() {
			s = p.tidy(ctx, s)
		}
		if ctx.Err() == nil {
			p.note(s)
		}
		wait := ippResting
		if len(p.busy) > 0 || !p.swept.Load() || p.Status().State != devices.Ready {
			wait = ippEvery
		}
		select {
		case <-ctx.Done():
		case <-p.nudged:
		case <-time.After(wait):
		}
	}
	p.questions.CloseIdleConnections()
}

// nudge has Run look now.
func (p *IPP) nudge() {
	select {
	case p.nudged <- struct{}{}:
	default:
	}
}

// Status is how the printer was when it was last asked.
func (p *IPP) Status() devices.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

// note keeps a status, and reports it if it is another.
func (p *IPP) note(s devices.Status) {
	p.mu.Lock()
	same := s.State == p.status.State && s.Reason == p.status.Reason && s.Detail == p.status.Detail
	if !same {
		p.status = s
	}
	report := p.report
	p.mu.Unlock()
	if !same && report != nil {
		report(s)
	}
}

// tidy has the printer drop what was left there, unless something is printed just now.
func (p *IPP) tidy(ctx context.Context, s devices.Status) devices.Status {
	select {
	case p.busy <- struct{}{}:
	default:
		return s
	}
	defer func() { <-p.busy }()
	ctx, cancel := context.WithTimeout(ctx, ippPatience)
	defer cancel()
	if err := p.sweep(ctx); err != nil && !errors.Is(err, errStopping) {
		return ippLost(err)
	}
	return s
}

// look asks the printer how it is.
func (p *IPP) look(ctx context.Context) devices.Status {
	ctx, cancel := context.WithTimeout(ctx, ippPatience)
	defer cancel()
	a, err := p.ask(ctx, ippGetPrinter, func(r *ippRequest) {
		r.text(tagKeyword, "requested-attributes", "printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "document-format-supported")
	}, nil)
	if err != nil {
		return ippLost(err)
	}
	return ippStatus(a.first(tagPrinter))
}

// ippLost is how a printer is that does not answer, or not as one.
func ippLost(err error) devices.Status {
	s := devices.Status{State: devices.Absent, Reason: "absent", Detail: err.Error(), Since: time.Now()}
	var distrust *tls.CertificateVerificationError
	var refused errIPPStatus
	switch {
	case errors.As(err, &distrust):
		s.State, s.Reason = devices.Failed, "not-trusted"
	case errors.As(err, &refused) && (refused == ippNotAccepting || refused == ippBusy):
		s.State, s.Reason = devices.Attention, "printer-stopped"
	case errors.As(err, &refused), errors.Is(err, errIPP):
		s.State, s.Reason = devices.Failed, "wrong-device"
	}
	return s
}

// errStopping: a printer drops a job, and has not come to the point where it can.
var errStopping = errors.New("a job is being cancelled and has not ended")

// clearJobs sweeps until no job of this terminal is at the printer any more.
func (p *IPP) clearJobs(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ippLast)
	defer cancel()
	for {
		err := p.sweep(ctx)
		if !errors.Is(err, errStopping) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(ippFollow):
		}
	}
}

// sweep cancels every job of this terminal that is at the printer. Only what bears
// its name is touched: others may print there too. Who calls it has the printer to
// itself (busy), or it would cancel what is being printed.
func (p *IPP) sweep(ctx context.Context) error {
	a, err := p.ask(ctx, ippGetJobs, func(r *ippRequest) {
		r.text(tagName, "requesting-user-name", p.owner)
		r.text(tagKeyword, "which-jobs", "not-completed")
		r.boolean("my-jobs", true)
		r.text(tagKeyword, "requested-attributes", "job-id", "job-originating-user-name")
	}, nil)
	if err != nil {
		return fmt.Errorf("looking for jobs left over: %w", err)
	}
	for _, g := range a.groups {
		id := g.number("job-id")
		if g.tag != tagJob || id <= 0 || !isOwn(g, p.owner) {
			continue
		}
		p.log.Warn("cancelling a job", "job", id)
		if cancelErr := p.cancel(ctx, id); cancelErr != nil {
			return cancelErr
		}
		err = errStopping // until the list has it no more
	}
	p.swept.Store(err == nil)
	return err
}

// isOwn reports whether a job bears a name.
func isOwn(g ippGroup, owner string) bool {
	names := g.words("job-originating-user-name")
	return len(names) == 1 && names[0] == owner
}

// cancel has the printer drop a job. One that has ended is what was wanted.
func (p *IPP) cancel(ctx context.Context, id int) error {
	_, err := p.ask(ctx, ippCancelJob, func(r *ippRequest) {
		r.integer(tagInteger, "job-id", id)
		r.text(tagName, "requesting-user-name", p.owner)
	}, nil)
	var refused errIPPStatus
	if errors.As(err, &refused) && (refused == ippNotPossible || refused == ippNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cancelling a job: %w", err)
	}
	return nil
}
