package paper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"pue/devices/printer"
	"pue/kiosk/store"
)

// desk is a print journal that can be closed and opened again.
type desk struct {
	t    *testing.T
	path string
	st   *store.Store
	*Journal
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, path: filepath.Join(t.TempDir(), "state", "pue.db")}
	t.Cleanup(func() { d.st.Close() })
	d.reopen()
	return d
}

func (d *desk) reopen() {
	d.t.Helper()
	if d.st != nil {
		d.st.Close()
	}
	var err error
	if d.st, err = store.Open(d.path, store.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		d.t.Fatal(err)
	}
	if d.Journal, err = OpenJournal(d.st); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) begin(kind, claim string) Job {
	d.t.Helper()
	job, err := d.Queue(d.t.Context(), Job{Kind: kind, Claim: claim})
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.Sending(d.t.Context(), job.ID, "p 01", "9f86d081884c7d65"); err != nil {
		d.t.Fatal(err)
	}
	return job
}

func (d *desk) print(kind, claim string, o printer.Outcome) Job {
	d.t.Helper()
	job := d.begin(kind, claim)
	if err := d.End(d.t.Context(), job.ID, printer.Result{Outcome: o}, printer.ByProcessID); err != nil {
		d.t.Fatal(err)
	}
	return job
}

func (d *desk) list() []Job {
	d.t.Helper()
	jobs, err := d.List(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return jobs
}

func TestAJobIsInTheJournalBeforeItsFirstByte(t *testing.T) {
	d := newDesk(t)
	want, err := d.Queue(t.Context(), Job{
		Kind: "final", Claim: "PUE-0421-7K3F-9M2X-4QPAT",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want.ID == 0 || want.State != JobQueued || want.Began.IsZero() {
		t.Errorf("queued as %+v", want)
	}
	if err := d.Sending(t.Context(), want.ID, "abcd", "9f86d081884c7d65"); err != nil {
		t.Fatal(err)
	}
	want.State, want.Attempt, want.Process, want.Digest = JobSending, 1, "abcd", "9f86d081884c7d65"
	if diff := cmp.Diff([]Job{want}, d.list()); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	if err := d.Sent(t.Context(), want.ID); err != nil {
		t.Fatal(err)
	}
	if got := d.list()[0].State; got != JobSent {
		t.Errorf("all bytes have left, and it is %s", got)
	}
}

func TestTheResultOfThePrinterIsKeptAsItIs(t *testing.T) {
	for outcome, want := range map[printer.Outcome]JobState{
		printer.Printed:    JobPrinted,
		printer.Uncertain:  JobUncertain,
		printer.NotPrinted: JobFailed,
		"nonsense":         JobUncertain,
	} {
		d := newDesk(t)
		job := d.begin("local", "PUE-0421-7K3F-9M2X-4QPAT")
		if err := d.End(t.Context(), job.ID, printer.Result{Outcome: outcome, Reason: "paper-out"}, printer.ByProcessID); err != nil {
			t.Fatal(err)
		}
		d.reopen()
		got := d.list()[0]
		if got.State != want || got.Reason != "paper-out" || got.Ended.IsZero() {
			t.Errorf("%s: got %+v, want %s", outcome, got, want)
		}
	}
}

func TestWhatWasBeingPrintedAtARestartIsUncertain(t *testing.T) {
	d := newDesk(t)
	d.print("local", "PUE-0421-7K3F-9M2X-4QPAT", printer.Printed)
	d.begin("final", "PUE-0421-7K3F-9M2X-4QPAT")
	d.reopen()
	jobs := d.list()
	if jobs[0].State != JobPrinted {
		t.Errorf("the printed one is %s", jobs[0].State)
	}
	if jobs[1].State != JobUncertain || jobs[1].Reason != "restart" {
		t.Errorf("the other is %s (%s)", jobs[1].State, jobs[1].Reason)
	}
	if len(d.Interrupted()) == 0 {
		t.Error("the printer may hold the rest of a receipt, and nobody says so")
	}
}

func TestTheRestInThePrinterIsRememberedUntilALaterPaperCameOut(t *testing.T) {
	d := newDesk(t)
	d.begin("local", "PUE-0421-7K3F-9M2X-4QPAT")
	for range 2 { // stopped again before anything else was printed
		d.reopen()
		if !d.Leftovers() {
			t.Fatal("the printer may still hold the rest of a receipt, and nobody says so")
		}
	}
	d.print("local", "PUE-0421-9M2X-7K3F-4QPAT", printer.NotPrinted)
	d.reopen()
	if !d.Leftovers() {
		t.Error("a paper that did not reach the printer has cut off what it holds")
	}
	d.print("local", "PUE-0421-4QPA-7K3F-9M2XT", printer.Printed)
	d.reopen()
	if d.Leftovers() {
		t.Error("a paper came out, and the printer is still taken for one that holds the rest of another")
	}
}

func TestWhatTheOfficePrinterMayHoldIsNoRestInTheReceiptPrinter(t *testing.T) {
	d := newDesk(t)
	receipt := d.print("local", "PUE-0421-7K3F-9M2X-4QPAT", printer.Printed)
	job, err := d.Queue(t.Context(), Job{Kind: "sheets", Sheets: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Sending(t.Context(), job.ID, "", ""); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	if got, err := d.Get(t.Context(), job.ID); err != nil || got.State != JobUncertain || len(d.Interrupted()) != 1 {
		t.Errorf("the document that was on its way is %+v, %v", got, err)
	}
	if d.Leftovers() {
		t.Error("the receipt printer is taken for one that holds the rest of a document")
	}
	if got, err := d.Retracted(t.Context(), 0); err != nil || got.ID != receipt.ID {
		t.Errorf("the receipt printer drew back %+v, %v", got, err)
	}
}

func TestAJobOfWhichNoByteHadLeftAtARestartHasFailed(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Queue(t.Context(), Job{Kind: "local", Claim: "PUE-0421-7K3F-9M2X-4QPAT"}); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	if got := d.list()[0]; got.State != JobFailed || got.Reason != "restart" || len(d.Interrupted()) > 0 {
		t.Errorf("got %+v", got)
	}
	if job := d.begin("local", "PUE-0421-7K3F-9M2X-4QPAT"); job.Copy != 0 {
		t.Errorf("the first paper is RISTAMPA %d", job.Copy)
	}
}

func TestAJobThatHasEndedCannotEndAnew(t *testing.T) {
	d := newDesk(t)
	job := d.print("local", "PUE-0421-7K3F-9M2X-4QPAT", printer.Printed)
	for what, err := range map[string]error{
		"ended":     d.End(t.Context(), job.ID, printer.Result{Outcome: printer.Uncertain}, printer.ByProcessID),
		"sent":      d.Sent(t.Context(), job.ID),
		"begun":     d.Sending(t.Context(), job.ID, "abcd", "9f86d081884c7d65"),
		"dismissed": second(d.Dismiss(t.Context(), job.ID, "op-1")),
	} {
		if !errors.Is(err, ErrSettled) {
			t.Errorf("%s: got %v, want ErrSettled", what, err)
		}
	}
	if got := d.list()[0].State; got != JobPrinted {
		t.Errorf("it is %s", got)
	}
}

func second[A any](_ A, err error) error { return err }

func TestAPersonSettlesWhatIsUncertain(t *testing.T) {
	d := newDesk(t)
	job := d.print("local", "PUE-0421-7K3F-9M2X-4QPAT", printer.Uncertain)
	if _, err := d.Dismiss(t.Context(), job.ID, "op-1"); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	if got := d.list()[0]; got.State != JobDismissed || got.By != "op-1" {
		t.Errorf("got %+v", got)
	}
	if now, err := d.Standing(t.Context(), time.Time{}); err != nil || len(now.Open) != 0 {
		t.Errorf("still asked for: %+v, %v", now.Open, err)
	}
	if again := d.begin("local", "PUE-0421-7K3F-9M2X-4QPAT"); again.Copy != 1 {
		t.Errorf("the paper came out, and the next is copy %d", again.Copy)
	}
}

func TestAMarkedCopySettlesWhatIsUncertain(t *testing.T) {
	const mine = "PUE-0421-7K3F-9M2X-4QPAT"
	for _, tt := range []struct {
		name    string
		claim   string
		floor   int // of the copy number, as the session counts
		outcome printer.Outcome
		want    JobState
	}{
		{"printed", mine, 0, printer.Printed, JobReprinted},
		{"uncertain too", mine, 0, printer.Uncertain, JobReprinted},
		{"nothing came out", mine, 0, printer.NotPrinted, JobUncertain},
		{"without a code", "", 1, printer.Printed, JobReprinted},
		{"another paper without a code", "", 0, printer.Printed, JobUncertain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.print("local", tt.claim, printer.Uncertain)
			again, err := d.Queue(t.Context(), Job{Kind: "local", Claim: tt.claim, Copy: tt.floor})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.End(t.Context(), again.ID, printer.Result{Outcome: tt.outcome}, printer.ByProcessID); err != nil {
				t.Fatal(err)
			}
			first := d.list()[0]
			if first.State != tt.want {
				t.Errorf("the first is %s, want %s", first.State, tt.want)
			}
			if settled := first.State == JobReprinted; settled && first.Reprint != again.Copy {
				t.Errorf("copy %d took its place, noted is %d", again.Copy, first.Reprint)
			}
		})
	}
}

func TestWordsOfAnEarlierProgramStillDecode(t *testing.T) {
	d := newDesk(t)
	err := d.st.Update(t.Context(), func(tx *bolt.Tx) error {
		for _, state := range []string{"sending", "printed", "uncertain", "failed"} {
			id, err := jobTable.NextSequence(tx)
			if err != nil {
				return err
			}
			record := fmt.Sprintf(`{"id":%d,"kind":"local","claim":"PUE-0421-7K3F-9M2X-4QPAT","copy":%d,"state":%q,"began":%q}`, id, id, state, time.Now().UTC().Format(time.RFC3339Nano))
			if err := jobTable.Put(tx, store.Key(id), []byte(record)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.reopen()
	var got []JobState
	for _, job := range d.list() {
		got = append(got, job.State)
	}
	want := []JobState{JobUncertain, JobPrinted, JobUncertain, JobFailed}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The program before this one knew these words alone; what it reads of a newer
// journal must keep it from printing an original twice.
func TestAnEarlierProgramReadsWhatThisOneWrites(t *testing.T) {
	type earlierJob struct {
		ID       uint64    `json:"id"`
		Kind     string    `json:"kind"`
		Claim    string    `json:"claim,omitempty"`
		Protocol string    `json:"protocol,omitempty"`
		Copy     int       `json:"copy"`
		State    string    `json:"state"`
		Reason   string    `json:"reason,omitempty"`
		Began    time.Time `json:"began"`
		Ended    time.Time `json:"ended,omitzero"`
	}
	d := newDesk(t)
	printed := d.print("local", "PUE-0421-7K3F-9M2X-4QPAT", printer.Printed)
	doubtful := d.print("final", "PUE-0421-7K3F-9M2X-4QPAT", printer.Uncertain)
	if _, err := d.Dismiss(t.Context(), doubtful.ID, "op-1"); err != nil {
		t.Fatal(err)
	}
	d.begin("notice", "")
	var got []earlierJob
	err := d.st.View(t.Context(), func(tx *bolt.Tx) error {
		for r := range jobTable.All(tx) {
			var job earlierJob
			if err := errors.Join(r.Err, json.Unmarshal(r.Value, &job)); err != nil {
				return err
			}
			got = append(got, job)
		}
		return nil
	})
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].ID != printed.ID || got[0].State != "printed" || got[1].State == "failed" || got[2].State != "sending" {
		t.Errorf("%+v", got)
	}
}

func TestNumbersOfThePrinterDoNotComeAgainAfterARestart(t *testing.T) {
	d := newDesk(t)
	from := d.NumberFrom()
	used := uint32(0) // as many as the printer may have counted in this run
	for range 5 {
		d.print("local", "PUE-0421-7K3F-9M2X-4QPAT", printer.Printed)
		used += 2 // with the picture that it is given to keep
	}
	d.reopen()
	if got := d.NumberFrom(); got < from+used || got-from > 10_000 {
		t.Errorf("the next run counts from %d, this one did up to %d", got, from+used)
	}
	if other := newDesk(t); other.NumberFrom() == from {
		t.Error("two terminals count from the same number")
	}
}

func TestAPictureIsKnownToBeInThePrinterAfterARestart(t *testing.T) {
	d := newDesk(t)
	stored := func(hash string) bool {
		t.Helper()
		ok, err := d.Stored(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if stored("") || stored("aa11") {
		t.Error("a picture that was never stored")
	}
	if err := d.NoteStored(t.Context(), "aa11"); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	if !stored("aa11") || stored("bb22") {
		t.Error("the picture in the printer is not the one that was noted")
	}
}

func TestCopiesAreCountedByKindAndClaim(t *testing.T) {
	d := newDesk(t)
	const mine, other = "PUE-0421-7K3F-9M2X-4QPAT", "PUE-0421-AAAA-AAAA"
	for i, c := range []struct {
		kind, claim string
		outcome     printer.Outcome
		copy        int
	}{
		{"local", mine, printer.NotPrinted, 0}, // no paper came out: the next is still the original
		{"local", mine, printer.Printed, 0},
		{"local", mine, printer.Uncertain, 1}, // paper may have come out
		{"local", other, printer.Printed, 0},
		{"final", mine, printer.Printed, 0},
		{"local", mine, printer.Printed, 2},
		{"statement", "", printer.Printed, 0},
		{"statement", "", printer.Printed, 0},
	} {
		if i%2 == 1 {
			d.reopen()
		}
		if job := d.print(c.kind, c.claim, c.outcome); job.Copy != c.copy {
			t.Errorf("job %d, %s of %q, is copy %d, want %d", i, c.kind, c.claim, job.Copy, c.copy)
		}
	}
}

func TestTwoBegunAtOnceAreNotBothTheOriginal(t *testing.T) {
	d := newDesk(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { d.Queue(t.Context(), Job{Kind: "local", Claim: "PUE-0421-7K3F-9M2X-4QPAT"}) })
	}
	all.Wait()
	seen := map[int]bool{}
	for _, job := range d.list() {
		seen[job.Copy] = true
	}
	if len(seen) != 8 {
		t.Errorf("copies %v, want eight different ones", seen)
	}
}

func TestAnUnknownJobCannotEnd(t *testing.T) {
	d := newDesk(t)
	if err := d.End(t.Context(), 7, printer.Result{Outcome: printer.Printed}, printer.ByProcessID); !errors.Is(err, ErrNoJob) {
		t.Errorf("got %v, want ErrNoJob", err)
	}
}

func TestADamagedJobIsAnErrorAndNotAnEmptyJournal(t *testing.T) {
	d := newDesk(t)
	job := d.begin("local", "PUE-0421-7K3F-9M2X-4QPAT")
	err := d.st.Update(t.Context(), func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(jobTable))
		value := bytes.Clone(b.Get(store.Key(job.ID)))
		value[len(value)/2] ^= 1
		return b.Put(store.Key(job.ID), value)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(d.st); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}
