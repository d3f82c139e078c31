package kiosk

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"pue/devices/printer"
	"pue/kiosk/audit"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
)

// press turns an order into paper: it journals the job before the first byte,
// prints, and records what became of it.
type press struct {
	composer *paper.Composer
	journal  *paper.Journal
	printer  *printer.Printer
	outbox   *outbox.Outbox
	audit    *audit.Audit
	notices  map[string]session.NoticeView
	log      *slog.Logger
}

// Print implements session.Paper.
func (p *press) Print(ctx context.Context, o session.Order) printer.Result {
	job, err := p.journal.Queue(ctx, jobOf(o))
	if err != nil {
		p.log.Error("print job not journalled", "device", "printer", "kind", string(o.Kind), "err", err)
		return printer.Result{Outcome: printer.NotPrinted, Reason: "failed"}
	}
	// What is known of the paper must be kept even when the order was given up.
	kept := context.WithoutCancel(ctx)
	doc := p.compose(o, job.Copy)
	result := p.printer.PrintWitnessed(ctx, doc, witness{p, kept, job.ID, paper.Digest(doc)})
	if err := p.journal.End(kept, job.ID, result); err != nil {
		p.log.Error("end of print job not journalled", "device", "printer", "err", err)
	}
	p.log.Info("printed", "device", "printer", "kind", string(o.Kind), "outcome", string(result.Outcome), "reason", result.Reason, "bytes", result.Bytes, "ms", result.Millis)
	if result.Outcome == printer.Printed {
		p.record(kept, o, job.Copy)
	}
	if result.Outcome == printer.Printed && o.Kind == session.PaperFinal {
		if err := p.outbox.Delivered(kept, o.Entry.ID); err != nil {
			p.log.Error("delivery not recorded", "err", err)
		}
	}
	return result
}

// witness journals how far the paper of one job has come.
type witness struct {
	*press
	ctx    context.Context
	job    uint64
	digest string
}

// Sending implements printer.Witness.
func (w witness) Sending(processID string) error {
	err := w.journal.Sending(w.ctx, w.job, processID, w.digest)
	if err != nil {
		w.log.Error("print job not journalled", "device", "printer", "err", err)
	}
	return err
}

// Sent implements printer.Witness. That it could not be noted changes nothing: of a
// job that is being sent nobody believes more than that.
func (w witness) Sent() {
	if err := w.journal.Sent(w.ctx, w.job); err != nil {
		w.log.Error("print job not journalled", "device", "printer", "err", err)
	}
}

func (p *press) record(ctx context.Context, o session.Order, copies int) {
	e := audit.Event{Name: audit.ReceiptPrinted, Officer: o.Officer, Code: string(o.Kind), Number: copies}
	if o.Entry != nil {
		e.Submission = o.Entry.ID
	}
	if err := p.audit.Record(ctx, e); err != nil {
		p.log.Error("audit line lost", "event", string(e.Name), "err", err)
	}
}

func jobOf(o session.Order) paper.Job {
	j := paper.Job{Kind: string(o.Kind), Copy: o.Reprint}
	if o.Entry != nil {
		j.Claim, j.Protocol = o.Entry.Claim, o.Entry.Protocol
	}
	return j
}

func (p *press) compose(o session.Order, copies int) printer.Document {
	switch o.Kind {
	case session.PaperPersonal:
		if o.Answer != nil {
			return p.composer.Answer(o.Language, o.Service, *o.Answer, o.Behalf, time.Now(), copies)
		}
		return p.composer.Statement(o.Language, *o.Statement, o.Behalf, time.Now(), copies)
	case session.PaperInfo:
		return p.composer.Leaflet(o.Language, o.Service, time.Now(), copies)
	case session.PaperLocal:
		return p.composer.Local(o.Language, *o.Entry, o.Case, time.Now(), copies)
	case session.PaperPatronato:
		return p.composer.Patronato(o.Language, *o.Entry, o.Case, time.Now(), copies)
	case session.PaperFinal:
		return p.composer.Final(o.Language, *o.Entry, o.Case, time.Now(), copies)
	}
	n := p.notices[cmp.Or(o.Destination, inpsSide)]
	return p.composer.Notice(o.Language, paper.PrivacyNotice{
		Destination: o.Destination, Controller: n.Controller, Processor: n.Processor, Contact: n.Contact, Version: n.Version,
	})
}
