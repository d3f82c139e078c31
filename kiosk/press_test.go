package kiosk

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pue/devices"
	"pue/devices/printer"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/session"
	"pue/kiosk/upstream"
)

// atThePress opens a kiosk of which only the printer runs.
func atThePress(t testing.TB) (*rig, *press) {
	t.Helper()
	return atThePressOn(t, func(l printer.Line) printer.Line { return l })
}

// atThePressOn is atThePress with something in the cable.
func atThePressOn(t testing.TB, cable func(printer.Line) printer.Line) (*rig, *press) {
	t.Helper()
	r := newRigOn(t, provision(t, nowhere), cable)
	p, err := r.openPress()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	ready := make(chan struct{}, 1)
	go func() {
		defer close(ended)
		r.printer.Run(ctx, func(s devices.Status) {
			if s.State != devices.Ready {
				return
			}
			select {
			case ready <- struct{}{}:
			default: // it was ready before
			}
		})
	}()
	t.Cleanup(func() { cancel(); <-ended })
	<-ready
	return r, p
}

func (r *rig) events() int {
	r.t.Helper()
	report, err := r.VerifyAudit(r.t.Context())
	if err != nil || !report.OK() {
		r.t.Fatalf("%+v, %v", report, err)
	}
	return report.Events
}

func TestEveryOrderIsPrintedJournalledAndRecorded(t *testing.T) {
	r, p := atThePress(t)
	entry, err := r.outbox.Put(t.Context(), outbox.Parcel{
		ID: "6f1c2f0e-7a43-4a8e-9d3c-0123456789ab", Class: outbox.Application, Owner: r.outbox.OwnerOf("RSSMRA80A01H501U"),
		Sealed: []byte("sealed"), CapturedAt: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	slip, _ := r.shelf.Catalog().Service("cedolino-pensione")
	before := r.events()
	orders := []session.Order{
		{Kind: session.PaperNotice, Language: "it"},
		{Kind: session.PaperPersonal, Language: "it", Statement: &upstream.Statement{}},
		{Kind: session.PaperPersonal, Language: "it", Service: slip, Answer: &upstream.Answer{}},
		{Kind: session.PaperInfo, Language: "it", Service: slip},
		{Kind: session.PaperLocal, Language: "de", Entry: &entry},
		{Kind: session.PaperPatronato, Language: "it", Entry: &entry},
		{Kind: session.PaperPersonal, Language: "it", Certificate: &paper.Certificate{Service: slip, Pages: 2}},
		{Kind: session.PaperGoodbye, Language: "sl", Today: &session.Today{Entries: []outbox.Entry{entry}}, Large: true},
		{Kind: session.PaperReadiness, Language: "it"},
		{Kind: session.PaperDay, Language: "it"},
		{Kind: session.PaperFinal, Language: "it", Entry: &entry}, // not filed: printed, and not taken for delivered
	}
	for _, o := range orders {
		if result, _ := p.Print(t.Context(), o, func(session.Progress) {}); result.Outcome != printer.Printed {
			t.Errorf("%s: %+v", o.Kind, result)
		}
	}
	if n := len(r.paper.Receipts()); n != len(orders) {
		t.Errorf("%d receipts of %d came out", n, len(orders))
	}
	if n := r.events() - before; n != len(orders) {
		t.Errorf("%d audit lines for %d receipts", n, len(orders))
	}
	jobs, err := p.journal.List(t.Context())
	if err != nil || len(jobs) != len(orders) {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	for _, j := range jobs {
		if j.State != paper.JobPrinted || j.Attempt != 1 || len(j.Process) != 4 || j.Confirmed != "process-id" || (j.Digest == "") != (j.Kind == "personal") {
			t.Errorf("job %+v", j)
		}
	}
	if kinds := fmt.Sprint(jobs); strings.Contains(kinds, "statement") || strings.Contains(kinds, slip.ID) {
		t.Errorf("the journal names the service: %s", kinds)
	}
	if e := r.outbox.List()[0]; e.Delivered {
		t.Error("a submission that was never filed is taken for delivered")
	}
}

func TestTheRecordNamesWhoPrintedAtTheBoardAndNoService(t *testing.T) {
	r, p := atThePress(t)
	slip, _ := r.shelf.Catalog().Service("cedolino-pensione")
	entry := &outbox.Entry{ID: "6f1c2f0e-7a43-4a8e-9d3c-0123456789ab", Claim: "PUE-0421-7K3F-9M2X-4QPAT"}
	for _, o := range []session.Order{
		{Kind: session.PaperPatronato, Language: "it", Entry: entry, Officer: "op-1"},
		{Kind: session.PaperPersonal, Language: "it", Statement: &upstream.Statement{}},
		{Kind: session.PaperPersonal, Language: "it", Service: slip, Answer: &upstream.Answer{}},
		{Kind: session.PaperInfo, Language: "it", Service: slip},
	} {
		if result, _ := p.Print(t.Context(), o, func(session.Progress) {}); result.Outcome != printer.Printed {
			t.Fatalf("%s: %+v", o.Kind, result)
		}
	}
	r.events() // all of it on disk, and whole
	disk, err := os.ReadFile(filepath.Join(r.o.Config.Data.Directory, "pue.db"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(disk, []byte(`"officer":"op-1","code":"patronato"`)) {
		t.Error("nothing says which officer printed the sheet")
	}
	if bytes.Contains(disk, []byte("statement")) || bytes.Contains(disk, []byte(slip.ID)) || !bytes.Contains(disk, []byte(`"code":"personal"`)) {
		t.Error("the disk says which service was printed")
	}
}

func TestWhatCannotBeJournalledIsNotPrinted(t *testing.T) {
	r, p := atThePress(t)
	r.store.Close()
	if result, _ := p.Print(t.Context(), session.Order{Kind: session.PaperNotice, Language: "it"}, func(session.Progress) {}); result.Outcome != printer.NotPrinted {
		t.Errorf("%+v", result)
	}
	if n := len(r.paper.Receipts()); n != 0 {
		t.Errorf("%d receipts came out", n)
	}
}

func TestAnOrderThatIsGivenUpLeavesNoLineInTheRecord(t *testing.T) {
	r, p := atThePress(t)
	r.paper.SetPaper(false)
	before := r.events()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if result, _ := p.Print(ctx, session.Order{Kind: session.PaperNotice, Language: "it"}, func(session.Progress) {}); result.Outcome == printer.Printed {
		t.Errorf("%+v", result)
	}
	if n := r.events() - before; n != 0 {
		t.Errorf("%d audit lines about paper that nobody has", n)
	}
}

func TestTheReceiptOnTheScreenCanBeHeard(t *testing.T) {
	_, p := atThePress(t)
	entry := outbox.Entry{Claim: "PUE-0421-7K3F-9M2X-4QPAT", State: outbox.Waiting, CapturedAt: time.Now()}
	for language, want := range map[string]string{"it": "NON è la ricevuta INPS", "de": "7 K 3 F, 9 M 2 X"} {
		said := p.said(session.Order{Kind: session.PaperLocal, Language: language, Entry: &entry, Large: true}, time.Now())
		if !strings.Contains(said, want) {
			t.Errorf("in %q it says %q", language, said)
		}
		if language == "de" && strings.Contains(said, "ricevuta") {
			t.Errorf("two languages are mixed: %q", said)
		}
	}
}
