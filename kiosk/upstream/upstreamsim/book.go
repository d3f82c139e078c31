package upstreamsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// book is the ledger on disk: one JSON object a line, appended and synced. A
// last line without its end was never answered for and is cut off.
type book struct{ file *os.File }

func openBook(folder string) (*book, []entry, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(filepath.Join(folder, "ledger.jsonl"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	lines, end, err := readBook(file)
	if err == nil {
		err = file.Truncate(end)
	}
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return &book{file}, lines, nil
}

// readBook returns the entries and where the last whole line ends.
func readBook(r io.Reader) (lines []entry, end int64, err error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, 0, err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	for line := range bytes.Lines(whole) {
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, 0, fmt.Errorf("reading ledger line %d: %w", len(lines)+1, err)
		}
		lines = append(lines, e)
	}
	return lines, int64(len(whole)), nil
}

func (b *book) write(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := b.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return b.file.Sync()
}
