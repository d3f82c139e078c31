package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

const (
	jsonType    = "application/json"
	problemType = "application/problem+json" // RFC 9457
	formType    = "application/x-www-form-urlencoded"
	joseType    = "application/jose" // RFC 7515 §9.2.1
	sealedType  = "application/vnd.pue.sealed"
)

// ErrContract means that INPS answered something openapi.yaml does not allow.
var ErrContract = errors.New("answer outside the contract")

// call is one operation of the contract.
type call struct {
	name        string // for the log
	method      string
	path        string
	contentType string
	body        []byte
	header      http.Header
	accept      string // media type of success, jsonType when empty
	limit       int64  // longest body of success, bytes
	// pieces: the answer may be a part of a body, which nobody signs (ModI has no
	// signature over ranges). What is put together proves itself: by the digest
	// that INPS signed before, or by a signature of its own.
	pieces bool
}

// answer is what came back: a status, and a body of bounded size.
type answer struct {
	status int
	media  string
	header http.Header
	body   []byte
}

// do sends the call once and reads the answer. Its error is about the line
// (outbox.ErrNoLine, outbox.ErrUnknownOutcome or a *outbox.PausedError), or
// ErrContract for an answer without end. An answer of any status is no error.
// With an error of the line comes what had arrived of the answer by then.
func (c *Client) do(ctx context.Context, op call) (answer, error) {
	ctx, stop := context.WithTimeout(ctx, requestLimit)
	defer stop()
	var trace departure
	req, err := http.NewRequestWithContext(trace.watch(ctx), op.method, c.base.JoinPath(op.path).String(), nil)
	if err != nil {
		return answer{}, fmt.Errorf("building the request: %w", err)
	}
	for k, v := range op.header {
		req.Header[k] = v
	}
	if op.body != nil {
		// Without GetBody net/http cannot repeat the request on a new
		// connection, which it else does by itself for anything that carries
		// an Idempotency-Key: a repetition nobody recorded.
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(op.body)), int64(len(op.body))
		req.Header.Set("Content-Type", op.contentType)
	}
	req.Header.Set("Accept", op.accepts()+", "+problemType)
	req.Header.Set("User-Agent", "pue")

	began := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, lineError(err, trace.left())
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	a.media, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	a.body, err = readAtMost(resp.Body, op.limit)
	if errors.Is(err, ErrContract) {
		return answer{}, err
	}
	if err != nil {
		return a, lineError(err, true)
	}
	c.log.Debug("INPS answered", "operation", op.name, "status", a.status, "bytes", len(a.body), "took", time.Since(began))
	return a, nil
}

func (op call) accepts() string {
	if op.accept == "" {
		return jsonType
	}
	return op.accept
}

// ask sends a call that has exactly one good answer, 200 with JSON, into out.
func (c *Client) ask(ctx context.Context, op call, out any) error {
	a, err := c.do(ctx, op)
	if err != nil {
		return err
	}
	if a.status != http.StatusOK {
		return a.refusal()
	}
	return a.decode(out)
}

// decode reads a JSON body of success.
func (a answer) decode(out any) error {
	if a.media != jsonType {
		return fmt.Errorf("%w: media type %q", ErrContract, told(a.media))
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		// The decoder's words may quote the body; the body may be personal.
		return fmt.Errorf("%w: JSON that does not fit", ErrContract)
	}
	return nil
}

// readAtMost reads all of r, and refuses to read on after limit bytes. It
// returns what it has read also when r breaks off.
func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return body, err
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrContract, limit)
	}
	return body, nil
}

// departure notes whether any byte of a request left.
type departure struct {
	conn   atomic.Pointer[countingConn]
	before atomic.Int64
}

func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if conn, ok := info.Conn.(*countingConn); ok {
				d.before.Store(conn.wrote.Load())
				d.conn.Store(conn)
			}
		},
	})
}

func (d *departure) left() bool {
	conn := d.conn.Load()
	return conn != nil && conn.wrote.Load() > d.before.Load()
}
