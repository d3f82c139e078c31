package upstreamsim

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// Attachment is a document of a submission, as the signed record names it.
type Attachment struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"` // hex
}

// attachmentMissing is the problem of a submission that came before its
// attachments, or long after them.
const attachmentMissing = "attachment-missing"

// chunksThere says how many chunks of an attachment are here, from the first on.
func (s *Server) chunksThere(w http.ResponseWriter, r *http.Request) {
	at, ok := s.placeOf(w, r)
	if !ok {
		return
	}
	n, err := s.chunks.count(at, time.Now())
	if err != nil {
		s.log.Error("attachment not read", "id", at.attachment, "err", err)
		refuse(w, http.StatusInternalServerError, "chunks", "the attachment could not be read")
		return
	}
	reply(w, http.StatusOK, map[string]any{"id": at.attachment, "chunks": n})
}

// takeChunk receives one chunk: the next one, or one that is here already, with
// the same bytes.
func (s *Server) takeChunk(w http.ResponseWriter, r *http.Request) {
	at, ok := s.placeOf(w, r)
	if !ok {
		return
	}
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 32)
	if err != nil || n < 0 || n >= chunksMost {
		refuse(w, http.StatusNotFound, "not-known", "no document has such a chunk")
		return
	}
	chunk, ok := readChunk(w, r, n)
	if !ok {
		return
	}
	switch err := s.chunks.put(at, n, chunk, time.Now()); {
	case err == nil:
		reply(w, http.StatusOK, map[string]any{"id": at.attachment, "chunks": n + 1})
	case errors.Is(err, errChunkOrder):
		refuse(w, http.StatusConflict, "chunk-order", "an earlier chunk is missing")
	case errors.Is(err, errOtherChunk):
		refuse(w, http.StatusConflict, "other-body", "this chunk is here with other bytes")
	case errors.Is(err, errTooMany):
		refuse(w, http.StatusRequestEntityTooLarge, "too-large", "more attachments than a submission may have")
	default:
		s.log.Error("chunk not kept", "id", at.attachment, "err", err)
		refuse(w, http.StatusInternalServerError, "chunks", "the chunk could not be kept")
	}
}

// placeOf reads whose attachment the path names.
func (s *Server) placeOf(w http.ResponseWriter, r *http.Request) (place, bool) {
	at := place{terminalOf(r), r.PathValue("id"), r.PathValue("aid")}
	if !idForm.MatchString(at.submission) || !idForm.MatchString(at.attachment) {
		refuse(w, http.StatusNotFound, "not-known", "not the ids of an attachment")
		return place{}, false
	}
	return at, true
}

// readChunk reads the body and checks what can be seen from outside.
func readChunk(w http.ResponseWriter, r *http.Request, n int64) ([]byte, bool) {
	no := func(status int, key, detail string) ([]byte, bool) {
		refuse(w, status, key, detail)
		return nil, false
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/vnd.pue.sealed" {
		return no(http.StatusUnsupportedMediaType, "media-type", "a sealed chunk is expected")
	}
	chunk, err := io.ReadAll(http.MaxBytesReader(w, r.Body, chunkEnd(0)))
	if err != nil {
		return no(http.StatusRequestEntityTooLarge, "too-large", "the chunk is too large or incomplete")
	}
	if int64(len(chunk)) != chunkEnd(n)-chunkStart(n) {
		return no(http.StatusBadRequest, "envelope", "not the length of a chunk")
	}
	return chunk, true
}

// checkAttachments opens every attachment of a record and compares it with what
// the citizen signed.
func (s *Server) checkAttachments(e envelope, rec record, now time.Time) *refusal {
	for _, a := range rec.Attachments {
		sealed, err := s.chunks.open(place{e.terminal, e.id, a.ID})
		if errors.Is(err, errNoChunks) {
			return &refusal{attachmentMissing, "an attachment is not here"}
		}
		if err != nil {
			return &refusal{"seal", "an attachment cannot be read"}
		}
		err = s.openAttachment(sealed, e.terminal, a, now)
		sealed.Close()
		switch {
		case errors.Is(err, errCutShort):
			return &refusal{attachmentMissing, "an attachment is not here to its end"}
		case err != nil:
			return &refusal{"seal", err.Error()}
		}
	}
	return nil
}

func (a Attachment) check() error {
	digest, err := hex.DecodeString(a.SHA256)
	switch {
	case !idForm.MatchString(a.ID):
		return errors.New("attachment without id")
	case !answerForm.MatchString(a.Name) || !mediaForm.MatchString(a.MediaType):
		return errors.New("attachment without name or type")
	case a.Size < 1 || a.Size > documentLargest:
		return errors.New("attachment of no possible size")
	case err != nil || len(digest) != sha256.Size || hex.EncodeToString(digest) != a.SHA256:
		return errors.New("attachment without digest")
	}
	return nil
}
