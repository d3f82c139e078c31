package upstreamsim

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"sync"
	"time"
)

// trouble is what can become of answers on their way, or by the fault of a
// gateway. It lies around everything else: what it does nobody signs for.
type trouble struct {
	mu      sync.Mutex
	slow    time.Duration
	cutAt   int // bytes of a body
	cuts    int // how many more answers are cut; below 0: all
	portal  Portal
	endless bool
	bomb    bool
	replays int
	skew    time.Duration
	last    *told
}

// told is an answer that was given.
type told struct {
	status int
	header http.Header
	body   []byte
}

// Portal is how a captive portal answers in INPS's place.
type Portal string

// The two manners of captive portals.
const (
	PortalPage     Portal = "page"     // 200 and a page of its own
	PortalRedirect Portal = "redirect" // 302 to one
)

// SetSlow lets every answer wait so long; zero ends it.
func (s *Server) SetSlow(d time.Duration) { s.upset(func(t *trouble) { t.slow = d }) }

// CutAnswers lets so many answers end, and their connection with them, after so
// many bytes of the body; a number below zero means all from now on, zero none.
func (s *Server) CutAnswers(after, answers int) {
	s.upset(func(t *trouble) { t.cutAt, t.cuts = after, answers })
}

// SetPortal puts a captive portal in INPS's place; empty takes it away.
func (s *Server) SetPortal(p Portal) { s.upset(func(t *trouble) { t.portal = p }) }

// SetEndless lets every body go on without end.
func (s *Server) SetEndless(on bool) { s.upset(func(t *trouble) { t.endless = on }) }

// SetBomb lets every body be a small one that grows without measure when it is
// decompressed.
func (s *Server) SetBomb(on bool) { s.upset(func(t *trouble) { t.bomb = on }) }

// RepeatAnswers lets the next n requests get the answer to the one before them.
func (s *Server) RepeatAnswers(n int) { s.upset(func(t *trouble) { t.replays = n }) }

// SetClock lets INPS's clock be so far off; zero ends it.
func (s *Server) SetClock(off time.Duration) { s.upset(func(t *trouble) { t.skew = off }) }

func (s *Server) upset(change func(*trouble)) {
	s.trouble.mu.Lock()
	defer s.trouble.mu.Unlock()
	change(&s.trouble)
}

// clockOff is how far INPS's clock is off.
func (s *Server) clockOff() time.Duration {
	s.trouble.mu.Lock()
	defer s.trouble.mu.Unlock()
	return s.trouble.skew
}

// plan is what becomes of one answer.
type plan struct {
	slow    time.Duration
	cutAt   int // below 0: not cut
	portal  Portal
	endless bool
	bomb    bool
	replay  *told
	skew    time.Duration
}

func (t *trouble) plan() plan {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := plan{slow: t.slow, cutAt: -1, portal: t.portal, endless: t.endless, bomb: t.bomb, skew: t.skew}
	if t.cuts != 0 {
		p.cutAt = t.cutAt
		t.cuts = max(t.cuts-1, -1)
	}
	if t.replays > 0 && t.last != nil {
		p.replay = t.last
		t.replays--
	}
	return p
}

// troubled puts the trouble around next.
func (s *Server) troubled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := s.trouble.plan()
		if p.slow > 0 {
			select {
			case <-time.After(p.slow):
			case <-r.Context().Done():
				return
			}
		}
		if p.skew != 0 {
			w.Header().Set("Date", time.Now().Add(p.skew).UTC().Format(http.TimeFormat))
		}
		switch {
		case p.portal == PortalRedirect:
			w.Header().Set("Location", "https://portal.example/welcome")
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusFound)
		case p.portal != "":
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte("<!doctype html><title>Rete ospiti</title><p>Accetti le condizioni."))
		case p.endless:
			pourOut(w, r)
		case p.bomb:
			w.Header().Set("Content-Type", mediaFor(r))
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("ETag", `"bomb"`)
			w.Write(gzipBomb())
		default:
			s.passOn(w, r, next, p)
		}
	})
}

// passOn gives the answer of next, or the one before it, whole or cut.
func (s *Server) passOn(w http.ResponseWriter, r *http.Request, next http.Handler, p plan) {
	given := p.replay
	if given == nil {
		held := &heldBack{header: w.Header().Clone()}
		next.ServeHTTP(held, r)
		given = &told{max(held.status, http.StatusOK), held.header, held.body.Bytes()}
		s.upset(func(t *trouble) { t.last = given })
	}
	maps.Copy(w.Header(), given.header)
	body := given.body
	if p.cutAt >= 0 && p.cutAt < len(body) {
		w.WriteHeader(given.status)
		w.Write(body[:p.cutAt])
		http.NewResponseController(w).Flush() // what is written arrives; an error is the peer's going
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(given.status)
	w.Write(body)
}

// heldBack keeps an answer until it is whole.
type heldBack struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (h *heldBack) Header() http.Header { return h.header }

// WriteHeader implements [http.ResponseWriter].
func (h *heldBack) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write implements [http.ResponseWriter].
func (h *heldBack) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}

// mediaFor is what the asker expects.
func mediaFor(r *http.Request) string {
	switch r.URL.Path {
	case "/catalogue":
		return "application/jose"
	default:
		return "application/json"
	}
}

// pourOut writes until the peer has had enough.
func pourOut(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", mediaFor(r))
	w.Header().Set("ETag", `"endless"`)
	for block := bytes.Repeat([]byte("A"), 64<<10); r.Context().Err() == nil; {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// gzipBomb is 64 KiB that decompress to 64 MiB.
var gzipBomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 64 {
		z.Write(zeros) // no error on a buffer
	}
	z.Close()
	return b.Bytes()
})
