package kiosk

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pue/devices/printer"
	"pue/devices/printer/ippsim"
	"pue/kiosk/paper"
)

// slipPDF tells of a person.
var slipPDF = []byte("%PDF-1.4\n1 0 obj <</Title (Anna Inventata)>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n")

func TestADocumentOnA4IsJournalledAndRecordedWithoutAWordOfIt(t *testing.T) {
	sim := &ippsim.Printer{Pace: -1}
	server := httptest.NewServer(sim)
	defer server.Close()
	c := provision(t, nowhere)
	c.Documents.Printer = strings.Replace(server.URL, "http", "ipp", 1) + "/ipp/print"
	r := newRig(t, c)
	before := r.events()
	if result, _ := r.sheets.PrintPDF(t.Context(), slipPDF, ""); result.Outcome != printer.Delivered || len(sim.Printed()) != 1 {
		t.Fatalf("the result is %+v", result)
	}
	if n := r.events() - before; n != 1 {
		t.Errorf("%d lines in the record; want 1", n)
	}
	sim.Break(true)
	if result, _ := r.sheets.PrintPDF(t.Context(), slipPDF, ""); result.Outcome != printer.NotPrinted {
		t.Errorf("the result is %+v", result)
	}
	if n := r.events() - before; n != 1 {
		t.Errorf("what did not come out is recorded as printed")
	}
	for id, want := range map[uint64]paper.JobState{1: paper.JobPrinted, 2: paper.JobFailed} {
		if job, err := r.journal.Get(t.Context(), id); err != nil || job.State != want || job.Kind != "sheets" {
			t.Errorf("job %d is %+v, %v; want %s", id, job, err, want)
		}
	}
	files, err := filepath.Glob(filepath.Join(c.Data.Directory, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing to search: %v", err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && bytes.Contains(text, []byte("Inventata")) {
			t.Errorf("%s tells of the document", f)
		}
	}
	if strings.Contains(r.log.String(), "Inventata") {
		t.Error("the log tells of the document")
	}
}

func TestADocumentThatMayBeOutIsRecordedAsUncertain(t *testing.T) {
	sim := &ippsim.Printer{Pace: time.Hour}
	server := httptest.NewServer(sim)
	defer server.Close()
	c := provision(t, nowhere)
	c.Documents.Printer = strings.Replace(server.URL, "http", "ipp", 1) + "/ipp/print"
	r := newRig(t, c)
	before := r.events()
	ctx, giveUp := context.WithCancel(t.Context())
	result := make(chan printer.Result, 1)
	go func() {
		ended, _ := r.sheets.PrintPDF(ctx, slipPDF, "")
		result <- ended
	}()
	for sim.Waiting() == 0 {
		runtime.Gosched()
	}
	if job, err := r.journal.Get(t.Context(), 1); err != nil || job.State != paper.JobSending && job.State != paper.JobSent {
		t.Errorf("on its way the job is %+v, %v", job, err)
	}
	server.CloseClientConnections()
	server.Listener.Close() // the cable is pulled: it cannot be taken back
	giveUp()
	if got := <-result; got.Outcome != printer.Uncertain {
		t.Errorf("the result is %+v", got)
	}
	if job, err := r.journal.Get(t.Context(), 1); err != nil || job.State != paper.JobUncertain {
		t.Errorf("the job is %+v, %v", job, err)
	}
	if n := r.events() - before; n != 1 {
		t.Errorf("%d lines in the record; want 1", n)
	}
}

func TestATerminalWithoutAnA4PrinterHasNone(t *testing.T) {
	r := newRig(t, provision(t, nowhere))
	if r.printsSheets() != nil {
		t.Error("the session is given one")
	}
}
