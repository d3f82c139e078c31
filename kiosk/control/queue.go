package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"pue/kiosk/outbox"
)

// Item is a submission as a technician sees it, with the reason for which a
// person must look at it. It names neither citizen nor service.
type Item struct {
	outbox.Entry
	Alarm outbox.Alarm `json:"alarm,omitempty"`
}

func item(e outbox.Entry) Item { return Item{e, e.Alarm(time.Now())} }

// queueRoutes are the ways to the submissions.
func queueRoutes(mux *http.ServeMux, q Queue) {
	mux.HandleFunc("GET /queue", func(w http.ResponseWriter, _ *http.Request) {
		items := []Item{}
		for _, e := range q.List() {
			items = append(items, item(e))
		}
		answer(w, items, nil)
	})
	mux.HandleFunc("GET /queue/{submission}", func(w http.ResponseWriter, r *http.Request) {
		e, err := find(q, r)
		answer(w, item(e), err)
	})
	mux.HandleFunc("POST /queue/{submission}/retry", func(w http.ResponseWriter, r *http.Request) {
		change(w, r, q, func(ctx context.Context, id string) error { return q.Retry(ctx, id, outbox.Technician) })
	})
	mux.HandleFunc("POST /queue/{submission}/close", func(w http.ResponseWriter, r *http.Request) {
		change(w, r, q, func(ctx context.Context, id string) error { return q.Close(ctx, id, outbox.Technician) })
	})
	mux.HandleFunc("GET /queue/{submission}/proof", func(w http.ResponseWriter, r *http.Request) {
		p, err := prove(q, r)
		answer(w, p, err)
	})
	mux.HandleFunc("GET /bundle", func(w http.ResponseWriter, r *http.Request) { export(w, r, q) })
	mux.HandleFunc("POST /confirmations", func(w http.ResponseWriter, r *http.Request) { takeConfirmations(w, r, q) })
}

func find(q Queue, r *http.Request) (outbox.Entry, error) {
	e, ok := q.Find(r.PathValue("submission"))
	if !ok {
		return outbox.Entry{}, outbox.ErrNoEntry
	}
	return e, nil
}

// Proof is a submission with INPS's signed confirmation of it, a compact JWS. It names
// neither citizen nor service.
type Proof struct {
	Item
	Confirmation string `json:"confirmation"`
}

func prove(q Queue, r *http.Request) (Proof, error) {
	e, err := find(q, r)
	if err != nil {
		return Proof{}, err
	}
	signed, err := q.Proof(r.Context(), e.ID)
	return Proof{item(e), string(signed)}, err
}

// change does something with the submission that the request names, and answers
// with how it stands afterwards.
func change(w http.ResponseWriter, r *http.Request, q Queue, do func(ctx context.Context, id string) error) {
	e, err := find(q, r)
	if err == nil {
		err = do(r.Context(), e.ID)
	}
	if err == nil {
		e, err = find(q, r)
	}
	answer(w, item(e), err)
}

// Queue lists what the outbox holds.
func (c *Client) Queue(ctx context.Context) ([]Item, error) {
	var v []Item
	return v, c.call(ctx, http.MethodGet, "/queue", requestLimit, nil, &v)
}

// Submission is the one with this claim code or ID.
func (c *Client) Submission(ctx context.Context, claimOrID string) (Item, error) {
	var v Item
	return v, c.call(ctx, http.MethodGet, submissionPath(claimOrID, ""), requestLimit, nil, &v)
}

// Proof is what INPS has signed of the submission with this claim code or ID.
func (c *Client) Proof(ctx context.Context, claimOrID string) (Proof, error) {
	var v Proof
	return v, c.call(ctx, http.MethodGet, submissionPath(claimOrID, "/proof"), requestLimit, nil, &v)
}

// Retry has a stuck submission sent again.
func (c *Client) Retry(ctx context.Context, claimOrID string) (Item, error) {
	var v Item
	return v, c.call(ctx, http.MethodPost, submissionPath(claimOrID, "/retry"), requestLimit, nil, &v)
}

// CloseSubmission puts a dead letter away. No card says who does it here, so the
// record of what was done says that it was a technician.
func (c *Client) CloseSubmission(ctx context.Context, claimOrID string) (Item, error) {
	var v Item
	return v, c.call(ctx, http.MethodPost, submissionPath(claimOrID, "/close"), requestLimit, nil, &v)
}

func submissionPath(claimOrID, what string) string {
	return "/queue/" + url.PathEscape(claimOrID) + what
}

// bundleTrailer comes after a bundle that is whole, and says what is in it.
const bundleTrailer = "Pue-Exported"

// export streams a bundle. What goes wrong after the first byte ends the
// connection: the receiver must not take a part for the whole.
func export(w http.ResponseWriter, r *http.Request, q Queue) {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(carryLimit)); err != nil {
		answer(w, nil, err)
		return
	}
	out := &begun{Writer: w}
	w.Header().Set("Trailer", bundleTrailer)
	w.Header().Set("Content-Type", "application/zip")
	x, err := q.Export(r.Context(), r.FormValue("to"), out)
	switch {
	case err == nil:
		b, _ := json.Marshal(x) // three numbers
		w.Header().Set(bundleTrailer, string(b))
	case out.begun:
		panic(http.ErrAbortHandler)
	default:
		w.Header().Del("Trailer")
		answer(w, nil, err)
	}
}

// begun remembers whether anything was written.
type begun struct {
	io.Writer
	begun bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.begun = true
	return b.Writer.Write(p)
}

// Export writes the bundle of all that a destination does not have. When there is
// nothing, the error is [outbox.ErrNothingToExport] and nothing is written.
func (c *Client) Export(ctx context.Context, destination string, w io.Writer) (x outbox.Exported, err error) {
	ctx, cancel := context.WithTimeout(ctx, carryLimit+answerMargin)
	defer cancel()
	resp, err := c.open(ctx, http.MethodGet, "/bundle?to="+url.QueryEscape(destination), nil)
	if err != nil {
		return x, err
	}
	defer resp.Body.Close()
	in := &heard{Reader: resp.Body}
	if _, err := io.Copy(w, in); err != nil {
		if in.err != nil {
			return x, fmt.Errorf("%w in full: %w", ErrNoAnswer, err)
		}
		return x, err
	}
	if err := json.Unmarshal([]byte(resp.Trailer.Get(bundleTrailer)), &x); err != nil {
		return x, fmt.Errorf("%w in full: the end of the bundle is missing", ErrNoAnswer)
	}
	return x, nil
}

// heard remembers how reading failed, so that it is not taken for a failure of
// writing.
type heard struct {
	io.Reader
	err error
}

func (h *heard) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		h.err = err
	}
	return n, err
}
