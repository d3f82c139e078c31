// Package gate lets one browser on this machine look at the pages, which live on
// a Unix socket that no browser can open.
//
// It listens on loopback and forwards to the socket. Who may look is decided by a
// ticket: the address given to Ready works once, and turns into a cookie that only
// this gate knows (HttpOnly, SameSite=Strict). Everybody else is refused, and so is
// every request for another host name, which keeps out pages of other origins that
// point a name of theirs here (DNS rebinding).
//
// The window never sees a browser's error page: while the daemon is away the gate
// shows a calm page of its own that tries again by itself.
package gate

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

const (
	headerTime  = 5 * time.Second
	connectTime = 2 * time.Second // to a socket on this machine
	goodbyeTime = time.Second
)

// Options say where the pages are and where to offer them.
type Options struct {
	Socket string           // the Unix socket of the pages
	Listen string           // loopback address, 127.0.0.1:0 when empty
	Ready  func(url string) // told the first ticket once the gate is open
	Log    *slog.Logger
}

// Gate is an open gate.
type Gate struct {
	listener net.Listener
	proxy    *httputil.ReverseProxy
	log      *slog.Logger
	cookie   string // its name carries the port: cookies do not keep ports apart (RFC 6265 §8.5)
	secret   string

	mu      sync.Mutex
	tickets map[string]bool
}

// Run opens a gate, says so, and serves until ctx ends.
func Run(ctx context.Context, o Options) error {
	g, err := Open(o)
	if err != nil {
		return err
	}
	if o.Ready != nil {
		o.Ready(g.Ticket())
	}
	return g.Serve(ctx)
}

// Open listens. Addresses that are not loopback are refused.
func Open(o Options) (*Gate, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(o.Listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("opening the gate on %q: only a loopback address such as 127.0.0.1:0 is allowed", o.Listen)
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("opening the gate: %w", err)
	}
	g := &Gate{
		listener: l, log: o.Log, secret: rand.Text(), tickets: map[string]bool{},
		cookie: fmt.Sprintf("pue_%d", l.Addr().(*net.TCPAddr).Port),
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	dial := net.Dialer{Timeout: connectTime}
	g.proxy = &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: "pages"})
			p.Out.Host = p.In.Host // the pages compare it with the Origin
			p.Out.Header.Del("Cookie")
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return dial.DialContext(ctx, "unix", o.Socket)
			},
			DisableCompression: true,
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if !errors.Is(err, context.Canceled) {
				g.log.Debug("the pages are away", "err", err)
			}
			waiting.show(w)
		},
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
	return g, nil
}

// Ticket is a new address that lets one browser in, once.
func (g *Gate) Ticket() string {
	ticket := rand.Text()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tickets[ticket] = true
	return "http://" + g.listener.Addr().String() + "/?ticket=" + ticket
}

// Serve lets requests through until ctx ends.
func (g *Gate) Serve(ctx context.Context) error {
	server := &http.Server{
		Handler:           g,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerTime,
		ErrorLog:          slog.NewLogLogger(g.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(stopped)
		late, done := context.WithTimeout(context.WithoutCancel(ctx), goodbyeTime)
		defer done()
		if err := server.Shutdown(late); err != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(g.listener)
	if !cancel() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving the gate: %w", err)
}

// ServeHTTP implements [http.Handler].
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host != g.listener.Addr().String():
		closed.show(w)
	case r.Method == http.MethodGet && r.URL.Path == "/" && g.burn(r.URL.Query().Get("ticket")):
		http.SetCookie(w, &http.Cookie{
			Name: g.cookie, Value: g.secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case !g.known(r):
		closed.show(w)
	default:
		g.proxy.ServeHTTP(w, r)
	}
}

// burn reports whether the ticket was good, and makes it worthless.
func (g *Gate) burn(ticket string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	good := g.tickets[ticket]
	delete(g.tickets, ticket)
	return good
}

// known reports whether the request comes from a browser that had a ticket.
func (g *Gate) known(r *http.Request) bool {
	c, err := r.Cookie(g.cookie)
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(g.secret)) == 1
}
