package outbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// openAttachments makes the place for documents, and clears it of those that a
// crash has cut off from their form: nobody can send them any more.
func (b *Outbox) openAttachments() error {
	dir := b.o.Attachments
	if dir == "" {
		return nil
	}
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		return syncDir(filepath.Dir(dir))
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"+partSuffix))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes the documents that nothing refers to: those that waited too long
// for their submission, and those that a crash left behind. It waits until all
// submissions are known, and until somebody has looked at what a recovery of the
// store may have lost.
func (b *Outbox) sweep(ctx context.Context) {
	if b.o.Attachments == "" {
		return
	}
	b.expireParts(time.Now())
	if _, recovered := b.st.Recovery(); recovered || !b.loaded() {
		return
	}
	dirs, err := os.ReadDir(b.o.Attachments)
	if err != nil {
		b.tidied(err)
		return
	}
	for _, d := range dirs {
		if d.IsDir() && ctx.Err() == nil {
			b.sweepSubmission(ctx, d.Name())
		}
	}
}

func (b *Outbox) expireParts(now time.Time) {
	b.parts.Lock()
	defer b.parts.Unlock()
	for id, p := range b.parts.byID {
		if now.Sub(p.since) > partLife {
			delete(b.parts.byID, id)
			b.tidied(os.Remove(p.path))
		}
	}
}

// sweepSubmission removes what lies under the name of a submission and is not
// its own, or no longer.
func (b *Outbox) sweepSubmission(ctx context.Context, id string) {
	seq, keep := b.hasBody(id)
	if !keep {
		b.tidied(os.RemoveAll(b.attachmentDir(id)))
		return
	}
	if seq == 0 {
		return
	}
	own, err := b.enclosed(ctx, seq)
	if err != nil { // damaged: its documents may yet be of use to somebody
		return
	}
	files, err := os.ReadDir(b.attachmentDir(id))
	b.tidied(err)
	for _, f := range files {
		if !slices.Contains(own, strings.TrimSuffix(f.Name(), sealedSuffix)) {
			b.tidied(os.Remove(filepath.Join(b.attachmentDir(id), f.Name())))
		}
	}
}

// hasBody reports whether the documents of a submission are still needed; seq is
// 0 while it is being stored.
func (b *Outbox) hasBody(id string) (seq uint64, keep bool) {
	key, err := parseID(id)
	if err != nil {
		return 0, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, busy := b.putting[id]; busy {
		return 0, true
	}
	it := b.index.get(b.index.byID[key])
	if it == nil || !states[it.state].open() {
		return 0, false
	}
	return it.seq, true
}

// enclosed lists the documents that the submission's docket names.
func (b *Outbox) enclosed(ctx context.Context, seq uint64) (ids []string, err error) {
	err = b.st.View(ctx, func(tx *bolt.Tx) error {
		d, _, err := readSlip(tx, seq)
		for _, a := range d.attachments {
			ids = append(ids, a.ID)
		}
		return err
	})
	return ids, err
}

// dropAttachments removes the documents of a submission whose body is gone.
func (b *Outbox) dropAttachments(id string) {
	if b.o.Attachments != "" {
		b.tidied(os.RemoveAll(b.attachmentDir(id)))
	}
}

// tidied tells of a file that could not be removed. Nothing depends on it, and
// the next sweep tries again.
func (b *Outbox) tidied(err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.log.Warn("a document was not removed", "err", err)
	}
}
