package upstreamsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"
)

// The form of a sealed document, bytes.
const (
	documentSchema  = "pue-attachment/1"
	documentLargest = 10 << 20
	headLength      = 16 + 8 + encLength // schema, key id, encapsulated key
	plainChunk      = 64 << 10
	sealedChunk     = plainChunk + tagLength
	chunksMost      = documentLargest / plainChunk
)

// chunkEnd is where chunk n of a sealed document ends; the first one has the
// header before it.
func chunkEnd(n int64) int64 { return headLength + (n+1)*sealedChunk }

func chunkStart(n int64) int64 {
	if n == 0 {
		return 0
	}
	return chunkEnd(n - 1)
}

var (
	errHead     = errors.New("attachment does not begin with a header")
	errCutShort = errors.New("attachment is cut short")
)

// documentHead is the header of a sealed document.
type documentHead struct {
	keyID string
	enc   []byte
}

// readHead takes the header apart.
func readHead(head []byte) (documentHead, error) {
	if len(head) != headLength || string(head[:16]) != documentSchema {
		return documentHead{}, errHead
	}
	return documentHead{hex.EncodeToString(head[16:24]), bytes.Clone(head[24:])}, nil
}

// openAttachment reads a sealed document to its end and checks that it is the
// one that the record names, and nothing else.
func (s *Server) openAttachment(sealed io.Reader, terminal string, a Attachment, now time.Time) error {
	raw := make([]byte, headLength)
	if _, err := io.ReadFull(sealed, raw); err != nil {
		return errCutShort
	}
	head, err := readHead(raw)
	if err != nil {
		return err
	}
	o, known := s.keys.sealing[head.keyID]
	if !known || !now.Before(o.gone) {
		return errors.New("attachment sealed to a key that is not there, or no longer")
	}
	info := strings.Join([]string{documentSchema, a.ID, terminal}, "\x00")
	c, err := newContext(o.key, []byte(info), head.enc)
	if err != nil {
		return errors.New("seal of an attachment does not open")
	}
	return c.openDocument(sealed, a)
}

func (c *sealContext) openDocument(sealed io.Reader, a Attachment) error {
	sum := sha256.New()
	chunk := make([]byte, sealedChunk)
	for index, left := uint32(0), a.Size; left > 0; index++ {
		if _, err := io.ReadFull(sealed, chunk); err != nil {
			return errCutShort
		}
		aad := binary.BigEndian.AppendUint32(nil, index)
		if aad = append(aad, 0); left <= plainChunk {
			aad[4] = 1
		}
		plain, err := c.open(aad, chunk)
		if err != nil {
			return errors.New("seal of a chunk does not open")
		}
		n := min(left, plainChunk)
		if len(bytes.TrimLeft(plain[n:], "\x00")) > 0 {
			return errors.New("attachment is longer than the record says")
		}
		sum.Write(plain[:n])
		left -= n
	}
	if n, err := io.ReadFull(sealed, chunk[:1]); n > 0 || !errors.Is(err, io.EOF) {
		return errors.New("attachment is longer than the record says")
	}
	if hex.EncodeToString(sum.Sum(nil)) != a.SHA256 {
		return errors.New("attachment is not the one that was signed for")
	}
	return nil
}
