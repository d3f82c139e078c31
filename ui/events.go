package ui

import (
	"fmt"
	"net/http"
	"time"
)

const (
	// breath is how often a silent stream shows that it lives, so that a dead
	// one is noticed.
	breath = 15 * time.Second
	// writeTime is how long a reader may take for a line; a page that is stuck
	// gets a new stream when it wakes.
	writeTime = 5 * time.Second
)

// streamRevisions tells an open page which revision the session has reached
// (HTML standard, "server-sent events"). The stream carries numbers only.
func (u *UI) streamRevisions(w http.ResponseWriter, r *http.Request) {
	stream := http.NewResponseController(w)
	// The server's time for reading a request does not bound a stream.
	_ = stream.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	say := func(format string, args ...any) bool {
		_ = stream.SetWriteDeadline(time.Now().Add(writeTime))
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return false
		}
		return stream.Flush() == nil
	}
	revisions := u.session.Watch(r.Context())
	if !say("retry: 1000\ndata: %d\n\n", u.session.Snapshot().Rev) {
		return
	}
	alive := time.NewTicker(breath)
	defer alive.Stop()
	for {
		select {
		case rev, ok := <-revisions:
			if !ok || !say("data: %d\n\n", rev) {
				return
			}
		case <-alive.C:
			if !say(":\n\n") {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}
