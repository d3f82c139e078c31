package outbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"pue/kiosk/store"
)

// A sealed document is too large for a record, so it lies in a file of its own.
// It begins as <name>.part while the citizen is still at the form; Put gives it a
// second name, <submission>/<attachment>.sealed, before it stores the submission
// that refers to it, and takes the first one away after. Whatever a crash leaves
// over is therefore either referred to or swept away. The directory goes when the
// submission's body goes.

const (
	partSuffix = ".part"
	// attachmentsMost is how many documents INPS takes with one submission.
	attachmentsMost = 20
	// attachmentLargest bounds the file of one document, sealed: INPS takes 10 MiB
	// before sealing.
	attachmentLargest = 11 << 20
	// partLife is how long a document waits for the submission it is for: nobody
	// sits longer at one form.
	partLife = 4 * time.Hour
)

// ErrNoAttachment: the outbox does not hold such a document, or no longer.
var ErrNoAttachment = errors.New("no such attachment")

// Attachment is a document that goes to INPS beside a submission.
type Attachment struct {
	ID     string   // UUID
	Size   int64    // of the document in bytes; for the record, not kept here
	SHA256 [32]byte // of the document; for the record, not kept here
	Sealed int64    // length of the sealed document in bytes
	Digest [32]byte // SHA-256 of the sealed document

	path string
}

// Open opens the sealed document of a parcel that the outbox has handed out.
func (a Attachment) Open() (*os.File, error) { return os.Open(a.path) }

// parts are the documents whose submission is not stored yet.
type parts struct {
	sync.Mutex
	byID map[string]part
}

type part struct {
	Attachment
	since time.Time
}

// Attach keeps what seal writes, a sealed document for a submission that is yet
// to be confirmed. It is on stable storage when Attach returns. The submission's
// Parcel then refers to it; until then it waits for a few hours, and not beyond a
// restart.
//
// When the disk has no room for it beside the next submission, the error is
// [store.ErrFull], and nothing is left of it.
func (b *Outbox) Attach(ctx context.Context, seal func(io.Writer) (Attachment, error)) (Attachment, error) {
	a, err := b.attach(ctx, seal)
	if err != nil {
		return Attachment{}, fmt.Errorf("keeping a document: %w", err)
	}
	b.log.Info("document kept", "attachment", a.ID, "bytes", a.Sealed)
	return a, nil
}

func (b *Outbox) attach(ctx context.Context, seal func(io.Writer) (Attachment, error)) (Attachment, error) {
	if b.o.Attachments == "" {
		return Attachment{}, errors.New("there is no place for documents")
	}
	if err := b.st.Room(); err != nil {
		return Attachment{}, err
	}
	f, err := os.CreateTemp(b.o.Attachments, "*"+partSuffix) // mode 0600
	if err != nil {
		return Attachment{}, roomless(err)
	}
	w := &intake{ctx: ctx, w: f, sum: sha256.New()}
	a, err := seal(w)
	if err == nil {
		_, err = parseID(a.ID)
	}
	if w.err != nil {
		err = w.err // whatever seal has made of it
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = b.st.Room() // a submission must still find its place
	}
	if err != nil {
		return Attachment{}, errors.Join(roomless(err), os.Remove(f.Name()))
	}
	a.Sealed, a.Digest, a.path = w.n, [32]byte(w.sum.Sum(nil)), f.Name()
	b.parts.Lock()
	defer b.parts.Unlock()
	b.parts.byID[a.ID] = part{a, time.Now()}
	return a, nil
}

// roomless says of a full disk what the store says of it.
func roomless(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	}
	return err
}

// intake writes, counts and digests, until ctx ends or it is too much.
type intake struct {
	ctx context.Context
	w   io.Writer
	sum hash.Hash
	n   int64
	err error // the first
}

func (c *intake) Write(p []byte) (n int, err error) {
	switch {
	case c.err != nil:
		return 0, c.err
	case c.ctx.Err() != nil:
		err = c.ctx.Err()
	case c.n+int64(len(p)) > attachmentLargest:
		err = store.ErrTooLarge
	default:
		n, err = c.w.Write(p)
	}
	c.n += int64(n)
	c.sum.Write(p[:n])
	c.err = err
	return n, err
}

// Discard throws away a document whose submission was not stored: the citizen
// has taken it out again, or has left.
func (b *Outbox) Discard(id string) error {
	b.parts.Lock()
	p, ok := b.parts.byID[id]
	delete(b.parts.byID, id)
	b.parts.Unlock()
	if !ok {
		return fmt.Errorf("discarding a document: %w", ErrNoAttachment)
	}
	if err := os.Remove(p.path); err != nil {
		return fmt.Errorf("discarding a document: %w", err)
	}
	return nil
}

// attachmentDir is where the documents of a submission lie.
func (b *Outbox) attachmentDir(submission string) string {
	return filepath.Join(b.o.Attachments, submission)
}

// attachmentPath is where one of them lies.
func (b *Outbox) attachmentPath(submission, id string) string {
	return filepath.Join(b.attachmentDir(submission), id+sealedSuffix)
}
