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

	"pue/kiosk/outbox"
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

	over     *way   // nil: the usual one
	citizen  Token  // whose data are asked for
	by       string // who uses the terminal, where there is no token yet or any more
	measures bool   // finds out whether the clock is right: sent even when it is not
	urgent   bool   // tried even when INPS has nothing left for us
}

// user is who uses the terminal, for the evidence; empty where the call concerns
// no citizen.
func (op call) user() string {
	if op.citizen.IsZero() {
		return op.by
	}
	return op.citizen.user
}

// answer is what came back: a status, and a body of bounded size.
type answer struct {
	status int
	media  string
	header http.Header
	body   []byte
	inps   bool // INPS has signed it, as the answer to what was asked
}

// wayOf is where a call goes.
func (c *Client) wayOf(op call) way {
	if op.over != nil {
		return *op.over
	}
	return way{c.base, c.http, c.standing}
}

// do signs and sends the call, and reads the answer. Its error is about the line
// (outbox.ErrNoLine, outbox.ErrUnknownOutcome, a *outbox.PausedError, a
// *outbox.BusyError of a quota that is known to be spent), about the clock
// ([ErrClock]), or ErrContract for an answer without end or a success that INPS
// has not signed. An answer of any other status is no error. With an error of the
// line comes what had arrived of the answer by then.
func (c *Client) do(ctx context.Context, op call) (answer, error) {
	ctx, stop := context.WithTimeout(ctx, requestLimit)
	defer stop()
	a, stale, err := c.try(ctx, op)
	if stale && ctx.Err() == nil {
		a, _, err = c.try(ctx, op)
	}
	return a, err
}

// try does the call once. stale says that a question went into a connection that
// was dead already: it may be asked again, with a signature of its own.
func (c *Client) try(ctx context.Context, op call) (a answer, stale bool, err error) {
	if err := c.ready(ctx, op); err != nil {
		return answer{}, false, err
	}
	var trace departure
	req, err := c.request(trace.watch(ctx), op)
	if err != nil {
		return answer{}, false, err
	}
	way := c.wayOf(op)
	jti, err := way.standing.stamp(ctx, req, op, time.Now())
	if err != nil {
		return answer{}, false, fmt.Errorf("signing the request: %w", err)
	}
	began := time.Now()
	resp, err := way.http.Do(req)
	if err != nil {
		return answer{}, op.method == http.MethodGet && trace.reused.Load(), lineError(withoutAddress(err), trace.left())
	}
	defer resp.Body.Close()
	c.skew.measure(resp.Header.Get("Date"), time.Now(), time.Since(began))
	c.quota.learn(resp.Header, time.Now())
	a = answer{status: resp.StatusCode, header: resp.Header}
	a.media, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	a.body, err = readAtMost(resp.Body, op.limit)
	switch wrong := c.skew.wrong(); {
	case wrong != nil: // whatever it says: it was asked with a signature of another time
		return answer{}, false, fmt.Errorf("%w: %w", outbox.ErrUnknownOutcome, wrong)
	case errors.Is(err, ErrContract):
		return answer{}, false, err
	case err != nil:
		return a, false, lineError(err, true)
	}
	why := a.signedBy(c.confirms, question{jti, way.standing.name()}, time.Now())
	a.inps = why == nil
	if !a.inps && a.success() && !op.pieces {
		return answer{}, false, fmt.Errorf("%w: status %d: %w", ErrContract, a.status, why)
	}
	if a.status == http.StatusUnauthorized {
		way.standing.forget(ctx)
	}
	c.log.Debug("INPS answered", "operation", op.name, "status", a.status, "signed", a.inps, "bytes", len(a.body), "took", time.Since(began))
	return a, false, nil
}

// ready waits for a moment that the call may be sent in, or says why there is none.
func (c *Client) ready(ctx context.Context, op call) error {
	if !op.measures {
		if err := c.skew.unsent(); err != nil {
			return err
		}
	}
	if op.urgent {
		return nil
	}
	return c.quota.pass(ctx)
}

func (c *Client) request(ctx context.Context, op call) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, op.method, c.wayOf(op).base.JoinPath(op.path).String(), nil)
	if err != nil {
		return nil, fmt.Errorf("building the request: %w", err)
	}
	for k, v := range op.header {
		req.Header[k] = v
	}
	// With a body, even an empty one, but without GetBody, net/http cannot repeat
	// the request on a new connection: a repetition that nobody recorded, with an
	// id that was used.
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(op.body)), int64(len(op.body))
	if op.body == nil && op.method != http.MethodGet {
		req.Body = nil // no method that net/http repeats
	}
	if op.body != nil {
		req.Header.Set("Content-Type", op.contentType)
	}
	if !op.citizen.IsZero() {
		req.Header.Set(citizenHeader, op.citizen.bearer.Reveal())
	}
	req.Header.Set("Accept", op.accepts()+", "+problemType)
	req.Header.Set("User-Agent", "pue")
	return req, nil
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
	reused atomic.Bool
}

func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if conn, ok := info.Conn.(*countingConn); ok {
				d.before.Store(conn.wrote.Load())
				d.conn.Store(conn)
				d.reused.Store(info.Reused)
			}
		},
	})
}

func (d *departure) left() bool {
	conn := d.conn.Load()
	return conn != nil && conn.wrote.Load() > d.before.Load()
}
