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
	// ErrNoDestination: this terminal sends nothing there.
	ErrNoDestination = errors.New("no such destination")
	ErrNoDaemon      = errors.New("pued does not answer")
	// ErrNoAnswer: somebody listens, and hung up or took too long.
	ErrNoAnswer = errors.New("pued gave no answer")
)

// answerLargest bounds what is believed of an answer, bytes.
const answerLargest = 64 << 20

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
	return c.exchange(ctx, method, path, body, out)
}

// exchange sends body and reads the JSON of the answer.
func (c *Client) exchange(ctx context.Context, method, path string, body io.Reader, out any) error {
	w, err := c.open(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer w.Body.Close()
	b, err := io.ReadAll(io.LimitReader(w.Body, answerLargest))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	return json.Unmarshal(b, out)
}

// open returns an answer that is not an error; its body is the caller's.
func (c *Client) open(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://pued"+path, body)
	if err != nil {
		return nil, err
	}
	w, err := c.http.Do(r)
	if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" {
		return nil, fmt.Errorf("%w: %w", ErrNoDaemon, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	if w.StatusCode == http.StatusOK {
		return w, nil
	}
	defer w.Body.Close()
	return nil, meaning(w)
}

// meaning is the error that an answer stands for.
func meaning(w *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(w.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	switch w.StatusCode {
	case Busy:
		return ErrBusy
	case http.StatusNoContent:
		return outbox.ErrNothingToExport
	case http.StatusNotFound:
		return outbox.ErrNoEntry
	case http.StatusUnprocessableEntity:
		return outbox.ErrNotDead
	}
	return hear(w.Header, strings.TrimSpace(string(text)))
}
