package upstreamsim

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

// bundleShelf holds the signed bundle of services that terminals fetch.
type bundleShelf struct {
	mu      sync.Mutex
	jws     []byte
	gzipped []byte
}

// SetCatalogue gives out this signed bundle from now on; nil gives out none.
func (s *Server) SetCatalogue(jws []byte) {
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	z.Write(jws) // neither of the two can fail on a buffer
	z.Close()
	s.bundle.mu.Lock()
	defer s.bundle.mu.Unlock()
	s.bundle.jws, s.bundle.gzipped = jws, small.Bytes()
}

func (s *Server) catalogue(w http.ResponseWriter, r *http.Request) {
	s.bundle.mu.Lock()
	body, small := s.bundle.jws, s.bundle.gzipped
	s.bundle.mu.Unlock()
	if body == nil {
		refuse(w, http.StatusNotFound, "not-known", "no bundle has been given out")
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-cache") // nothing personal; to be asked about each time
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = small
	}
	tag := entityTag(body)
	if r.Header.Get("If-None-Match") == tag {
		h.Del("Content-Encoding")
		h.Set("ETag", tag)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	servePieces(w, r, "application/jose", tag, body)
}
