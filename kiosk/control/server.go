package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/outbox"
)

// Terminal is what the socket shows. It is declared here and wired by kiosk.
type Terminal interface {
	// Status is anything that JSON can say; it names no citizen.
	Status() any
	Queue() Queue
	// VerifyAudit checks the record of what was done.
	VerifyAudit(ctx context.Context) (audit.Report, error)
	// ReadCard waits for a card in a reader and reads it. It is [ErrBusy] while
	// somebody is served.
	ReadCard(ctx context.Context, q CardQuery) (CardInfo, error)
}

// Queue is what a technician may do with the submissions of the terminal.
type Queue interface {
	List() []outbox.Entry
	Find(claimOrID string) (outbox.Entry, bool)
	// Proof is INPS's signed confirmation of a filed one.
	Proof(ctx context.Context, id string) ([]byte, error)
	// Retry has a stuck one sent again, on the word of an officer, or of nobody whose
	// card was there: [outbox.Technician].
	Retry(ctx context.Context, id, officer string) error
	// Close puts a dead letter away, on the same word.
	Close(ctx context.Context, id, officer string) error
	Courier
}

// Courier carries by hand what the line does not.
type Courier interface {
	// Export writes what one destination does not have; of one that this terminal
	// does not know the error is [ErrNoDestination].
	Export(ctx context.Context, destination string, w io.Writer) (outbox.Exported, error)
	// ReadConfirmation believes a confirmation on INPS's signature alone.
	ReadConfirmation(compact []byte) (outbox.Confirmation, error)
	// Confirm takes a confirmation that was believed.
	Confirm(ctx context.Context, c outbox.Confirmation) (outbox.Entry, error)
}

// Busy is the status of a request that has to wait for a citizen: 409 Conflict.
const Busy = http.StatusConflict

// How long an answer may take. A client waits longer than the server works, so
// that it hears why.
const (
	requestLimit = 5 * time.Second
	cardLimit    = 40 * time.Second // half a minute of it to put a card in
	auditLimit   = time.Minute
	carryLimit   = 10 * time.Minute // a full queue, by way of a slow stick
)

// Serve answers on l until ctx ends.
func Serve(ctx context.Context, l net.Listener, t Terminal, log *slog.Logger) error {
	s := &http.Server{
		Handler:     routes(t),
		ReadTimeout: requestLimit, IdleTimeout: requestLimit, WriteTimeout: requestLimit + max(cardLimit, auditLimit),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
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
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, t.Status(), nil) })
	queueRoutes(mux, t.Queue())
	mux.HandleFunc("GET /audit", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), auditLimit)
		defer cancel()
		report, err := t.VerifyAudit(ctx)
		answer(w, report, err)
	})
	mux.HandleFunc("POST /card-info", func(w http.ResponseWriter, r *http.Request) {
		q, err := query(r.Body)
		if err != nil {
			http.Error(w, "the request is not understood", http.StatusBadRequest)
			return
		}
		defer clear(q.PIN)
		ctx, cancel := context.WithTimeout(r.Context(), cardLimit)
		defer cancel()
		info, err := t.ReadCard(ctx, q)
		answer(w, info, err)
	})
	return mux
}

// query reads what is asked of a card, and wipes what it read: a PIN may be in
// it.
func query(body io.Reader) (q CardQuery, err error) {
	var text [4096]byte
	defer clear(text[:])
	n, err := io.ReadFull(body, text[:])
	if err == nil {
		return q, errors.New("request is too long")
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		return q, err
	}
	return q, json.Unmarshal(text[:n], &q)
}

func answer(w http.ResponseWriter, v any, err error) {
	switch {
	case errors.Is(err, ErrBusy):
		http.Error(w, err.Error(), Busy)
		return
	case errors.Is(err, outbox.ErrNothingToExport):
		w.WriteHeader(http.StatusNoContent)
		return
	case errors.Is(err, outbox.ErrNoEntry):
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	case errors.Is(err, ErrNoDestination):
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	case errors.Is(err, outbox.ErrNotDead):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	case err != nil:
		tellMeaning(w.Header(), err)
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.Encode(v) // an error here is the peer's hanging up
}
