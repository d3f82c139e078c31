package printer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pue/devices"
)

// Delivered: an A4 printer says that it has printed the job. It saw the paper leave,
// and nobody after it.
const Delivered Outcome = "delivered"

// PrintWitnessed has the printer print a PDF as it is, with a record of how far that has
// come, and waits until it has, or has given up. While the tray is empty it waits, and
// goes on by itself, for as long as ctx allows. Whatever it does not end well is
// cancelled at the printer.
func (p *IPP) PrintWitnessed(ctx context.Context, pdf []byte, w Witness) Result {
	began := time.Now()
	r := p.print(ctx, pdf, w)
	r.Millis = time.Since(began).Milliseconds()
	p.log.Info("document finished", "outcome", string(r.Outcome), "reason", r.Reason, "bytes", r.Bytes, "ms", r.Millis)
	return r
}

func (p *IPP) print(ctx context.Context, pdf []byte, w Witness) Result {
	if err := CheckPDF(pdf); err != nil {
		p.log.Error("document refused", "err", err)
		return Result{Outcome: NotPrinted, Reason: "bad-document"}
	}
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	case <-ctx.Done():
		return Result{Outcome: NotPrinted, Reason: "stopped"}
	}
	// How it was a while ago does not count; how it is now, everybody hears before the
	// result.
	s := p.look(ctx)
	if ctx.Err() != nil {
		return Result{Outcome: NotPrinted, Reason: "stopped"}
	}
	p.note(s)
	p.nudge()
	if s.State != devices.Ready {
		return Result{Outcome: NotPrinted, Reason: s.Reason}
	}
	if !p.swept.Load() {
		if err := p.clearJobs(ctx); err != nil {
			return Result{Outcome: NotPrinted, Reason: ippReason(err)}
		}
	}
	if err := w.Sending(""); err != nil {
		return Result{Outcome: NotPrinted, Reason: "failed"}
	}
	id, err := p.hand(ctx, pdf)
	if err != nil {
		return p.giveUp(ctx, id, err)
	}
	w.Sent()
	if err := p.follow(ctx, id); err != nil {
		r := p.giveUp(ctx, id, err)
		r.Bytes = len(pdf)
		return r
	}
	return Result{Outcome: Delivered, Bytes: len(pdf)}
}

// hand gives the document to the printer, once that has time for it: small ones take
// one document at a time, and refuse the next.
func (p *IPP) hand(ctx context.Context, pdf []byte) (job int, err error) {
	p.swept.Store(false) // until the job is known to be over
	ctx, cancel := context.WithTimeout(ctx, ippHanding)
	defer cancel()
	for {
		job, err = p.handOnce(ctx, pdf)
		var refused errIPPStatus
		if !errors.As(err, &refused) || refused != ippBusy {
			return job, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(ippEvery):
		}
	}
}

func (p *IPP) handOnce(ctx context.Context, pdf []byte) (job int, err error) {
	a, err := p.ask(ctx, ippPrintJob, func(r *ippRequest) {
		r.text(tagName, "requesting-user-name", p.owner)
		r.text(tagName, "job-name", p.owner)
		r.boolean("ipp-attribute-fidelity", false)
		r.text(tagMimeType, "document-format", pdfType)
		r.group(tagJob)
		r.text(tagKeyword, "media", ippMedia)
		r.integer(tagInteger, "copies", 1)
	}, pdf)
	job = a.first(tagJob).number("job-id")
	if err == nil && job <= 0 {
		err = fmt.Errorf("%w: a job without a number", errIPP)
	}
	return job, err
}

// errAborted: the printer gave the job up, or somebody cancelled it there.
var errAborted = errors.New("the printer gave the job up")

// follow waits for the end of a job.
func (p *IPP) follow(ctx context.Context, job int) error {
	for missed := 0; ; {
		state, err := p.jobState(ctx, job)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			// A cable that is pulled and put back is no end of the job.
			if missed++; missed == ippMissedMost {
				return err
			}
		case state == ippJobCompleted:
			p.swept.Store(true)
			return nil
		case state == ippJobCanceled, state == ippJobAborted:
			return errAborted
		default:
			missed = 0
		}
		select {
		case <-ctx.Done():
		case <-time.After(ippFollow):
		}
	}
}

const (
	// ippFollow is how often a job is asked after.
	ippFollow = 500 * time.Millisecond
	// ippHanding is how long a printer may take to take a document: one whose tray is
	// empty takes none, and a person goes for paper.
	ippHanding = 5 * time.Minute
	// ippMissedMost is after how many questions without an answer a job is given up.
	ippMissedMost = 6
)

func (p *IPP) jobState(ctx context.Context, job int) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, ippPatience)
	defer cancel()
	a, err := p.ask(ctx, ippGetJob, func(r *ippRequest) {
		r.integer(tagInteger, "job-id", job)
		r.text(tagName, "requesting-user-name", p.owner)
		r.text(tagKeyword, "requested-attributes", "job-state")
	}, nil)
	if err != nil {
		return 0, fmt.Errorf("asking after a job: %w", err)
	}
	return a.first(tagJob).number("job-state"), nil
}

// giveUp takes a job back from the printer, also when nobody waits for it any more, and
// says how sure it is that nothing comes out.
func (p *IPP) giveUp(ctx context.Context, job int, why error) Result {
	r := Result{Outcome: NotPrinted, Reason: ippReason(why)}
	// The answer to a document may be lost and the job not: what is looked for is
	// everything that bears the name of this terminal.
	err := p.clearJobs(context.WithoutCancel(ctx))
	if job == 0 {
		p.swept.Store(false) // and once more by Run, for a job that was slow to begin
	}
	if err != nil {
		r.Outcome = Uncertain
		p.log.Error("a job is not taken back yet", "job", job, "err", err)
	}
	p.log.Warn("document given up", "job", job, "reason", r.Reason, "err", why)
	return r
}

// ippReason is the reason of a job that was given up.
func ippReason(err error) string {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "stopped"
	case errors.Is(err, errAborted):
		return "aborted"
	}
	return ippLost(err).Reason
}
