package store_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"pue/kiosk/store"
)

func TestANoteIsKeptOverARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store", "pue.db")
	s, err := store.Open(path, store.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Noted(t.Context(), "line"); err != nil || got != nil {
		t.Errorf("before any: %q, %v", got, err)
	}
	for _, value := range []string{"first", "second"} {
		if err := s.Note(t.Context(), "line", []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(path, store.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got, err := s.Noted(t.Context(), "line"); err != nil || string(got) != "second" {
		t.Errorf("after a restart: %q, %v", got, err)
	}
	if got, err := s.Noted(t.Context(), "another"); err != nil || got != nil {
		t.Errorf("never kept: %q, %v", got, err)
	}
}
