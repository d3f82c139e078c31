package outbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"pue/kiosk/store"
)

// ErrMore: a part of the attachments has reached INPS, and the rest is to follow
// when others have passed.
var ErrMore = errors.New("more of the attachments is to follow")

// AttachmentSender is a [Sender] that can also take attachments to INPS.
type AttachmentSender interface {
	Sender
	// SendAttachments takes to INPS what it lacks of the parcel's attachments. Until
	// Send, INPS has no submission, whatever becomes of this: there is no outcome to
	// ask about, no attempt has begun, and the citizen can still take it all back.
	//
	// Nil means that INPS has all of them, [ErrMore] that it stopped to let others
	// pass. [ErrNoLine] is a line that gave out after it brought something, or
	// before a byte left; [ErrUnknownOutcome] one on which bytes left and nothing
	// arrived, or an answer without sense. The others are those of Send.
	SendAttachments(ctx context.Context, p Parcel) error
}

// errNoAttachmentSender: by this way only what has no attachments can be sent.
var errNoAttachmentSender = errors.New("sender does not take attachments")

// bring takes the attachments of p to INPS, a few chunks at a time, so that a
// large document on a thin line does not keep INPS from those with small
// submissions. It reports whether INPS has them all now; its error is the store's.
func (b *Outbox) bring(ctx context.Context, s Sender, r record, p Parcel) (all bool, err error) {
	switch err := b.sendAttachments(ctx, s, p); {
	case err == nil:
		return true, nil
	case errors.Is(err, ErrMore):
		b.pass(r.Seq)
		return false, nil
	default:
		return false, b.settle(ctx, attempt{record: r, parcel: p, err: err, bringing: true})
	}
}

func (b *Outbox) sendAttachments(ctx context.Context, s Sender, p Parcel) error {
	if len(p.Attachments) == 0 {
		return nil
	}
	for _, a := range p.Attachments {
		if err := a.check(nil); err != nil {
			return err
		}
	}
	carrier, ok := s.(AttachmentSender)
	if !ok {
		return errNoAttachmentSender
	}
	return carrier.SendAttachments(ctx, p)
}

// check compares the sealed document with what was stored of it; also, if not
// nil, sees all of it. What cannot be read, or is other than it was, is
// [store.ErrDamaged].
func (a Attachment) check(also hash.Hash) error {
	f, err := a.Open()
	if err != nil {
		return fmt.Errorf("attachment: %w: %w", store.ErrDamaged, err)
	}
	defer f.Close()
	return a.checkFile(f, also)
}

func (a Attachment) checkFile(r io.Reader, also hash.Hash) error {
	sum := sha256.New()
	w := io.Writer(sum)
	if also != nil {
		w = io.MultiWriter(sum, also)
	}
	n, err := io.Copy(w, io.LimitReader(r, a.Sealed+1))
	if err == nil && (n != a.Sealed || [32]byte(sum.Sum(nil)) != a.Digest) {
		err = errors.New("digest")
	}
	if err != nil {
		return fmt.Errorf("attachment: %w: %w", store.ErrDamaged, err)
	}
	return nil
}

// pass lets all others that may go now go first.
func (b *Outbox) pass(seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.wayOf(seq)
	w.Works(time.Now())
	w.Pass(seq)
}
