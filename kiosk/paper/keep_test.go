package paper

import (
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/printer"
)

const ofWhatIsHere, ofWhatIsGone = "PUE-0421-7K3F-9M2X-4QPAT", "PUE-0421-4QPA-7K3F-9M2XT"

// forget has the journal forget while the terminal has one submission.
func (d *desk) forget() {
	d.t.Helper()
	if err := d.Forget(d.t.Context(), func(claim string) bool { return claim == ofWhatIsHere }); err != nil {
		d.t.Fatal(err)
	}
}

func TestTheJournalForgetsAfterTheRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.print("local", ofWhatIsGone, printer.Printed)
		d.print("personal", "", printer.Uncertain)
		time.Sleep(keepJobs / 2)
		d.print("local", ofWhatIsGone, printer.Printed)
		d.forget()
		if jobs := d.list(); len(jobs) != 3 {
			t.Errorf("before its time only this was left: %+v", jobs)
		}
		time.Sleep(keepJobs/2 + time.Hour)
		d.forget()
		if jobs := d.list(); len(jobs) != 1 || jobs[0].ID != 3 {
			t.Errorf("left: %+v, want the last alone", jobs)
		}
		d.st.Close()
	})
}

func TestTheSecondPaperOfASubmissionIsMarkedHoweverLateItIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.print("local", ofWhatIsHere, printer.Printed)
		time.Sleep(2 * keepJobs)
		d.reopen()
		d.forget()
		if job := d.begin("local", ofWhatIsHere); job.Copy != 1 {
			t.Errorf("the second paper is copy %d", job.Copy)
		}
		d.st.Close()
	})
}

func TestWhatWasBeingPrintedIsNotForgottenHoweverLongTheTerminalWasOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.begin("local", ofWhatIsGone)
		time.Sleep(2 * keepJobs)
		d.forget()
		d.reopen()
		d.forget()
		if len(d.Interrupted()) == 0 {
			t.Error("the printer may hold the rest of a receipt, and nobody says so")
		}
		if jobs := d.list(); len(jobs) != 1 || jobs[0].State != JobUncertain {
			t.Errorf("left: %+v", jobs)
		}
		d.st.Close()
	})
}
