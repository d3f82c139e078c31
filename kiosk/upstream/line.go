package upstream

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// A town hall behind a satellite needs about 2 s for TCP and TLS together;
	// a citizen who waits longer than this should hear that the line is down.
	dialLimit      = 5 * time.Second
	handshakeLimit = 10 * time.Second
	// requestLimit ends a request whose caller set no deadline of its own.
	requestLimit = 60 * time.Second
	// idleLimit is shorter than any server's: a connection that the other side
	// has closed in the meantime would cost an attempt with unknown outcome.
	idleLimit = 20 * time.Second
)

// newTransport speaks HTTP/1.1 over mutual TLS and nothing else: no proxy from
// the environment, no transparent decompression (a small body could grow
// without bound), no second connection to guess from.
func newTransport(o Options) *http.Transport {
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{o.Certificate},
		RootCAs:      o.CA,
		MinVersion:   tls.VersionTLS12, // AgID recommendations for TLS, 2020
	}
	return &http.Transport{
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return dialTLS(ctx, dial, config, network, addr)
		},
		DisableCompression:     true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        idleLimit,
		MaxResponseHeaderBytes: 16 << 10,
	}
}

// lockedDown follows no redirect: INPS sends one where a submission is filed, and
// it is compared rather than followed; a captive portal sends others.
func lockedDown(t *http.Transport) *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

func dialTLS(ctx context.Context, dial dialFunc, config *tls.Config, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	dialling, stop := context.WithTimeout(ctx, dialLimit)
	defer stop()
	raw, err := dial(dialling, network, addr)
	if err != nil {
		return nil, err
	}
	config = config.Clone()
	config.ServerName = host
	shaking, stop := context.WithTimeout(ctx, handshakeLimit)
	defer stop()
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(shaking); err != nil {
		raw.Close()
		return nil, err
	}
	return &countingConn{Conn: conn, ended: make(chan struct{})}, nil
}

// countingConn knows how many bytes of requests it was given, which is what
// separates "no byte reached INPS" from "outcome unknown".
type countingConn struct {
	net.Conn
	wrote atomic.Int64

	once  sync.Once
	ended chan struct{} // closed when reading has come to an end
	why   error         // valid then
}

// Read implements [net.Conn].
func (c *countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.once.Do(func() {
			c.why = err
			close(c.ended)
		})
	}
	return n, err
}

// Write implements [net.Conn]. A server that turns our certificate down says so and
// goes, while we write: then its word is the error, not the pipe that broke.
func (c *countingConn) Write(p []byte) (int, error) {
	// Counted before the fact: a write that fails half-way may have delivered.
	c.wrote.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	if err == nil {
		return n, nil
	}
	select {
	case <-c.ended: // net/http reads all the time, and finds the end as we do
		if certificateRefused(c.why) {
			err = c.why
		}
	case <-time.After(lastWord):
	}
	return n, err
}

// lastWord is how long a broken pipe waits for what the other side said last.
const lastWord = time.Second
