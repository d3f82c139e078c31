package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheRecordTellsHowEachSubmissionEnded(t *testing.T) {
	_, a := openAt(t, place(t))
	id := func(n string) string { return "0192f0c1-7a3e-7c55-9d1b-3f2a6b8c4d5" + n }
	for _, e := range []Event{
		{Name: SubmissionStored, Submission: id("1")},
		{Name: SubmissionWithdrawn, Submission: id("2")},
		{Name: SubmissionClosed, Submission: id("3"), Officer: "mb"},
		{Name: SubmissionFiled, Submission: id("4")},
		{Name: SubmissionClosed, Submission: id("5"), Code: "technician"},
		{Name: ConfirmationImported, Submission: id("5")},
	} {
		record(t, a, e)
	}
	got, err := a.Ends(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Name{id("2"): SubmissionWithdrawn, id("3"): SubmissionClosed, id("4"): SubmissionFiled, id("5"): SubmissionFiled}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
