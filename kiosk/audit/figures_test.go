package audit

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFiguresCountWhatWasDoneSinceAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, a := openAt(t, place(t))
		record := func(names ...Name) {
			t.Helper()
			for _, n := range names {
				if err := a.Record(t.Context(), Event{Name: n}); err != nil {
					t.Fatal(err)
				}
			}
		}
		record(LoggedIn, HelpCalled)
		time.Sleep(time.Hour)
		since := time.Now()
		record(LoggedIn, LoggedIn, ServiceOpened)
		got, err := a.Figures(t.Context(), since)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[Name]int{LoggedIn: 2, ServiceOpened: 1}, got); diff != "" {
			t.Error(diff)
		}
		st.Close()
	})
}
