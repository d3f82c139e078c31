package printer

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"pue/devices"
)

// IPPOptions say where an A4 printer is.
type IPPOptions struct {
	// URL is ipp://, ipps://, http:// or https:// and a path, often /ipp/print.
	URL string
	// CA (PEM) vouches for a printer that is reached with TLS; empty: those whom the
	// system believes.
	CA []byte
	// Owner tells the jobs of this terminal from those of everybody else.
	Owner string
	Log   *slog.Logger
}

const (
	// ippMedia is the paper that Italian offices have in the tray (PWG 5101.1).
	ippMedia = "iso_a4_210x297mm"
	ippPort  = "631" // RFC 8011 §5.4.1, RFC 7472 §4
	// ippEvery is how often a printer is asked how it is: trouble in the tray is on the
	// screen within two seconds.
	ippEvery = time.Second
	// ippResting is how often it is asked while nothing is printed.
	ippResting = 5 * time.Second
	// ippPatience is how long a printer may take over one question.
	ippPatience = 4 * time.Second
	// ippLast is how long the printer is asked to drop a job that is given up.
	ippLast = 8 * time.Second
)

// IPP prints whole documents on an A4 printer of the network, by the Internet Printing
// Protocol (RFC 8010, RFC 8011). [IPP.Run] asks how it is; any goroutine may call the
// other methods.
//
// It keeps nothing on a disk here, and leaves nothing waiting at the printer: what is
// given up is cancelled there, and what an earlier run of the program may have left is
// cancelled before the first document, so that nothing comes out by surprise.
type IPP struct {
	address string // for HTTP
	uri     string // for IPP
	owner   string
	// questions go over a connection that is kept, documents over one of their own.
	questions, documents *http.Client
	log                  *slog.Logger
	ids                  atomic.Uint32
	old                  atomic.Bool   // it speaks IPP/1.1 only
	swept                atomic.Bool   // no job of an earlier run is left there
	busy                 chan struct{} // full while something is printed

	nudged chan struct{} // Run is to look now

	mu     sync.Mutex
	status devices.Status
	report func(devices.Status) // nil before Run
}

// NewIPP returns the printer at an address. Nothing happens before [IPP.Run].
func NewIPP(o IPPOptions) (*IPP, error) {
	address, uri, err := ippAddresses(o.URL)
	if err != nil {
		return nil, err
	}
	p := &IPP{
		address: address, uri: uri, owner: o.Owner, log: o.Log.With("device", "documents"), busy: make(chan struct{}, 1), nudged: make(chan struct{}, 1),
		status: devices.Status{State: devices.Starting, Since: time.Now()},
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(o.CA) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, errors.New("reading who vouches for the printer: no certificate in it")
		}
	}
	p.questions, p.documents = ippClient(config, false), ippClient(config, true)
	return p, nil
}

// ippClient makes the HTTP below IPP. A connection that is used once only cannot be
// found closed when a document has gone into it, and the document sent twice.
func ippClient(config *tls.Config, once bool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: ippPatience}).DialContext, TLSClientConfig: config,
			TLSHandshakeTimeout: ippPatience, MaxIdleConns: 2, IdleConnTimeout: 20 * time.Second,
			DisableCompression: true, MaxResponseHeaderBytes: 16 << 10, DisableKeepAlives: once,
		},
		// A printer that sends its documents elsewhere is not the one that was chosen.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CheckIPPAddress says what is wrong with the address of a printer.
func CheckIPPAddress(address string) error {
	_, _, err := ippAddresses(address)
	return err
}

// ippAddresses are the address for HTTP (RFC 8010 §4), and the name by which the
// printer knows itself.
func ippAddresses(of string) (address, uri string, err error) {
	u, err := url.Parse(of)
	if err != nil {
		return "", "", fmt.Errorf("reading the address of the printer: %w", err)
	}
	a, n := *u, *u
	switch u.Scheme {
	case "ipp", "http":
		a.Scheme, n.Scheme = "http", "ipp"
	case "ipps", "https":
		a.Scheme, n.Scheme = "https", "ipps"
	default:
		return "", "", fmt.Errorf("reading the address of the printer: %q is not ipp or ipps", u.Scheme)
	}
	if u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", "", errors.New("reading the address of the printer: it needs a host, and has nothing after the path")
	}
	if u.Port() == "" && (u.Scheme == "ipp" || u.Scheme == "ipps") {
		a.Host = net.JoinHostPort(u.Hostname(), ippPort)
	}
	return a.String(), n.String(), nil
}

// errIPPStatus: the printer answered, and refuses.
type errIPPStatus uint16

func (e errIPPStatus) Error() string {
	return fmt.Sprintf("the printer refuses, status %#04x", uint16(e))
}

// Status codes (RFC 8011 §B.1).
const (
	ippRefused      = 0x0400 // from here on
	ippNotPossible  = 0x0404 // the job has ended by itself
	ippNotFound     = 0x0406
	ippWrongVersion = 0x0503
	ippNotAccepting = 0x0506
	ippBusy         = 0x0507
	ippV1, ippV2    = 0x0101, 0x0200
	ippContentType  = "application/ipp"
	ippGetPrinter   = 0x000B
	ippPrintJob     = 0x0002
	ippCancelJob    = 0x0008
	ippGetJob       = 0x0009
	ippGetJobs      = 0x000A
)

// ask sends one request, with the document behind it if there is one.
func (p *IPP) ask(ctx context.Context, operation uint16, write func(*ippRequest), document []byte) (ippAnswer, error) {
	version := uint16(ippV2)
	if p.old.Load() {
		version = ippV1
	}
	a, err := p.exchange(ctx, version, operation, write, document)
	var status errIPPStatus
	if errors.As(err, &status) && status == ippWrongVersion && version == ippV2 {
		p.old.Store(true)
		return p.exchange(ctx, ippV1, operation, write, document)
	}
	return a, err
}

func (p *IPP) exchange(ctx context.Context, version, operation uint16, write func(*ippRequest), document []byte) (ippAnswer, error) {
	id := p.ids.Add(1)
	r := newIPPRequest(version, operation, id)
	r.text(tagURI, "printer-uri", p.uri)
	write(r)
	head := r.end()
	client, body := p.questions, io.Reader(bytes.NewReader(head))
	if document != nil {
		client, body = p.documents, io.MultiReader(body, bytes.NewReader(document))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.address, body)
	if err != nil {
		return ippAnswer{}, fmt.Errorf("asking the printer: %w", err)
	}
	req.ContentLength = int64(len(head) + len(document))
	req.Header.Set("Content-Type", ippContentType)
	resp, err := client.Do(req)
	if err != nil {
		return ippAnswer{}, fmt.Errorf("asking the printer: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != ippContentType {
		return ippAnswer{}, fmt.Errorf("asking the printer: %w: HTTP status %d", errIPP, resp.StatusCode)
	}
	a, err := readIPP(resp.Body)
	switch {
	case err != nil:
		return a, fmt.Errorf("asking the printer: %w", err)
	case a.status >= ippRefused:
		return a, fmt.Errorf("asking the printer: %w", errIPPStatus(a.status))
	case a.id != id:
		return a, fmt.Errorf("asking the printer: %w: of another question", errIPP)
	}
	return a, nil
}
