package gate

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"
)

//go:embed waiting.html
var waitingPage string

//go:embed closed.html
var closedPage string

// plainPage is a page that needs nobody: its style stands in it, and the policy
// allows that style alone, by its hash.
type plainPage struct {
	status int
	html   string
	policy string
}

var (
	// waiting is shown while the daemon is away; it asks again every second.
	waiting = newPlainPage(http.StatusServiceUnavailable, waitingPage)
	// closed is shown to whoever has no ticket.
	closed = newPlainPage(http.StatusForbidden, closedPage)
)

func newPlainPage(status int, html string) plainPage {
	_, rest, _ := strings.Cut(html, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return plainPage{status, html, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"}
}

func (p plainPage) show(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.status)
	_, _ = w.Write([]byte(p.html))
}
