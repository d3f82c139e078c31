package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"pue/kiosk/outbox"
)

// fileINPS is an INPS whose books are a file, a line for each sending, which
// survives the terminal's death.
type fileINPS struct {
	file *os.File
	has  map[string]bool
}

func openFileINPS(path string) (*fileINPS, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	lines, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &fileINPS{file, map[string]bool{}}
	for line := range strings.Lines(string(lines)) {
		s.has[strings.TrimSpace(line)] = true
	}
	return s, nil
}

func (s *fileINPS) Send(_ context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	if !bytes.Equal(p.Sealed, body(numberOf(p.ID))) {
		return outbox.Confirmation{}, fmt.Errorf("submission %s has another body", p.ID)
	}
	// Also what is there already is written: the test counts lines.
	if _, err := s.file.WriteString(p.ID + "\n"); err != nil {
		return outbox.Confirmation{}, err
	}
	s.has[p.ID] = true
	return confirmed(p), nil
}

func (s *fileINPS) Ask(_ context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	if !s.has[p.ID] {
		return outbox.Confirmation{}, outbox.ErrNotKnown
	}
	return confirmed(p), nil
}

// readBooks returns what INPS has, and what was sent to it more than once.
func readBooks(t *testing.T, path string) (has map[string]bool, twice []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	has = map[string]bool{}
	for line := range strings.Lines(string(text)) {
		id := strings.TrimSpace(line)
		if has[id] {
			twice = append(twice, id)
		}
		has[id] = true
	}
	return has, twice
}
