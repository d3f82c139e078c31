package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerTime   = 5 * time.Second // the peer is a process on this machine
	bodyTime     = 10 * time.Second
	idleTime     = 2 * time.Minute
	goodbyeTime  = 2 * time.Second // for pages on their way when the daemon stops
	headerBytes  = 16 << 10
	securityWord = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// Serve answers on l until ctx ends.
func (u *UI) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           u.Handler(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       bodyTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(u.log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(stopped)
		late, done := context.WithTimeout(context.WithoutCancel(ctx), goodbyeTime)
		defer done()
		if err := server.Shutdown(late); err != nil {
			_ = server.Close() // whoever did not finish in time is cut off
		}
	})
	err := server.Serve(l)
	if !cancel() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving pages: %w", err)
}

// guard puts on every answer what a locked window needs, and turns away requests
// that another origin made the browser send.
func guard(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", securityWord)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		// Not "no-referrer": with it a browser sends "Origin: null" with our own
		// forms (Fetch, "append a request Origin header").
		h.Set("Referrer-Policy", "same-origin")
		if foreign(r) {
			http.Error(w, "other origins have no business here", http.StatusForbidden)
			return
		}
		sameOrigin.ServeHTTP(w, r)
	})
}

// foreign reports whether a page of another origin fetches or embeds ours (Fetch
// Metadata). Following a link to us is no more than typing our address.
func foreign(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate"
}
