package paper

import (
	"testing"
	"time"

	"pue/devices/printer"
)

func TestAnOfficerIsAskedForWhatConcernsSomebody(t *testing.T) {
	d := newDesk(t)
	receipt := d.print("local", "PUE-0421-7K3F-9M2X-4QPAT", printer.Uncertain)
	own := d.print("personal", "", printer.Uncertain)
	d.print("notice", "", printer.Uncertain)
	d.print("final", "PUE-0421-7K3F-9M2X-4QPAT", printer.Printed)
	forgotten := d.print("info", "", printer.Printed)
	if _, err := d.Retracted(t.Context(), forgotten.ID); err != nil {
		t.Fatal(err)
	}
	s, err := d.Standing(t.Context(), time.Time{})
	if err != nil || len(s.Open) != 3 || s.Open[0].ID != receipt.ID || s.Open[1].ID != own.ID || s.Open[2].ID != forgotten.ID {
		t.Errorf("%+v, %v", s.Open, err)
	}
	if s.Today.Printed != 2 || s.Today.Uncertain != 3 || s.Today.Retracted != 1 {
		t.Errorf("%+v", s.Today)
	}
}

func TestTheJournalTellsThatAPaperHasEnded(t *testing.T) {
	d := newDesk(t)
	job := d.begin("local", "PUE-0421-7K3F-9M2X-4QPAT")
	select {
	case <-d.Changed():
		t.Fatal("told before the end")
	default:
	}
	if err := d.End(t.Context(), job.ID, printer.Result{Outcome: printer.Uncertain}, printer.ByProcessID); err != nil {
		t.Fatal(err)
	}
	<-d.Changed()
	if _, err := d.Dismiss(t.Context(), job.ID, "op-1"); err != nil {
		t.Fatal(err)
	}
	<-d.Changed()
}
