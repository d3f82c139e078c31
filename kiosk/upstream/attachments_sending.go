package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"pue/kiosk/outbox"
)

var _ outbox.AttachmentSender = (*Client)(nil)

// chunksAtOnce is after how many chunks others may pass: 256 KiB, a quarter of a
// minute on a line of 128 kbit/s.
const chunksAtOnce = 4

// SendAttachments takes to INPS what it lacks of the parcel's attachments, and
// stops with outbox.ErrMore after some chunks. It asks first what INPS has, so
// that what was interrupted goes on where it stopped. See
// outbox.AttachmentSender for its errors.
func (c *Client) SendAttachments(ctx context.Context, p outbox.Parcel) error {
	sent := 0
	for _, a := range p.Attachments {
		if err := c.sendAttachment(ctx, p.ID, a, &sent); err != nil {
			if sent > 0 && errors.Is(err, outbox.ErrUnknownOutcome) {
				err = gotOn(err, sent)
			}
			return fmt.Errorf("sending an attachment: %w", err)
		}
	}
	return nil
}

// gotOn takes the doubt out of err: what got on may go on like this for as long as
// it likes, when the time has come that somebody asked for.
func gotOn(err error, sent int) error {
	if busy, ok := errors.AsType[*outbox.BusyError](err); ok {
		return fmt.Errorf("%w: after %d chunks", busy, sent)
	}
	return fmt.Errorf("%w: after %d chunks: %v", outbox.ErrNoLine, sent, err)
}

// sendAttachment sends the chunks that INPS lacks of a, and counts them in sent.
func (c *Client) sendAttachment(ctx context.Context, submission string, a outbox.Attachment, sent *int) error {
	path := "/applications/" + submission + "/attachments/" + a.ID
	there, err := c.chunksThere(ctx, path, a)
	if err != nil || there == chunksOf(a) {
		return err
	}
	f, err := a.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	for n := there; n < chunksOf(a); n++ {
		if *sent == chunksAtOnce {
			return outbox.ErrMore
		}
		if err := c.sendChunk(ctx, path, f, n); err != nil {
			return err
		}
		*sent++
	}
	return nil
}

// chunksOf is how many chunks the sealed document has.
func chunksOf(a outbox.Attachment) int64 {
	return (a.Sealed - int64(attachmentHeader)) / chunkSealed
}

// chunksThere asks how many chunks INPS has, counted from the first.
func (c *Client) chunksThere(ctx context.Context, path string, a outbox.Attachment) (int64, error) {
	var has struct {
		ID     string `json:"id"`
		Chunks *int64 `json:"chunks"`
	}
	answer, err := c.do(ctx, call{name: "attachment", method: http.MethodGet, path: path, limit: 4 << 10, by: fromQueue})
	if err != nil {
		return 0, outcome(err)
	}
	if answer.status != http.StatusOK {
		return 0, answer.chunkRefusal()
	}
	if err := answer.decode(&has); err != nil {
		return 0, outcome(err)
	}
	if has.ID != a.ID || has.Chunks == nil || *has.Chunks < 0 || *has.Chunks > chunksOf(a) {
		return 0, outcome(fmt.Errorf("%w: chunks of an attachment", ErrContract))
	}
	return *has.Chunks, nil
}

// sendChunk sends chunk n of the sealed document in f. The header goes with the
// first one.
func (c *Client) sendChunk(ctx context.Context, path string, f io.ReaderAt, n int64) error {
	from, length := int64(attachmentHeader)+n*chunkSealed, chunkSealed
	if n == 0 {
		from, length = 0, attachmentHeader+chunkSealed
	}
	chunk := make([]byte, length)
	if _, err := f.ReadAt(chunk, from); err != nil {
		return fmt.Errorf("reading chunk %d: %w", n, err)
	}
	a, err := c.do(ctx, call{
		name: "chunk", method: http.MethodPut, path: path + "/chunks/" + strconv.FormatInt(n, 10), limit: 4 << 10,
		contentType: sealedType, body: chunk, by: fromQueue,
	})
	if err != nil {
		return outcome(err)
	}
	if a.status != http.StatusOK {
		return a.chunkRefusal()
	}
	return nil
}

// chunkRefusal is decision for a part of an attachment. Where INPS has no such
// operation that is a trouble of those with attachments alone, and a chunk that
// does not come next is one to ask about again.
func (a answer) chunkRefusal() error {
	err := a.decision()
	switch {
	case a.status == http.StatusNotFound, a.status == http.StatusMethodNotAllowed, a.status == http.StatusGone,
		a.status == http.StatusConflict && a.problem() == "chunk-order":
		return fmt.Errorf("%w: status %d: %v", outbox.ErrUnknownOutcome, a.status, err)
	}
	return err
}
