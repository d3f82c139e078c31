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

	"pue/kiosk/outbox"
)

// ErrBusy: a citizen is using the reader.
var ErrBusy = errors.New("a citizen is using the reader")

// ErrNoDaemon: nobody answers on the socket.
var ErrNoDaemon = errors.New("pued does not answer")

// Client asks a running daemon.
type Client struct{ http *http.Client }

// Dial returns a client of the daemon whose control socket is at path.
func Dial(path string) *Client {
	return &Client{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}}
}

// Status is the daemon's status as it came.
func (c *Client) Status(ctx context.Context) (json.RawMessage, error) {
	var v json.RawMessage
	return v, c.call(ctx, http.MethodGet, "/status", nil, &v)
}

// Queue lists what the outbox holds.
func (c *Client) Queue(ctx context.Context) ([]outbox.Entry, error) {
	var v []outbox.Entry
	return v, c.call(ctx, http.MethodGet, "/queue", nil, &v)
}

// CardInfo has the daemon read a card.
func (c *Client) CardInfo(ctx context.Context, q CardQuery) (CardInfo, error) {
	var v CardInfo
	return v, c.call(ctx, http.MethodPost, "/card-info", q, &v)
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
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
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoDaemon, err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(io.LimitReader(w.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("reading the daemon's answer: %w", err)
	}
	switch w.StatusCode {
	case http.StatusOK:
		return json.Unmarshal(b, out)
	case Busy:
		return ErrBusy
	}
	return errors.New(strings.TrimSpace(string(b)))
}
