package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Folder is a directory into which a scanner writes, which knows nobody: what
// lies there before somebody waits for it may be another person's, and is removed
// unseen. The same happens to what comes when nobody waits any more.
type Folder struct {
	dir string
	log *slog.Logger

	mu     sync.Mutex
	wait   *wait         // who waits for pages; nil when nobody does
	waits  chan struct{} // of capacity 1: somebody has begun or ceased to wait
	begun  *wait         // for whom the folder was emptied
	before map[string]sight
}

// wait is one person who waits for pages.
type wait struct{ take func([]byte) }

// sight is a file as one look has found it. One that two looks find the same is
// whole: a scanner on the network closes and renames as it likes.
type sight struct {
	size     int64
	modified time.Time
}

// How often the folder is looked at. A person waits a moment longer than the
// scanner; without one there is only something to tidy.
const (
	lookWaiting = time.Second
	lookIdle    = 10 * time.Second
)

// NewFolder is a scanner's folder. Run brings it to life.
func NewFolder(dir string, log *slog.Logger) *Folder {
	return &Folder{dir: dir, log: log, waits: make(chan struct{}, 1), before: map[string]sight{}}
}

// Collect has take called with each file that appears from now until stop is
// called, whole and no larger than [MostBytes]. A file is removed before it is handed over. One
// person waits at a time: the one before waits no more.
func (f *Folder) Collect(take func([]byte)) (stop func()) {
	w := &wait{take}
	f.setWait(w)
	return func() {
		f.mu.Lock()
		mine := f.wait == w
		f.mu.Unlock()
		if mine {
			f.setWait(nil)
		}
	}
}

func (f *Folder) setWait(w *wait) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wait = w
	select {
	case f.waits <- struct{}{}:
	default:
	}
}

func (f *Folder) waiting() *wait {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.wait
}

// Run looks into the folder until ctx ends.
func (f *Folder) Run(ctx context.Context) error {
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	trouble := ""
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.waits:
		case <-alarm.C:
		}
		now := ""
		if err := f.look(); err != nil {
			now = err.Error()
			if now != trouble {
				f.log.Warn("the scanner's folder cannot be used", "device", "scanner", "err", err)
			}
		}
		trouble = now
		pause := lookIdle
		if f.waiting() != nil {
			pause = lookWaiting
		}
		alarm.Reset(pause)
	}
}

// look takes what is whole for whoever waits, or tidies.
func (f *Folder) look() error {
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return fmt.Errorf("opening the scanner's folder: %w", err)
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return fmt.Errorf("reading the scanner's folder: %w", err)
	}
	w := f.waiting()
	if w == nil || w != f.begun {
		f.begun, f.before = w, map[string]sight{}
		return f.empty(root, entries)
	}
	seen := map[string]sight{}
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist): // renamed since
		case err != nil:
			return fmt.Errorf("looking at a file of the scanner: %w", err)
		case !info.Mode().IsRegular():
		case underWay(e.Name()) || f.before[e.Name()] != (sight{info.Size(), info.ModTime()}):
			seen[e.Name()] = sight{info.Size(), info.ModTime()}
		default:
			if err := f.hand(root, e.Name(), w); err != nil {
				return fmt.Errorf("taking a file of the scanner: %w", err)
			}
		}
	}
	f.before = seen
	return nil
}

// underWay knows the names that scanners give to what is not whole yet.
func underWay(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tmp", ".part", ".filepart", ".crdownload":
		return true
	}
	return strings.HasPrefix(name, ".")
}

// empty removes all files unseen.
func (f *Folder) empty(root *os.Root, entries []fs.DirEntry) error {
	var errs []error
	removed := 0
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		switch err := root.Remove(e.Name()); {
		case err == nil:
			removed++
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, err)
		}
	}
	if removed > 0 {
		f.log.Info("files of the scanner removed unseen", "device", "scanner", "files", removed)
	}
	return errors.Join(errs...)
}

// hand gives one file to whoever waits. What is too large is handed over as its
// first part, which nobody takes for a page.
func (f *Folder) hand(root *os.Root, name string, w *wait) error {
	file, err := root.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, MostBytes+1))
	if err != nil {
		return err
	}
	if err := root.Remove(name); err != nil {
		return err // or it would be taken again and again
	}
	if f.waiting() != w {
		clear(data)
		return nil
	}
	w.take(data)
	return nil
}
