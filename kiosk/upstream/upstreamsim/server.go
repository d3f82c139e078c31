package upstreamsim

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"
)

// Options say who the reference side is and whom it trusts.
type Options struct {
	Dir     string         // what Provision wrote
	Anchors *x509.CertPool // of the citizens' cards
	Ledger  string         // folder for what was filed; empty: nothing outlives the server
	Office  string         // INPS office in protocol numbers, four digits; empty: "7003"
	// Destination is whose side it plays: "inps", which is also the default, or
	// "comune", which takes submissions of its own, numbers them as a municipality
	// does, and knows nothing of contributions.
	Destination string
	Log         *slog.Logger // nil: no log
	// Names of invented citizens by codice fiscale; whoever is not among them
	// gets a name.
	Names map[string]string
}

// comune is the destination that is a municipality.
const comune = "comune"

// Server is the reference INPS side, or that of a municipality. It is safe for concurrent use.
type Server struct {
	keys    keys
	side    string // destination
	anchors *x509.CertPool
	log     *slog.Logger
	desk    *desk
	filing  *ledger
	chunks  *chunkStore
	handler http.Handler
	names   map[string]string
	papers  papers
	bundle  bundleShelf
	waiting waitingRoom
	trouble trouble
	quotas  quotas

	mu       sync.Mutex
	down     bool
	busy     time.Duration
	quota    time.Time
	lose     int
	signing  Signing
	requests map[string]int
	mixedUp  bool
	spoiled  string
	set      map[string]*Answer // by service, where a test has said so
	// for how many people each acts, where a test has said so
	delegated map[string]int
	conns     map[net.Conn]struct{}
}

// New loads what Provision wrote, and what was filed before.
func New(o Options) (*Server, error) {
	if o.Anchors == nil {
		return nil, errors.New("no anchors of the citizens' cards")
	}
	k, err := loadKeys(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("loading the keys of the reference side: %w", err)
	}
	o.Destination = cmp.Or(o.Destination, "inps")
	number := inpsNumber(cmp.Or(o.Office, "7003"))
	if o.Destination == comune {
		number = comuneNumber
	}
	filing, err := openLedger(o.Ledger, number, k.confirmation)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		keys: k, side: o.Destination, anchors: o.Anchors, log: o.Log, desk: newDesk(), filing: filing,
		chunks:   &chunkStore{received: filing.received},
		names:    o.Names,
		requests: map[string]int{}, conns: map[net.Conn]struct{}{},
	}
	if o.Ledger != "" {
		s.chunks.folder = filepath.Join(o.Ledger, "attachments")
	}
	front := http.NewServeMux()
	front.Handle("/", s.gate(s.router()))
	front.HandleFunc(PDNDPath, s.giveVoucher)
	s.handler = s.troubled(front)
	return s, nil
}

// Handler serves the contract to requests that come over mutual TLS, and
// refuses all others.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on ln, over TLS with a required device certificate, until ctx
// ends. It closes ln.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	return s.serve(ctx, ln, s.handler, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: s.keys.terminals})
}

// serve answers on ln as config wants it, with the certificate of this side.
func (s *Server) serve(ctx context.Context, ln net.Listener, handler http.Handler, config *tls.Config) error {
	config.Certificates = []tls.Certificate{s.keys.server}
	config.MinVersion = tls.VersionTLS12
	config.NextProtos = []string{"http/1.1"}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	err := server.Serve(tls.NewListener(&cuttable{ln, s}, config))
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("serving the reference side: %w", err)
}

// Close lets the ledger's file go. Stop Serve first.
func (s *Server) Close() error { return errors.Join(s.filing.close(), s.chunks.close()) }

// Filed lists what was filed, in the order of filing.
func (s *Server) Filed() []Filed { return s.filing.filed(time.Now()) }

// Filings is how many protocol numbers were given to the submission of this id:
// any other than one is an error of somebody's.
func (s *Server) Filings(id string) int { return s.filing.filingsOf(id, time.Now()) }

// Requests counts the requests received, by method and path pattern.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.requests)
}

// thumbprint is the confirmation value of RFC 8705 §3.1.
func thumbprint(cert *x509.Certificate) [sha256.Size]byte { return sha256.Sum256(cert.Raw) }
