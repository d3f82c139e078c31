package kiosk

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/audit"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
)

// doubtful leaves the local receipt of a new submission as a printer does that fell
// silent, and returns its job.
func doubtful(t *testing.T, r *rig, p *press) (outbox.Entry, paper.Job) {
	t.Helper()
	entry, err := r.outbox.Put(t.Context(), outbox.Parcel{
		ID: "6f1c2f0e-7a43-4a8e-9d3c-0123456789ab", Class: outbox.Application, Owner: r.outbox.OwnerOf("RSSMRA80A01X999U"),
		Sealed: []byte("sealed"), CapturedAt: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	job, err := p.journal.Queue(t.Context(), jobOf(session.Order{Kind: session.PaperLocal, Entry: &entry}))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.journal.End(t.Context(), job.ID, printer.Result{Outcome: printer.Uncertain, Reason: "no-answer"}, p.confirm); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Standing(t.Context()); err != nil || len(s.Open) != 1 || s.Open[0].ID != job.ID {
		t.Fatalf("asked for: %+v, %v", s, err)
	}
	return entry, job
}

func (r *rig) state(p *press, id uint64) paper.Job {
	r.t.Helper()
	job, err := p.journal.Get(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return job
}

func TestAnOfficerWhoSawThePaperEndsTheDoubt(t *testing.T) {
	r, p := atThePress(t)
	_, job := doubtful(t, r, p)
	before := r.events()
	if err := p.Dismiss(t.Context(), job.ID, "op-1"); err != nil {
		t.Fatal(err)
	}
	if got := r.state(p, job.ID); got.State != paper.JobDismissed || got.By != "op-1" {
		t.Errorf("%+v", got)
	}
	if n := r.events() - before; n != 1 {
		t.Errorf("%d audit lines", n)
	}
	if err := p.Dismiss(t.Context(), job.ID, "op-1"); err == nil {
		t.Error("seen twice")
	}
	if n := len(r.paper.Receipts()); n != 0 {
		t.Errorf("%d papers came out by themselves", n)
	}
}

func TestAnUncertainPaperIsPrintedAgainAsAMarkedCopy(t *testing.T) {
	r, p := atThePress(t)
	_, job := doubtful(t, r, p)
	if result, _ := p.Print(t.Context(), session.Order{Again: job.ID, Language: "it", Officer: "op-1"}, func(session.Progress) {}); result.Outcome != printer.Printed {
		t.Fatalf("%+v", result)
	}
	if got := r.state(p, job.ID); got.State != paper.JobReprinted || got.Reprint != 1 {
		t.Errorf("%+v", got)
	}
	if text := r.paper.Receipts()[0].Text; !strings.Contains(text, "RISTAMPA 1") || !strings.Contains(text, "PRESA IN CARICO LOCALE") {
		t.Errorf("on paper\n%s", text)
	}
	if result, _ := p.Print(t.Context(), session.Order{Again: job.ID, Language: "it"}, func(session.Progress) {}); result.Outcome != printer.Printed {
		t.Fatalf("nobody found the copy: %+v", result)
	}
	if text := r.paper.Receipts()[1].Text; !strings.Contains(text, "RISTAMPA 2") {
		t.Errorf("on paper\n%s", text)
	}
}

func TestAPaperThatAPersonHasSeenIsNotPrintedAgain(t *testing.T) {
	r, p := atThePress(t)
	_, job := doubtful(t, r, p)
	if err := p.Dismiss(t.Context(), job.ID, ""); err != nil {
		t.Fatal(err)
	}
	if result, _ := p.Print(t.Context(), session.Order{Again: job.ID, Language: "it"}, func(session.Progress) {}); result.Outcome != printer.NotPrinted || len(r.paper.Receipts()) != 0 {
		t.Errorf("%+v, %d papers", result, len(r.paper.Receipts()))
	}
}

func TestAForgottenPaperWaitsForAnOfficerOnce(t *testing.T) {
	r, p := atThePress(t)
	_, job := doubtful(t, r, p)
	p.tookBack(witness{press: p, job: job.ID})
	before := r.events()
	if err := p.Clear(t.Context(), job.ID, "op-1", false); err != nil {
		t.Fatal(err)
	}
	if got := r.state(p, job.ID); got.Cleared != "op-1" || got.State != paper.JobDismissed || got.RetractedAt.IsZero() {
		t.Errorf("%+v", got)
	}
	if s, err := p.Standing(t.Context()); err != nil || len(s.Open) != 0 {
		t.Errorf("it is still asked for: %+v, %v", s, err)
	}
	if err := p.Clear(t.Context(), job.ID, "op-1", false); err == nil {
		t.Error("cleared twice")
	}
	if n := r.events() - before; n != 1 {
		t.Errorf("%d audit lines", n)
	}
}

func TestAPaperOfWhichNothingIsKeptIsNotPrintedAgain(t *testing.T) {
	r, p := atThePress(t)
	job, err := p.journal.Queue(t.Context(), paper.Job{Kind: "personal"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.journal.End(t.Context(), job.ID, printer.Result{Outcome: printer.Uncertain}, p.confirm); err != nil {
		t.Fatal(err)
	}
	if result, _ := p.Print(t.Context(), session.Order{Again: job.ID, Language: "it"}, func(session.Progress) {}); result.Outcome != printer.NotPrinted || len(r.paper.Receipts()) != 0 {
		t.Errorf("%+v, %d papers", result, len(r.paper.Receipts()))
	}
	if got := r.state(p, job.ID); got.State != paper.JobUncertain {
		t.Errorf("%+v", got)
	}
}

func TestAForgottenPaperIsRecorded(t *testing.T) {
	r, p := atThePress(t)
	_, job := doubtful(t, r, p)
	before := r.events()
	if _, err := p.journal.Queue(t.Context(), paper.Job{Kind: "notice"}); err != nil {
		t.Fatal(err)
	}
	p.tookBack(witness{press: p, job: job.ID})
	if !r.state(p, job.ID).Retracted {
		t.Error("the journal does not say that the paper was taken back")
	}
	if n := r.events() - before; n != 1 {
		t.Errorf("%d audit lines", n)
	}
	if got := paper.Count([]paper.Job{r.state(p, job.ID)}, time.Time{}).Retracted; got != 1 {
		t.Errorf("%d retracted papers", got)
	}
}

func TestAForgottenPaperOfAnEarlierRunIsTheLastThatCameOut(t *testing.T) {
	r, p := atThePress(t)
	_, job := doubtful(t, r, p)
	if _, err := p.journal.Queue(t.Context(), paper.Job{Kind: "notice"}); err != nil {
		t.Fatal(err)
	}
	p.tookBack(nil)
	if !r.state(p, job.ID).Retracted {
		t.Error("the last paper is not the one that was taken back")
	}
}

func TestPaperOfAnEarlierTimeThatIsTakenBackIsRecordedToo(t *testing.T) {
	r, p := atThePress(t)
	before := r.events()
	p.tookBack(nil)
	if n := r.events() - before; n != 1 {
		t.Errorf("%d audit lines", n)
	}
}

func TestTheDayIsCountedAndNamesNobody(t *testing.T) {
	r, p := atThePress(t)
	doubtful(t, r, p)
	got := r.day(t.Context())
	if got.Stored != 1 || got.Waiting != 1 || got.Papers.Uncertain != 1 || got.Served != 0 {
		t.Errorf("%+v", got)
	}
	ready := r.readiness(t.Context())
	if !ready.AuditOK || ready.AuditHead == "" || len(ready.Devices) < 3 || len(ready.Anchors) == 0 || ready.Papers.Uncertain != 1 {
		t.Errorf("%+v", ready)
	}
}

func TestTheReportTellsOfTheA4PrinterWhereThereIsOne(t *testing.T) {
	r, _ := atThePress(t)
	has := func() bool {
		return slices.ContainsFunc(r.readiness(t.Context()).Devices, func(d paper.Device) bool { return d.Name == "documents" })
	}
	if has() {
		t.Fatal("it tells of a printer that is not there")
	}
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer end()
	running.Go(func() { r.session.Run(ctx) })
	r.session.Report(session.DeviceChanged{Name: "documents", Status: devices.Status{State: devices.Attention, Reason: "paper-out"}})
	release, _ := r.session.Lend() // after which the terminal has heard of it
	release()
	if !has() {
		t.Error("it does not tell of the A4 printer")
	}
}

func TestWhatMayBeOutIsOnRecordAndWhatIsNotIsNot(t *testing.T) {
	r, p := atThePress(t)
	entry, job := doubtful(t, r, p)
	o := session.Order{Kind: session.PaperLocal, Entry: &entry}
	for outcome, want := range map[printer.Outcome]audit.Name{
		printer.Printed: audit.ReceiptPrinted, printer.Uncertain: audit.ReceiptUncertain, printer.NotPrinted: "",
	} {
		since := time.Now()
		p.tell(t.Context(), o, job, outcome)
		figures, err := r.audit.Figures(t.Context(), since)
		if err != nil || len(figures) > 1 || want != "" && figures[want] != 1 || want == "" && len(figures) != 0 {
			t.Errorf("%s: on record %v, %v", outcome, figures, err)
		}
	}
}

func TestAPaperThatAPowerCutStoppedIsOnRecord(t *testing.T) {
	r, p := atThePress(t)
	entry, _ := doubtful(t, r, p)
	since := time.Now()
	p.tellInterrupted([]paper.Job{{Kind: "local", Claim: entry.Claim, Copy: 1}, {Kind: "personal"}})
	if figures, err := r.audit.Figures(t.Context(), since); err != nil || figures[audit.ReceiptUncertain] != 2 {
		t.Errorf("%v, %v", figures, err)
	}
}
