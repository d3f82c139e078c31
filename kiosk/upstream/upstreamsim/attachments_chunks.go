package upstreamsim

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

const (
	// chunksKept is how long chunks lie here without a submission that refers to
	// them.
	chunksKept = 24 * time.Hour
	// attachmentsMost is how many attachments a submission may have.
	attachmentsMost = 20
)

var (
	errNoChunks   = errors.New("no chunks of this attachment")
	errChunkOrder = errors.New("not the next chunk")
	errOtherChunk = errors.New("chunk is here with other bytes")
	errTooMany    = errors.New("too many attachments")
)

// place is whose attachment something is.
type place struct{ terminal, submission, attachment string }

// chunkStore keeps the attachments as they were sealed, one file each, to which
// chunks are added: <terminal>/<submission>/<attachment>. What is in a file beyond
// its last whole chunk was never answered for.
type chunkStore struct {
	received func(terminal, submission string) bool

	mu     sync.Mutex
	folder string // empty: one that is made when it is needed
	made   string // such a one, gone with close
}

func (c *chunkStore) dir(at place) string {
	return filepath.Join(cmp.Or(c.folder, c.made), hex.EncodeToString([]byte(at.terminal)), at.submission)
}

func (c *chunkStore) path(at place) string { return filepath.Join(c.dir(at), at.attachment) }

// empty: nothing was ever kept.
func (c *chunkStore) empty() bool { return c.folder == "" && c.made == "" }

// count returns how many whole chunks there are. Whoever asks means to go on.
func (c *chunkStore) count(at place, now time.Time) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.empty() {
		return 0, nil
	}
	info, err := os.Stat(c.path(at))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return wholeChunks(info.Size()), os.Chtimes(c.dir(at), now, now)
}

func wholeChunks(size int64) int64 { return max(size-headLength, 0) / sealedChunk }

// put adds chunk n.
func (c *chunkStore) put(at place, n int64, chunk []byte, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.prepare(at, now); err != nil {
		return err
	}
	f, err := os.OpenFile(c.path(at), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(add(f, n, chunk), f.Close(), os.Chtimes(c.dir(at), now, now))
}

// add writes chunk n after the ones that are there, or compares it with the one
// that is.
func add(f *os.File, n int64, chunk []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	switch has := wholeChunks(info.Size()); {
	case n > has:
		return errChunkOrder
	case n < has:
		old := make([]byte, len(chunk))
		if _, err := f.ReadAt(old, chunkStart(n)); err != nil {
			return err
		}
		if !bytes.Equal(old, chunk) {
			return errOtherChunk
		}
		return nil
	}
	if err := f.Truncate(chunkStart(n)); err != nil {
		return err
	}
	if _, err := f.WriteAt(chunk, chunkStart(n)); err != nil {
		return err
	}
	return f.Sync()
}

// prepare makes the folder for an attachment, unless its submission has as many
// as it may.
func (c *chunkStore) prepare(at place, now time.Time) (err error) {
	if c.empty() {
		if c.made, err = os.MkdirTemp("", "inps-attachments-"); err != nil {
			return err
		}
	}
	if err := c.sweep(now); err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir(at), 0o700); err != nil {
		return err
	}
	files, err := os.ReadDir(c.dir(at))
	if err != nil {
		return err
	}
	here := slices.ContainsFunc(files, func(f fs.DirEntry) bool { return f.Name() == at.attachment })
	if !here && len(files) >= attachmentsMost {
		return errTooMany
	}
	return nil
}

// open returns the sealed document for reading.
func (c *chunkStore) open(at place) (*os.File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.empty() {
		return nil, errNoChunks
	}
	f, err := os.Open(c.path(at))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoChunks
	}
	return f, err
}

// sweep forgets the chunks for which no submission has come in a day.
func (c *chunkStore) sweep(now time.Time) error {
	dirs, err := filepath.Glob(filepath.Join(cmp.Or(c.folder, c.made), "*", "*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		terminal, err := hex.DecodeString(filepath.Base(filepath.Dir(dir)))
		if err != nil || now.Sub(info.ModTime()) < chunksKept || c.received(string(terminal), filepath.Base(dir)) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

func (c *chunkStore) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == "" {
		return nil
	}
	return os.RemoveAll(c.made)
}
