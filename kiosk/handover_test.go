package kiosk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"pue/devices/printer"
	"pue/kiosk/audit"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
)

// filing files whatever comes.
type filing struct{}

func (filing) Send(_ context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	sum := sha256.Sum256(p.Sealed)
	return outbox.Confirmation{ID: p.ID, Protocol: "INPS.7003.1", FiledAt: time.Now(), Digest: hex.EncodeToString(sum[:]), Signed: []byte("x.y.z")}, nil
}

func (f filing) Ask(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	return f.Send(ctx, p)
}

// filed is a submission that INPS has, and the job of its final receipt.
func filed(t *testing.T, r *rig, p *press) (outbox.Entry, paper.Job) {
	t.Helper()
	entry, err := r.outbox.Put(t.Context(), someParcel(r.keyOf(inpsSide)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); r.outbox.Run(ctx, filing{}) }()
	entry, err = r.outbox.Await(ctx, entry.ID)
	stop()
	<-ended
	if err != nil || entry.State != outbox.Filed {
		t.Fatalf("%+v, %v", entry, err)
	}
	job, err := p.journal.Queue(t.Context(), jobOf(session.Order{Kind: session.PaperFinal, Entry: &entry}))
	if err != nil {
		t.Fatal(err)
	}
	return entry, job
}

func (r *rig) toDeliver() int { return r.outbox.Counts().ToDeliver }

func TestAFinalReceiptThatThePrinterDrewBackIsStillToBeHandedOver(t *testing.T) {
	r, p := atThePress(t)
	entry, _ := filed(t, r, p)
	result, job := p.Print(t.Context(), session.Order{Kind: session.PaperFinal, Language: "it", Entry: &entry}, func(session.Progress) {})
	if result.Outcome != printer.Printed || r.toDeliver() != 0 {
		t.Fatalf("%+v, %d to hand over", result, r.toDeliver())
	}
	p.tookBack(witness{press: p, job: job})
	if n := r.toDeliver(); n != 1 {
		t.Errorf("its citizen has none, and %d are to be handed over", n)
	}
	if err := p.Clear(t.Context(), job, "op-1", false); err != nil {
		t.Fatal(err)
	}
	if n := r.toDeliver(); n != 1 {
		t.Errorf("the paper was destroyed, and %d are to be handed over", n)
	}
}

func TestAFinalReceiptThatThePrinterDrewBackCanBeHandedOverByHand(t *testing.T) {
	r, p := atThePress(t)
	entry, _ := filed(t, r, p)
	_, job := p.Print(t.Context(), session.Order{Kind: session.PaperFinal, Language: "it", Entry: &entry}, func(session.Progress) {})
	p.tookBack(witness{press: p, job: job})
	since := time.Now()
	if err := p.Clear(t.Context(), job, "op-1", true); err != nil {
		t.Fatal(err)
	}
	if figures, err := r.audit.Figures(t.Context(), since); err != nil || figures[audit.ReceiptDelivered] != 1 || figures[audit.ReceiptCleared] != 1 {
		t.Errorf("on record %v, %v", figures, err)
	}
	if n := r.toDeliver(); n != 0 {
		t.Errorf("its citizen has it, and %d are to be handed over", n)
	}
	if got := r.state(p, job); got.TakenBack() || got.Cleared != "op-1" {
		t.Errorf("%+v", got)
	}
	if err := p.Clear(t.Context(), job, "op-1", true); err == nil {
		t.Error("handed over twice")
	}
}

func TestNobodyHasAPaperThatThePrinterDrewBackBeforeTheySaidSo(t *testing.T) {
	r, p := atThePress(t)
	_, job := filed(t, r, p)
	if err := p.journal.End(t.Context(), job.ID, printer.Result{Outcome: printer.Uncertain, Reason: "no-answer"}, p.confirm); err != nil {
		t.Fatal(err)
	}
	p.tookBack(witness{press: p, job: job.ID})
	if err := p.Dismiss(t.Context(), job.ID, ""); err != nil {
		t.Fatal(err)
	}
	if n := r.toDeliver(); n != 1 {
		t.Errorf("the paper is in the printer, and %d are to be handed over", n)
	}
}
