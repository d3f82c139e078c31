package capture

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// scanner is a folder, what was taken from it and what was logged about it.
type scanner struct {
	*Folder
	t     *testing.T
	taken []string
	log   bytes.Buffer
}

func newScanner(t *testing.T) *scanner {
	t.Helper()
	s := &scanner{t: t}
	s.Folder = NewFolder(t.TempDir(), slog.New(slog.NewTextHandler(&s.log, nil)))
	return s
}

func (s *scanner) waits() (stop func()) {
	return s.Collect(func(data []byte) { s.taken = append(s.taken, string(data)) })
}

func (s *scanner) looks() {
	s.t.Helper()
	if err := s.look(); err != nil {
		s.t.Error(err)
	}
}

func (s *scanner) writes(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scanner) wants(taken ...string) {
	s.t.Helper()
	if strings.Join(s.taken, "|") != strings.Join(taken, "|") {
		s.t.Errorf("taken %q, want %q", s.taken, taken)
	}
}

func (s *scanner) wantsFiles(n int) {
	s.t.Helper()
	if left, err := os.ReadDir(s.dir); err != nil || len(left) != n {
		s.t.Errorf("%d files lie there, want %d (%v)", len(left), n, err)
	}
}

func TestWhatAppearsWhileSomebodyWaitsIsTakenOnce(t *testing.T) {
	s := newScanner(t)
	s.waits()
	s.looks()
	s.writes("1.jpg", "page one")
	s.writes("2.jpg", "page two")
	s.looks()
	s.wants()
	s.looks()
	s.wants("page one", "page two")
	s.wantsFiles(0)
	s.looks()
	s.wants("page one", "page two")
}

func TestWhatLiesThereBeforeOrComesAfterIsRemovedUnseen(t *testing.T) {
	s := newScanner(t)
	s.writes("anna.jpg", "of somebody before")
	stop := s.waits()
	s.looks()
	s.wantsFiles(0)
	s.writes("half.jpg", "not whole when the page was left")
	s.looks()
	stop()
	s.looks()
	s.wantsFiles(0)
	s.writes("late.jpg", "of somebody after")
	s.looks()
	s.looks()
	s.wantsFiles(0)
	s.wants()
	if log := s.log.String(); strings.Contains(log, "anna") || strings.Count(log, "removed unseen") != 3 {
		t.Errorf("logged:\n%s", log)
	}
}

func TestTheNextPersonGetsNothingOfTheOneBefore(t *testing.T) {
	s := newScanner(t)
	stop := s.waits()
	s.looks()
	s.writes("1.jpg", "of the first")
	s.looks()
	s.waits() // before anybody has looked again
	stop()    // too late, and must not send the second away
	s.looks()
	s.wants()
	s.writes("2.jpg", "of the second")
	s.looks()
	s.looks()
	s.wants("of the second")
}

func TestAHalfWrittenFileIsWaitedFor(t *testing.T) {
	s := newScanner(t)
	s.waits()
	s.looks()
	s.writes("1.jpg", "half")
	s.looks()
	s.writes("1.jpg", "half and more")
	s.looks()
	s.wants()
	s.writes("2.pdf.part", "as it comes")
	s.looks()
	s.wants("half and more")
	s.looks()
	s.looks()
	s.wants("half and more")
	if err := os.Rename(filepath.Join(s.dir, "2.pdf.part"), filepath.Join(s.dir, "2.pdf")); err != nil {
		t.Fatal(err)
	}
	s.looks()
	s.looks()
	s.wants("half and more", "as it comes")
}

func TestALinkInTheFolderLeadsNowhere(t *testing.T) {
	s := newScanner(t)
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := s.waits()
	s.looks()
	if err := os.Symlink(outside, filepath.Join(s.dir, "1.jpg")); err != nil {
		t.Fatal(err)
	}
	s.looks()
	s.looks()
	stop()
	s.looks()
	s.wants()
	s.wantsFiles(0)
	if _, err := os.Stat(outside); err != nil {
		t.Error("what the link led to is gone")
	}
}

func TestAMissingFolderIsSaidOnceAndUsedWhenItComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScanner(t)
		if err := os.Remove(s.dir); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); s.Run(ctx) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := strings.Count(s.log.String(), "cannot be used"); n != 1 {
			t.Errorf("said %d times", n)
		}
		if err := os.Mkdir(s.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		s.waits()
		time.Sleep(2 * lookWaiting)
		s.writes("1.jpg", "page one")
		time.Sleep(3 * lookWaiting)
		cancel()
		<-ended
		s.wants("page one")
	})
}
