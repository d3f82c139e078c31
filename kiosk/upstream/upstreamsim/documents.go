package upstreamsim

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"
)

// paperLife is how long a document can be fetched after it was made: as long as
// the token of the one who asked.
const paperLife = tokenLife

// paper is a PDF made for one citizen at one terminal.
type paper struct {
	pdf     []byte
	subject string
	device  [sha256.Size]byte
	until   time.Time
}

// papers are those that may still be fetched, in memory.
type papers struct {
	mu   sync.Mutex
	byID map[string]paper
}

// wirePaper names a document in an answer.
type wirePaper struct {
	ID     string `json:"id"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
	Pages  int    `json:"pages"`
}

func (p *papers) keep(doc paper, pages int, now time.Time) wirePaper {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byID == nil {
		p.byID = map[string]paper{}
	}
	for id, old := range p.byID {
		if now.After(old.until) {
			delete(p.byID, id)
		}
	}
	id := rand.Text()
	p.byID[id] = doc
	sum := sha256.Sum256(doc.pdf)
	return wirePaper{ID: id, Size: len(doc.pdf), SHA256: hex.EncodeToString(sum[:]), Pages: pages}
}

func (p *papers) find(id string, g grant, device [sha256.Size]byte, now time.Time) (paper, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	doc, ok := p.byID[id]
	return doc, ok && doc.subject == g.subject && doc.device == device && now.Before(doc.until)
}

func (s *Server) document(w http.ResponseWriter, r *http.Request) {
	g, ok := s.bearer(w, r)
	if !ok {
		return
	}
	doc, ok := s.papers.find(r.PathValue("document"), g, thumbprint(device(r)), time.Now())
	if !ok {
		refuse(w, http.StatusNotFound, "not-known", "no document of this id, for this citizen at this terminal")
		return
	}
	servePieces(w, r, "application/pdf", entityTag(doc.pdf), doc.pdf)
}

// entityTag is the strong tag of a body.
func entityTag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// hexID is an id that says nothing and is the same each time.
func hexID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
