package session

import (
	"context"

	"pue/devices/printer"
	"pue/kiosk/paper"
)

// SettlePaper stores that somebody saw a paper of which nobody knew whether it came
// out: an officer, or the citizen who has it when Officer is empty. Clear: it was
// drawn back into the printer, and is out of it now; HandedOver: its citizen has it.
type SettlePaper struct {
	Visit      uint64
	Job        uint64
	Clear      bool
	HandedOver bool
	Officer    string
}

// WriteReport puts together what the terminal says of itself.
type WriteReport struct {
	Visit    uint64
	Kind     Kind
	Language string
}

// What comes of them.
type (
	// PapersChanged says what the papers want of an officer.
	PapersChanged struct{ paper.Standing }
	// PaperSettled is the end of SettlePaper.
	PaperSettled struct {
		Visit uint64
		Job   uint64
		Err   error
	}
	ReportWritten struct {
		Visit    uint64
		Kind     Kind
		Document printer.Document
	}
)

func (SettlePaper) effect()  {}
func (WriteReport) effect()  {}
func (PapersChanged) event() {}
func (PaperSettled) event()  {}
func (ReportWritten) event() {}

// Papers is the record of what was printed, as a person speaks of it.
type Papers interface {
	Standing(ctx context.Context) (paper.Standing, error)
	// Dismiss: somebody saw that the paper of the job came out.
	Dismiss(ctx context.Context, job uint64, officer string) error
	// Clear: a paper that was drawn back in is out of the printer, and its citizen has
	// it when it was handed over.
	Clear(ctx context.Context, job uint64, officer string, handedOver bool) error
	// Report is what the terminal says of itself.
	Report(ctx context.Context, kind Kind, language string) printer.Document
}

// FollowPapers reports what the papers want of an officer, now and after every
// change, until ctx ends.
func (s *Session) FollowPapers(ctx context.Context, changes <-chan struct{}) {
	for ctx.Err() == nil {
		s.runner.lookAtPapers(ctx)
		select {
		case <-ctx.Done():
		case <-changes:
		}
	}
}

func (r *runner) lookAtPapers(ctx context.Context) {
	now, err := r.o.Papers.Standing(ctx)
	if err != nil {
		r.o.Log.Error("papers not read", "err", err)
		return
	}
	r.report(PapersChanged{now})
}

func (r *runner) settlePaper(ctx context.Context, e SettlePaper) {
	var err error
	if e.Clear {
		err = r.o.Papers.Clear(ctx, e.Job, e.Officer, e.HandedOver)
	} else {
		err = r.o.Papers.Dismiss(ctx, e.Job, e.Officer)
	}
	if err != nil {
		r.o.Log.Error("word about a paper not kept", "job", e.Job, "err", err)
	}
	r.lookAtPapers(ctx)
	r.report(PaperSettled{Visit: e.Visit, Job: e.Job, Err: err})
}

func (r *runner) writeReport(ctx context.Context, e WriteReport) {
	r.report(ReportWritten{Visit: e.Visit, Kind: e.Kind, Document: r.o.Papers.Report(ctx, e.Kind, e.Language)})
}
