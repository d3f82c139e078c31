package kiosk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pue/devices/printer"
	"pue/kiosk/audit"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
)

// Standing is what the papers want of an officer, and their counts of today.
func (p *press) Standing(ctx context.Context) (paper.Standing, error) {
	return p.journal.Standing(ctx, midnight(time.Now()))
}

// Dismiss takes a person's word that the paper of an uncertain job came out: that of
// an officer, or of the citizen who has it when officer is empty. Of a final receipt
// the citizen has it then, unless the printer has drawn it back in since.
func (p *press) Dismiss(ctx context.Context, id uint64, officer string) error {
	job, err := p.journal.Dismiss(ctx, id, officer)
	if err != nil {
		return err
	}
	entry, known := p.entryOf(job)
	p.record(ctx, audit.Event{
		Name: audit.ReceiptDismissed, Submission: entry.ID, Officer: officer, Code: job.Kind, Number: job.Copy,
	})
	if !known || job.Kind != string(session.PaperFinal) || job.Retracted {
		return nil
	}
	if err := p.outbox.Delivered(ctx, entry.ID); err != nil {
		return fmt.Errorf("recording the delivery: %w", err)
	}
	return nil
}

// Clear takes an officer's word that a paper which the printer drew back in is out of
// it, and kept from other eyes, or handed over to its citizen. The delivery comes
// first: a paper that nobody asks for any more would never be noted as delivered.
func (p *press) Clear(ctx context.Context, id uint64, officer string, handedOver bool) error {
	if handedOver {
		if err := p.handOver(ctx, id); err != nil {
			return err
		}
	}
	job, err := p.journal.Clear(ctx, id, officer)
	if err != nil {
		return err
	}
	entry, _ := p.entryOf(job)
	p.record(ctx, audit.Event{Name: audit.ReceiptCleared, Submission: entry.ID, Officer: officer, Code: job.Kind, Number: job.Copy})
	return nil
}

// handOver notes that the citizen has the final receipt which the printer had drawn
// back in. Of other papers nobody keeps count.
func (p *press) handOver(ctx context.Context, id uint64) error {
	job, err := p.journal.Get(ctx, id)
	if err != nil {
		return err
	}
	entry, known := p.entryOf(job)
	if !known || !job.TakenBack() || job.Kind != string(session.PaperFinal) {
		return nil
	}
	if err := p.outbox.Delivered(ctx, entry.ID); err != nil {
		return fmt.Errorf("recording the delivery: %w", err)
	}
	return nil
}

// again is the order that prints a job once more, marked as a copy. Only what follows
// from a claim code can be printed again: the journal knows no content.
func (p *press) again(ctx context.Context, o session.Order) (session.Order, bool) {
	job, err := p.journal.Get(ctx, o.Again)
	if err != nil {
		p.log.Error("print job not found", "device", "printer", "err", err)
		return o, false
	}
	entry, known := p.entryOf(job)
	if !known || !job.CanReprint() || !job.MayBeMissing() {
		p.log.Warn("print job cannot be printed again", "device", "printer", "kind", job.Kind, "state", string(job.State))
		return o, false
	}
	o.Kind, o.Entry, o.Reprint = session.Kind(job.Kind), &entry, max(o.Reprint, job.Copy+1)
	return o, true
}

// tellInterrupted records the papers that the last run of the terminal was sending
// when it stopped.
func (p *press) tellInterrupted(jobs []paper.Job) {
	for _, job := range jobs {
		entry, _ := p.entryOf(job)
		p.record(context.Background(), audit.Event{
			Name: audit.ReceiptUncertain, Submission: entry.ID, Code: job.Kind, Number: job.Copy,
		})
	}
}

// entryOf is the submission that the paper of a job is about, while the terminal has
// it.
func (p *press) entryOf(job paper.Job) (e outbox.Entry, known bool) {
	if job.Claim == "" {
		return e, false
	}
	return p.outbox.Find(job.Claim)
}

// tookBack records that nobody took a paper and that the printer drew it back in. Of a
// paper of an earlier run nobody is the witness: then it is the last that came out. A
// final receipt is still to be handed over.
func (p *press) tookBack(w printer.Witness) {
	ctx, id := context.Background(), uint64(0)
	if w, ok := w.(witness); ok {
		id = w.job
	}
	e := audit.Event{Name: audit.ReceiptRetracted}
	job, err := p.journal.Retracted(ctx, id)
	switch {
	case err == nil:
		entry, _ := p.entryOf(job)
		e.Submission, e.Code, e.Number = entry.ID, job.Kind, job.Copy
		p.notDelivered(ctx, job, entry)
	case !errors.Is(err, paper.ErrNoJob):
		p.log.Error("retracted paper not journalled", "device", "printer", "err", err)
	}
	p.record(ctx, e)
}

func (p *press) notDelivered(ctx context.Context, job paper.Job, entry outbox.Entry) {
	if job.Kind != string(session.PaperFinal) || !entry.Delivered {
		return
	}
	if err := p.outbox.NotDelivered(ctx, entry.ID); err != nil {
		p.log.Error("retracted receipt not put back among those to hand over", "err", err)
	}
}
