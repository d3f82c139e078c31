package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pue/kiosk/outbox"
)

// Bounds of a Retry-After that we believe. Without the header we come back
// after a minute; a server that says "in a year" is asked again tomorrow.
const (
	busyDefault = time.Minute
	busyLeast   = time.Second
	busyMost    = 24 * time.Hour
)

// lineError says what an error of the transport means for a request of which
// bytes had left or not.
func lineError(err error, left bool) error {
	var cert *tls.CertificateVerificationError
	switch {
	case fromTheFuture(err):
		return fmt.Errorf("%w: %w: %w", outbox.ErrNoLine, ErrClock, err)
	case errors.As(err, &cert):
		return fmt.Errorf("%w: %w", &outbox.PausedError{Reason: "server-certificate"}, err)
	case certificateRefused(err):
		return fmt.Errorf("%w: %w", &outbox.PausedError{Reason: "terminal-certificate"}, err)
	case left:
		return fmt.Errorf("%w: %w", outbox.ErrUnknownOutcome, err)
	}
	return fmt.Errorf("%w: %w", outbox.ErrNoLine, err)
}

// withoutAddress takes the address out of an error of net/http: its path names the
// service that a citizen asked for, and errors are logged.
func withoutAddress(err error) error {
	if whole, ok := errors.AsType[*url.Error](err); ok {
		return whole.Err
	}
	return err
}

// fromTheFuture reports whether the server showed a certificate that is not valid
// yet: no server does, so it is our clock that is behind, by more than TLS lets us
// measure. A clock that forgot the time begins years ago.
func fromTheFuture(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore)
}

// Alerts by which a server turns a client certificate down (RFC 8446 §6.2).
// With TLS 1.3 they arrive when our handshake is long over, as the first read.
var certificateAlerts = [...]tls.AlertError{
	42,  // bad_certificate
	43,  // unsupported_certificate
	44,  // certificate_revoked
	45,  // certificate_expired
	46,  // certificate_unknown
	48,  // unknown_ca
	49,  // access_denied
	116, // certificate_required
}

func certificateRefused(err error) bool {
	var remote *net.OpError
	if !errors.As(err, &remote) || remote.Op != "remote error" {
		return false
	}
	// crypto/tls keeps the alert's type to itself; its words are those of
	// AlertError.
	for _, a := range certificateAlerts {
		if remote.Err.Error() == a.Error() {
			return true
		}
	}
	return false
}

// problemPrefix begins the type of every problem of the contract; the key for
// programs follows.
const problemPrefix = "urn:pue:problem:"

// problem returns the key of INPS's own problem (RFC 9457), which it has signed;
// empty for any other body: a gateway's page, or its problem, is not INPS's
// decision.
func (a answer) problem() string {
	var p struct {
		Type string `json:"type"`
	}
	if !a.inps || a.media != problemType || json.Unmarshal(a.body, &p) != nil {
		return ""
	}
	name, ours := strings.CutPrefix(p.Type, problemPrefix)
	if !ours {
		return ""
	}
	return key(name)
}

// key returns the meaning of INPS's own problem, which at the token endpoint
// stands in a member of RFC 6749 §5.2.
func (a answer) key() string {
	name := a.problem()
	if name != "grant" {
		return name
	}
	var grant struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(a.body, &grant) != nil {
		return ""
	}
	return key(grant.Error)
}

// key accepts what may go into a log and a message lookup.
func key(s string) string {
	if len(s) > 40 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return ""
	}
	return s
}

// refusal turns an answer that is not a success into its meaning.
func (a answer) refusal() error {
	if busy := a.busy(); busy != nil {
		return busy
	}
	reason := a.key()
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if reason == "" {
			reason = "not-authorised"
		}
		return &outbox.PausedError{Reason: reason}
	case http.StatusRequestTimeout:
		return fmt.Errorf("%w: status %d", outbox.ErrUnknownOutcome, a.status)
	}
	if a.status >= 400 && a.status < 500 && reason != "" {
		return &outbox.RefusedError{Status: a.status, Reason: reason}
	}
	if a.status >= 500 {
		return fmt.Errorf("%w: status %d", outbox.ErrUnknownOutcome, a.status)
	}
	return fmt.Errorf("%w: status %d, media type %q", ErrContract, a.status, told(a.media))
}

// busy is what an answer says that asks for time, nil for any other.
func (a answer) busy() *outbox.BusyError {
	switch a.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusTooEarly:
		return &outbox.BusyError{After: retryAfter(a.header.Get("Retry-After"), time.Now())}
	}
	return nil
}

// retryAfter reads both forms of the header (RFC 9110 §10.2.3).
func retryAfter(v string, now time.Time) time.Duration {
	after := busyDefault
	if seconds, err := strconv.ParseUint(v, 10, 31); err == nil {
		after = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, busyLeast), busyMost)
}
