package upstream

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
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
	return &countingConn{Conn: conn}, nil
}

// countingConn knows how many bytes of requests it was given, which is what
// separates "no byte reached INPS" from "outcome unknown".
type countingConn struct {
	net.Conn
	wrote atomic.Int64
}

func (c *countingConn) Write(p []byte) (int, error) {
	// Counted before the fact: a write that fails half-way may have delivered.
	c.wrote.Add(int64(len(p)))
	return c.Conn.Write(p)
}
