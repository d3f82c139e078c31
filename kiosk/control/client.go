package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/outbox"
)

// ErrBusy: a citizen is using the reader.
var ErrBusy = errors.New("a citizen is using the reader")

var (
	// ErrNoDaemon: nobody listens on the socket.
	ErrNoDaemon = errors.New("pued does not answer")
	// ErrNoAnswer: somebody listens, and hung up or took too long.
	ErrNoAnswer = errors.New("pued gave no answer")
)

// answerMargin is what an answer may need on top of the server's own limit.
const answerMargin = 5 * time.Second

// Client asks a running daemon.
type Client struct{ http *http.Client }

// Dial returns a client of the daemon whose control socket is at path.
func Dial(path string) *Client {
	return &Client{&http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // one question, then the tool ends
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}}
}

// Status is the daemon's status as it came.
func (c *Client) Status(ctx context.Context) (json.RawMessage, error) {
	var v json.RawMessage
	return v, c.call(ctx, http.MethodGet, "/status", requestLimit, nil, &v)
}

// Queue lists what the outbox holds.
func (c *Client) Queue(ctx context.Context) ([]outbox.Entry, error) {
	var v []outbox.Entry
	return v, c.call(ctx, http.MethodGet, "/queue", requestLimit, nil, &v)
}

// VerifyAudit has the daemon check its record of what was done.
func (c *Client) VerifyAudit(ctx context.Context) (audit.Report, error) {
	var v audit.Report
	return v, c.call(ctx, http.MethodGet, "/audit", auditLimit+answerMargin, nil, &v)
}

// CardInfo has the daemon read a card, which may be put in meanwhile.
func (c *Client) CardInfo(ctx context.Context, q CardQuery) (CardInfo, error) {
	var v CardInfo
	return v, c.call(ctx, http.MethodPost, "/card-info", cardLimit+answerMargin, q, &v)
}

func (c *Client) call(ctx context.Context, method, path string, limit time.Duration, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		defer clear(b)
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://pued"+path, body)
	if err != nil {
		return err
	}
	w, err := c.http.Do(r)
	if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" {
		return fmt.Errorf("%w: %w", ErrNoDaemon, err)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(io.LimitReader(w.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	switch w.StatusCode {
	case http.StatusOK:
		return json.Unmarshal(b, out)
	case Busy:
		return ErrBusy
	}
	return errors.New(strings.TrimSpace(string(b)))
}
