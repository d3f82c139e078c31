package upstream

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Options is what a terminal is provisioned with to reach INPS.
type Options struct {
	// Destination is who is at the other end: "inps", which is also the default, or
	// "comune". A record for another is not packed.
	Destination  string
	URL          string            // base address, https only
	Certificate  tls.Certificate   // the device certificate and its key
	CA           *x509.CertPool    // anchors of the INPS server certificate
	SealingKeys  []SealingKey      // of INPS, at least one
	Confirmation *x509.Certificate // whose key signs confirmations, pinned
	Terminal     string            // id of this terminal, "PUE-0421"
	ISTAT        string            // code of the municipality it stands in, six digits
	PDND         *PDND             // nil: modi-direct
	// CardURL is the address at which INPS's server asks for the citizen's card, https
	// only; empty: citizens log in by an assertion, at URL. Not with PDND.
	CardURL string
	Log     *slog.Logger // nil: no log
	// ClockTrusted reports whether a time service keeps the clock; nil: always.
	ClockTrusted func() bool
	// Dial, if set, replaces the TCP dialler; TLS runs over what it returns.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Client talks to INPS. It is safe for concurrent use and implements
// outbox.Sender.
type Client struct {
	destination  string
	base         *url.URL
	http         *http.Client
	standing     standing
	door         *cardDoor // nil: citizens log in by an assertion
	deviceKey    namedKey
	skew         skew
	quota        quota
	keys         sealKeys
	clockTrusted func() bool
	confirms     *x509.Certificate
	terminal     string
	istat        string
	log          *slog.Logger
}

// New checks the options and returns a client. It does not touch the network:
// a terminal starts without a line.
func New(o Options) (*Client, error) {
	base, err := baseURL(o.URL)
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	key, err := deviceKey(o.Certificate.Certificate, o.Certificate.PrivateKey)
	if err != nil {
		return nil, err
	}
	way := lockedDown(newTransport(o))
	who, err := newStanding(o, base.String(), key, way)
	if err != nil {
		return nil, err
	}
	door, err := newCardDoor(o, key)
	if err != nil {
		return nil, fmt.Errorf("preparing the log-in by card: %w", err)
	}
	keys, err := readSealingKeys(o.SealingKeys)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.ClockTrusted == nil {
		o.ClockTrusted = func() bool { return true }
	}
	return &Client{
		destination:  cmp.Or(o.Destination, "inps"),
		base:         base,
		http:         way,
		standing:     who,
		door:         door,
		deviceKey:    key,
		keys:         keys,
		clockTrusted: o.ClockTrusted,
		confirms:     o.Confirmation,
		terminal:     o.Terminal,
		istat:        o.ISTAT,
		log:          o.Log,
	}, nil
}

// check says what is missing, or cannot be what it should.
func (o Options) check() error {
	if len(o.Certificate.Certificate) == 0 {
		return errors.New("no device certificate")
	}
	if o.CA == nil {
		return errors.New("no anchors for the INPS server")
	}
	if o.Confirmation == nil {
		return errors.New("no certificate to check confirmations with")
	}
	if _, err := algorithmOf(o.Confirmation.PublicKey); err != nil {
		return fmt.Errorf("confirmation certificate: %w", err)
	}
	if o.Terminal == "" || strings.ContainsRune(o.Terminal, 0) {
		return fmt.Errorf("terminal id %q is not usable", o.Terminal)
	}
	if !istatForm.MatchString(o.ISTAT) {
		return fmt.Errorf("ISTAT code %q is not six digits", o.ISTAT)
	}
	return nil
}

// Close lets idle connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func baseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(s, "/"))
	if err != nil {
		return nil, fmt.Errorf("reading the address of INPS: %w", err)
	}
	if u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("address of INPS %q is not of the form https://host/path", u.Redacted())
	}
	return u, nil
}

// Reachable asks whether INPS is up. A nil error is the only "yes": it took a
// mutually authenticated connection and the declared answer to get it.
func (c *Client) Reachable(ctx context.Context) error {
	var up struct {
		Status string `json:"status"`
	}
	err := c.ask(ctx, call{name: "status", method: http.MethodGet, path: "/status", limit: 4 << 10, measures: true}, &up)
	if err != nil {
		return fmt.Errorf("asking whether INPS is up: %w", err)
	}
	if up.Status != "up" {
		return fmt.Errorf("asking whether INPS is up: %w: status %q", ErrContract, up.Status)
	}
	return nil
}
