package kiosk

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"pue/devices/printer"
	"pue/kiosk/audit"
	"pue/kiosk/messages"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
)

// press turns an order into paper: it journals the job before the first byte,
// prints, and records what became of it.
type press struct {
	composer *paper.Composer
	messages *messages.Catalogue
	journal  *paper.Journal
	printer  *printer.Printer
	confirm  printer.Confirmation
	outbox   *outbox.Outbox
	audit    *audit.Audit
	notices  map[string]session.NoticeView
	reports  reports
	log      *slog.Logger
}

// reports are what the terminal says of itself on paper.
type reports interface {
	readiness(ctx context.Context) paper.Readiness
	day(ctx context.Context) paper.Day
}

// Print implements session.Paper.
func (p *press) Print(ctx context.Context, o session.Order, tell func(session.Progress)) (result printer.Result, id uint64) {
	if o.Again != 0 {
		var ok bool
		if o, ok = p.again(ctx, o); !ok {
			return printer.Result{Outcome: printer.NotPrinted, Reason: "failed"}, 0
		}
	}
	job, err := p.journal.Queue(ctx, jobOf(o))
	if err != nil {
		p.log.Error("print job not journalled", "device", "printer", "kind", string(o.Kind), "err", err)
		return printer.Result{Outcome: printer.NotPrinted, Reason: "failed"}, 0
	}
	// What is known of the paper must be kept even when the order was given up.
	kept := context.WithoutCancel(ctx)
	doc := p.compose(ctx, o, job.Copy)
	result = p.printer.PrintWitnessed(ctx, doc, witness{p, kept, job.ID, p.journal.Digest(doc), tell})
	if err := p.journal.End(kept, job.ID, result, p.confirm); err != nil {
		p.log.Error("end of print job not journalled", "device", "printer", "err", err)
	}
	p.log.Info("printed", "device", "printer", "kind", string(o.Kind), "outcome", string(result.Outcome), "reason", result.Reason, "bytes", result.Bytes, "ms", result.Millis)
	p.tell(kept, o, job, result.Outcome)
	return result, job.ID
}

// tell records what became of a paper of which something may be out.
func (p *press) tell(ctx context.Context, o session.Order, job paper.Job, outcome printer.Outcome) {
	e := audit.Event{Name: audit.ReceiptPrinted, Officer: o.Officer, Code: job.Kind, Number: job.Copy}
	switch outcome {
	case printer.NotPrinted:
		return
	case printer.Uncertain:
		e.Name = audit.ReceiptUncertain
	}
	if o.Entry != nil {
		e.Submission = o.Entry.ID
	}
	p.record(ctx, e)
	if outcome != printer.Printed || o.Kind != session.PaperFinal {
		return
	}
	if err := p.outbox.Delivered(ctx, o.Entry.ID); err != nil {
		p.log.Error("delivery not recorded", "err", err)
	}
}

// forgetEvery is how often the journal is rid of what is older than it remembers.
const forgetEvery = time.Hour

// forget has the journal forget, as long as ctx lasts. By a clock that nobody vouches
// for it forgets nothing: set years ahead, it would take the papers of yesterday with
// it, and their copies would come out as originals.
func (p *press) forget(ctx context.Context) {
	holds := func(claim string) bool { _, known := p.outbox.Find(claim); return known }
	again := time.NewTicker(forgetEvery)
	defer again.Stop()
	for {
		if clockSynchronised() {
			if err := p.journal.Forget(ctx, holds); err != nil && ctx.Err() == nil {
				p.log.Error("print journal keeps what is old", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

func (p *press) record(ctx context.Context, e audit.Event) {
	if err := p.audit.Record(ctx, e); err != nil {
		p.log.Error("audit line lost", "event", string(e.Name), "err", err)
	}
}

func jobOf(o session.Order) paper.Job {
	j := paper.Job{Kind: string(o.Kind), Copy: o.Reprint}
	if o.Entry != nil {
		j.Claim = o.Entry.Claim
	}
	return j
}

func (p *press) compose(ctx context.Context, o session.Order, copies int) printer.Document {
	c := p.composer
	if o.Large {
		c = c.Large()
	}
	return p.composeWith(ctx, c, o, time.Now(), copies)
}

// said is what the paper of an order says, for whoever hears it instead of reading.
func (p *press) said(o session.Order, at time.Time) string {
	doc := p.composeWith(context.Background(), p.composer.Alone(), o, at, o.Reprint)
	return paper.Spoken(doc, p.messages.In(o.Language))
}

func (p *press) composeWith(ctx context.Context, c *paper.Composer, o session.Order, now time.Time, copies int) printer.Document {
	switch o.Kind {
	case session.PaperPersonal:
		return composePersonal(c, o, now, copies)
	case session.PaperInfo:
		return c.Leaflet(o.Language, o.Service, now, copies)
	case session.PaperLocal:
		return c.Local(o.Language, *o.Entry, o.Case, now, copies)
	case session.PaperPatronato:
		return c.Patronato(o.Language, *o.Entry, o.Case, now, copies)
	case session.PaperFinal:
		return c.Final(o.Language, *o.Entry, o.Case, now, copies)
	case session.PaperGoodbye:
		return c.Goodbye(o.Language, o.Today.Entries, now, copies)
	case session.PaperReadiness:
		return c.Readiness(o.Language, p.reports.readiness(ctx), now, copies)
	case session.PaperDay:
		return c.Day(o.Language, p.reports.day(ctx), now, copies)
	}
	n := p.notices[cmp.Or(o.Destination, inpsSide)]
	return c.Notice(o.Language, paper.PrivacyNotice{
		Destination: o.Destination, Controller: n.Controller, Processor: n.Processor, Contact: n.Contact, Version: n.Version,
	})
}

// composePersonal is what tells of one person.
func composePersonal(c *paper.Composer, o session.Order, now time.Time, copies int) printer.Document {
	switch {
	case o.Certificate != nil:
		return c.Certificate(o.Language, *o.Certificate, now, copies)
	case o.Answer != nil:
		return c.Answer(o.Language, o.Service, *o.Answer, o.Behalf, now, copies)
	}
	return c.Statement(o.Language, *o.Statement, o.Behalf, now, copies)
}

// witness journals how far the paper of one job has come.
type witness struct {
	*press
	ctx    context.Context
	job    uint64
	digest string
	tell   func(session.Progress)
}

// Sending implements printer.Witness.
func (w witness) Sending(processID string) error {
	err := w.journal.Sending(w.ctx, w.job, processID, w.digest)
	if err != nil {
		w.log.Error("print job not journalled", "device", "printer", "err", err)
		return err
	}
	w.tell(session.SendingPaper)
	return nil
}

// Sent implements printer.Witness. That it could not be noted changes nothing: of a
// job that is being sent nobody believes more than that.
func (w witness) Sent() {
	w.tell(session.PrintingPaper)
	if err := w.journal.Sent(w.ctx, w.job); err != nil {
		w.log.Error("print job not journalled", "device", "printer", "err", err)
	}
}
