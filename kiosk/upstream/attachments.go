package upstream

import (
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"pue/kiosk/outbox"
)

// A document is sealed apart from the record that names it, in chunks, so that
// neither side ever holds all of it. The sealed document is a header (schema, key
// id in binary, encapsulated key) and the chunks, sealed in turn with one HPKE
// context. All chunks are equally long: the last one is filled up with zeros,
// and how long the document is stands in the record.
const (
	attachmentSchema = "pue-attachment/1" // also the first word of the header
	attachmentHeader = len(attachmentSchema) + 8 + 32
	chunkPlain       = 64 << 10
	chunkSealed      = chunkPlain + 16 // and the tag of AES-GCM

	attachmentLargest = 10 << 20 // bytes of a document
	attachmentsMost   = 20       // of one record
)

var (
	// ErrTooLarge: the document has more than the 10 MiB that INPS takes.
	ErrTooLarge = errors.New("document is larger than INPS takes")
	// ErrEmpty: there is nothing in the document.
	ErrEmpty = errors.New("document is empty")
)

// Attachment is a document handed in with the answers. It travels apart, and the
// record says which it is.
type Attachment struct {
	outbox.Attachment
	Name      string // of the field of the form
	MediaType string
}

// wireAttachment is what the signed record says of a document.
type wireAttachment struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"` // hexadecimal
}

func (a Attachment) wire() wireAttachment {
	return wireAttachment{a.ID, a.Name, a.MediaType, a.Size, hex.EncodeToString(a.SHA256[:])}
}

var (
	fieldForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	mediaForm = regexp.MustCompile(`^[a-z]{1,20}/[a-z0-9.+-]{1,79}$`) // RFC 6838 §4.2, in small letters
)

// checkAttachments refuses what INPS would refuse.
func checkAttachments(list []Attachment) error {
	if len(list) > attachmentsMost {
		return fmt.Errorf("record with %d attachments", len(list))
	}
	seen := map[string]bool{}
	for i, a := range list {
		switch {
		case !uuidForm.MatchString(a.ID) || seen[a.ID]:
			return fmt.Errorf("attachment %d: id is not a UUID of its own", i+1)
		case !fieldForm.MatchString(a.Name) || !mediaForm.MatchString(a.MediaType):
			return fmt.Errorf("attachment %d: name or media type is not usable", i+1)
		case a.Size < 1 || a.Size > attachmentLargest:
			return fmt.Errorf("attachment %d: %d bytes", i+1, a.Size)
		}
		seen[a.ID] = true
	}
	return nil
}

// SealAttachment seals the document that r reads, for INPS alone, and writes it
// to w. It holds two chunks of it at a time. The seal is bound to an id of its
// own and to this terminal; the record, which the card signs, names id and digest.
//
// It reads no more than 10 MiB and one byte: that much is [ErrTooLarge]. After
// any error what w has is of no use.
func (c *Client) SealAttachment(w io.Writer, r io.Reader) (outbox.Attachment, error) {
	a, err := c.sealAttachment(w, r)
	if err != nil {
		return outbox.Attachment{}, fmt.Errorf("sealing a document: %w", err)
	}
	return a, nil
}

func (c *Client) sealAttachment(w io.Writer, r io.Reader) (a outbox.Attachment, err error) {
	key, err := c.keys.at(time.Now(), c.clockTrusted())
	if err != nil {
		return a, err
	}
	a.ID = newUUID()
	seal, err := key.beginAttachment(w, attachmentInfo(a.ID, c.terminal))
	if err != nil {
		return a, err
	}
	sum := sha256.New()
	in := io.TeeReader(io.LimitReader(r, attachmentLargest+1), sum)
	this, next := make([]byte, chunkPlain), make([]byte, chunkPlain)
	defer func() { clear(this); clear(next) }()
	n, err := fill(this, in)
	if err == nil && n == 0 {
		err = ErrEmpty
	}
	for last := false; err == nil && !last; this, next = next, this {
		if a.Size += int64(n); a.Size > attachmentLargest {
			return a, ErrTooLarge
		}
		if last = n < chunkPlain; !last {
			if n, err = fill(next, in); err != nil {
				break
			}
			last = n == 0
		}
		err = seal.write(this, last)
	}
	a.SHA256 = [32]byte(sum.Sum(nil))
	return a, err
}

// fill reads until chunk is full or r ends, and makes the rest of it zero.
func fill(chunk []byte, r io.Reader) (n int, err error) {
	n, err = io.ReadFull(r, chunk)
	clear(chunk[n:])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// attachmentSeal writes the chunks of one document.
type attachmentSeal struct {
	w      io.Writer
	sender *hpke.Sender
	index  uint32
}

// beginAttachment writes the header.
func (k sealKey) beginAttachment(w io.Writer, info []byte) (*attachmentSeal, error) {
	enc, sender, err := hpke.NewSender(k.public, hpke.HKDFSHA256(), hpke.AES128GCM(), info)
	if err != nil {
		return nil, err
	}
	header, err := hex.AppendDecode([]byte(attachmentSchema), []byte(k.id))
	if err != nil {
		return nil, err
	}
	_, err = w.Write(append(header, enc...))
	return &attachmentSeal{w: w, sender: sender}, err
}

// write seals one chunk. Its place, and whether it is the last one, are
// associated data: none can be left out, moved or added.
func (s *attachmentSeal) write(chunk []byte, last bool) error {
	aad := binary.BigEndian.AppendUint32(nil, s.index)
	if aad = append(aad, 0); last {
		aad[4] = 1
	}
	sealed, err := s.sender.Seal(aad, chunk)
	if err != nil {
		return err
	}
	s.index++
	_, err = s.w.Write(sealed)
	return err
}

// attachmentInfo is the context of a document's seal.
func attachmentInfo(id, terminal string) []byte {
	return []byte(strings.Join([]string{attachmentSchema, id, terminal}, "\x00"))
}

// newUUID is a random one (RFC 9562 §5.4).
func newUUID() string {
	var id [16]byte
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	s := hex.EncodeToString(id[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}
