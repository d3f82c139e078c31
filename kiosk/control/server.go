package control

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"pue/kiosk/outbox"
)

// Terminal is what the socket shows. It is declared here and wired by kiosk.
type Terminal interface {
	// Status is anything that JSON can say; it names no citizen.
	Status() any
	Queue() []outbox.Entry
	// Free reports whether nobody is served, so that the reader can be lent.
	Free() bool
	// ReadCard reads the card in a reader.
	ReadCard(ctx context.Context, q CardQuery) (CardInfo, error)
}

// Busy is the status of a request that has to wait for a citizen: 409 Conflict.
const Busy = http.StatusConflict

// Serve answers on l until ctx ends.
func Serve(ctx context.Context, l net.Listener, t Terminal, log *slog.Logger) error {
	s := &http.Server{Handler: routes(t), ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	err := s.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		return ctx.Err()
	}
	log.Error("control socket lost", "err", err)
	return err
}

func routes(t Terminal) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, t.Status()) })
	mux.HandleFunc("GET /queue", func(w http.ResponseWriter, _ *http.Request) {
		entries := t.Queue()
		if entries == nil {
			entries = []outbox.Entry{}
		}
		answer(w, entries)
	})
	mux.HandleFunc("POST /card-info", func(w http.ResponseWriter, r *http.Request) {
		var q CardQuery
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&q); err != nil {
			http.Error(w, "the request is not understood", http.StatusBadRequest)
			return
		}
		defer clear(q.PIN)
		if !t.Free() {
			http.Error(w, "a citizen is using the reader", Busy)
			return
		}
		info, err := t.ReadCard(r.Context(), q)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		answer(w, info)
	})
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.Encode(v) // an error here is the peer's hanging up
}
