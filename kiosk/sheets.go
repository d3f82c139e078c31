package kiosk

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/audit"
	"pue/kiosk/config"
	"pue/kiosk/paper"
	"pue/kiosk/session"
)

// sheets is the A4 printer, and the record of what it did. Neither journal nor record
// hold what was printed, or for whom.
type sheets struct {
	*printer.IPP
	journal *paper.Journal
	audit   *audit.Audit
	log     *slog.Logger
}

// openSheets makes the A4 printer that the config names, if it names one. It prints
// nothing before Run.
func (k *Kiosk) openSheets() (*sheets, error) {
	c := k.o.Config
	if !c.Documents.There() {
		return nil, nil
	}
	ca, err := authorityOf(c.Documents)
	if err != nil {
		return nil, err
	}
	ipp, err := printer.NewIPP(printer.IPPOptions{
		// Under this name other people who print there see the jobs of this terminal.
		URL: c.Documents.Printer, CA: ca, Owner: strings.ToLower(c.Terminal.ID), Log: k.o.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("documents: %w", err)
	}
	return &sheets{ipp, k.journal, k.audit, k.o.Log.With("device", "documents")}, nil
}

// authorityOf reads who vouches for the printer.
func authorityOf(c config.Documents) ([]byte, error) {
	if c.CA == "" {
		return nil, nil
	}
	ca, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("documents.ca: %w", err)
	}
	return ca, nil
}

// PrintPDF implements session.Sheets.
func (s *sheets) PrintPDF(ctx context.Context, pdf []byte, officer string) (printer.Result, uint64) {
	job, err := s.journal.Queue(ctx, paper.Job{Kind: string(session.PaperSheets), Sheets: true})
	if err != nil {
		s.log.Error("print job not journalled", "kind", string(session.PaperSheets), "err", err)
		return printer.Result{Outcome: printer.NotPrinted, Reason: "failed"}, 0
	}
	// What is known now must be kept even when the order was given up.
	kept := context.WithoutCancel(ctx)
	result := s.PrintWitnessed(ctx, pdf, sheetsWitness{s, kept, job.ID})
	ended := result
	if result.Outcome == printer.Delivered {
		ended.Outcome = printer.Printed
	}
	if err := s.journal.End(kept, job.ID, ended, "ipp"); err != nil {
		s.log.Error("end of print job not journalled", "err", err)
	}
	s.tell(kept, ended.Outcome, audit.Event{Officer: officer, Code: job.Kind})
	return result, job.ID
}

// tell records what became of a document of which something may be out.
func (s *sheets) tell(ctx context.Context, outcome printer.Outcome, e audit.Event) {
	switch outcome {
	case printer.NotPrinted:
		return
	case printer.Printed:
		e.Name = audit.ReceiptPrinted
	default:
		e.Name = audit.ReceiptUncertain
	}
	if err := s.audit.Record(ctx, e); err != nil {
		s.log.Error("audit line lost", "event", string(e.Name), "err", err)
	}
}

// sheetsWitness journals how far a document has come. When the terminal dies before its
// end, nobody knows how many pages are out, and a person has to look.
type sheetsWitness struct {
	*sheets
	ctx context.Context
	job uint64
}

// Sending implements printer.Witness.
func (w sheetsWitness) Sending(string) error {
	err := w.journal.Sending(w.ctx, w.job, "", "")
	if err != nil {
		w.log.Error("print job not journalled", "err", err)
	}
	return err
}

// Sent implements printer.Witness.
func (w sheetsWitness) Sent() {
	if err := w.journal.Sent(w.ctx, w.job); err != nil {
		w.log.Error("print job not journalled", "err", err)
	}
}

// printsSheets is the A4 printer for the session, if there is one.
func (k *Kiosk) printsSheets() session.Sheets {
	if k.sheets == nil {
		return nil
	}
	return k.sheets
}

func (k *Kiosk) watchSheets(ctx context.Context) {
	tell := func(s devices.Status) {
		k.o.Log.Info("printer changed", "device", "documents", "state", s.State.String(), "reason", s.Reason, "detail", s.Detail)
		k.session.Report(session.DeviceChanged{Name: "documents", Status: s})
	}
	tell(k.sheets.Status()) // there is one, though nobody knows yet how it is
	k.sheets.Run(ctx, tell)
}
