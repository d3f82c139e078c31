package upstreamsim

import (
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

const sealedLargest = 8 << 20 // bytes

// submit receives a sealed submission. The same id with the same body gets the
// same answer however often it comes.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	e, ok := readEnvelope(w, r)
	if !ok {
		return
	}
	if status, no := s.take(e, time.Now()); no != nil {
		refuse(w, status, no.key, no.detail)
		return
	}
	if s.answerIsLost() {
		panic(http.ErrAbortHandler) // net/http's way to cut the connection
	}
	w.Header().Set("Location", "/applications/"+e.id)
	reply(w, http.StatusAccepted, map[string]string{"id": e.id, "state": "received"})
}

// take writes a submission into the ledger, however it came, or says why not.
func (s *Server) take(e envelope, now time.Time) (status int, no *refusal) {
	switch known, same := s.filing.has(e); {
	case known && !same:
		return http.StatusConflict, &refusal{"other-body", "this id was used for another body"}
	case known:
		return 0, nil
	}
	rec, no := s.open(e, now)
	if no == nil {
		no = s.checkAttachments(e, rec, now)
	}
	if no != nil {
		s.log.Info("submission refused", "terminal", e.terminal, "id", e.id, "reason", no.key, "detail", no.detail)
		if no.key == attachmentMissing {
			return http.StatusConflict, no
		}
		return http.StatusUnprocessableEntity, no
	}
	if err := s.filing.receive(e, rec, now); err != nil {
		s.log.Error("submission not written", "id", e.id, "err", err)
		return http.StatusInternalServerError, &refusal{"ledger", "the submission could not be kept"}
	}
	return 0, nil
}

// readEnvelope checks all that stands outside the seal.
func readEnvelope(w http.ResponseWriter, r *http.Request) (envelope, bool) {
	no := func(status int, key, detail string) (envelope, bool) {
		refuse(w, status, key, detail)
		return envelope{}, false
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/vnd.pue.sealed" {
		return no(http.StatusUnsupportedMediaType, "media-type", "a sealed submission is expected")
	}
	quoted := r.Header.Get("Idempotency-Key")
	id := strings.Trim(quoted, `"`)
	if quoted != `"`+id+`"` || !idForm.MatchString(id) {
		return no(http.StatusBadRequest, "idempotency-key", "Idempotency-Key is not a quoted UUID")
	}
	class, keyID := r.Header.Get("Pue-Class"), r.Header.Get("Pue-Key-Id")
	if !classForm.MatchString(class) {
		return no(http.StatusBadRequest, "envelope", "Pue-Class is not a class of submissions")
	}
	if !keyIDForm.MatchString(keyID) {
		return no(http.StatusBadRequest, "key-id", "Pue-Key-Id is not the id of a sealing key")
	}
	sealed, err := io.ReadAll(http.MaxBytesReader(w, r.Body, sealedLargest))
	if err != nil {
		return no(http.StatusRequestEntityTooLarge, "too-large", "the body is too large or incomplete")
	}
	return envelope{id: id, class: class, keyID: keyID, terminal: terminalOf(r), sealed: sealed}, true
}

// found returns this terminal's submission of the id in the path, or answers
// 404; another terminal's does not exist for it.
func (s *Server) found(w http.ResponseWriter, r *http.Request) (entry, bool) {
	e, ok := s.filing.find(r.PathValue("id"), time.Now())
	if !ok || e.Terminal != terminalOf(r) {
		refuse(w, http.StatusNotFound, "not-known", "no submission of this id")
		return entry{}, false
	}
	return e, true
}

func (s *Server) inquire(w http.ResponseWriter, r *http.Request) {
	e, ok := s.found(w, r)
	if !ok {
		return
	}
	body := map[string]string{"id": e.ID, "state": e.State, "digest": e.Digest}
	if e.State == stateRefused {
		body["reason"] = e.Reason
	}
	if e.State == stateFiled { // NONBLOCK_PULL_REST: the result is elsewhere
		w.Header().Set("Location", r.URL.Path+"/confirmation")
		reply(w, http.StatusSeeOther, body)
		return
	}
	reply(w, http.StatusOK, body)
}

func (s *Server) confirmation(w http.ResponseWriter, r *http.Request) {
	e, ok := s.found(w, r)
	if !ok {
		return
	}
	if e.State != stateFiled {
		refuse(w, http.StatusConflict, "not-filed", "there is nothing to confirm yet")
		return
	}
	compact, err := s.confirmationOf(e)
	if err != nil {
		s.log.Error("confirmation not signed", "id", e.ID, "err", err)
		refuse(w, http.StatusInternalServerError, "ledger", "the confirmation could not be signed")
		return
	}
	w.Header().Set("Content-Type", "application/jose")
	io.WriteString(w, compact)
}
