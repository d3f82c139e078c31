package upstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"pue/kiosk/outbox"
)

const (
	pdfType = "application/pdf"
	// documentMost is the largest document that is fetched, bytes: a hundred
	// scanned pages. It is held in memory until its digest is known to be right.
	documentMost = 8 << 20
	pagesMost    = 500
	// pieceMost is asked for at once, bytes: a quarter of a minute on a line of
	// 128 kbit/s, within the time a request may take.
	pieceMost = 256 << 10
	// barrenMost is how many tries in a row may bring nothing before the line is
	// given up.
	barrenMost = 3
)

// Document is a PDF that belongs to an answer. INPS signed its size and digest
// with the answer.
type Document struct {
	ID     string
	Size   int64
	SHA256 [sha256.Size]byte
	Pages  int
}

// wrong says which rule the document breaks, or nothing.
func (d Document) wrong() string {
	switch {
	case !opaqueForm.MatchString(d.ID):
		return "id"
	case d.Size < 1 || d.Size > documentMost:
		return "size"
	case d.Pages < 1 || d.Pages > pagesMost:
		return "pages"
	}
	return ""
}

// Document fetches the document of an answer, piece by piece, and goes on where
// a broken line stopped it. w gets nothing before all of it is there and is what
// INPS said.
func (c *Client) Document(ctx context.Context, t Token, d Document, w io.Writer) error {
	if what := d.wrong(); what != "" {
		return fmt.Errorf("fetching a document: %w: %s", ErrContract, what)
	}
	whole, err := c.pieces(ctx, t, d)
	defer clear(whole)
	if err != nil {
		return fmt.Errorf("fetching a document: %w", err)
	}
	if sha256.Sum256(whole) != d.SHA256 || !bytes.HasPrefix(whole, []byte("%PDF-")) {
		return fmt.Errorf("fetching a document: %w: another document", ErrContract)
	}
	if _, err := w.Write(whole); err != nil {
		return fmt.Errorf("writing a document: %w", err)
	}
	return nil
}

func (c *Client) pieces(ctx context.Context, t Token, d Document) ([]byte, error) {
	whole := make([]byte, 0, d.Size)
	for barren := 0; int64(len(whole)) < d.Size; {
		piece, err := c.piece(ctx, t, d, int64(len(whole)))
		whole = append(whole, piece...)
		clear(piece)
		switch {
		case len(piece) > 0:
			barren = 0
		case err != nil:
			barren++
		}
		if err != nil && (barren == barrenMost || !brokenLine(err) || ctx.Err() != nil) {
			return whole, err
		}
	}
	return whole, nil
}

// brokenLine reports whether asking again may bring what did not come.
func brokenLine(err error) bool {
	return errors.Is(err, outbox.ErrNoLine) || errors.Is(err, outbox.ErrUnknownOutcome)
}

// piece asks for the document from the byte on. With the error of a line that
// broke comes what had arrived; that it belongs there is for the digest to say.
func (c *Client) piece(ctx context.Context, t Token, d Document, from int64) ([]byte, error) {
	to := min(from+pieceMost, d.Size) - 1
	h := http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", from, to)}}
	a, err := c.do(ctx, call{
		name: "document", method: http.MethodGet, path: "/documents/" + d.ID, accept: pdfType,
		limit: max(to-from+1, problemMost), header: h, pieces: true, citizen: t,
	})
	switch {
	case a.status == 0:
		return nil, err
	case a.status != http.StatusPartialContent:
		if err != nil {
			return nil, err
		}
		return nil, noPiece(a)
	case a.media != pdfType || !strings.HasPrefix(a.header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)) ||
		!strings.HasSuffix(a.header.Get("Content-Range"), fmt.Sprintf("/%d", d.Size)) || int64(len(a.body)) > to-from+1:
		return nil, fmt.Errorf("%w: another piece than was asked for", ErrContract)
	case err == nil && len(a.body) == 0:
		return nil, fmt.Errorf("%w: an empty piece", ErrContract)
	}
	return a.body, err
}

// problemMost is the longest problem that is read, bytes.
const problemMost = 16 << 10

func noPiece(a answer) error {
	if a.status == http.StatusOK {
		return fmt.Errorf("%w: a whole where a piece was asked for", ErrContract)
	}
	return readingTrouble(a)
}
