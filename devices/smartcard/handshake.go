package smartcard

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
)

// Errors of a handshake in which a card is to say who its holder is.
var (
	// ErrTLS13Only is a server without TLS 1.2. From TLS 1.3 on a client signs
	// with PSS, which the chip of a CIE cannot make.
	ErrTLS13Only = fmt.Errorf("server does not speak TLS 1.2: %w", ErrPSS)
	// ErrNotAsked is a server that did not want to know who its client is.
	ErrNotAsked = errors.New("server asked for no certificate")
)

// TLSCertificate returns the card as the certificate of a TLS client. It is good
// for TLS 1.2 only: its list of algorithms keeps crypto/tls from choosing PSS.
func TLSCertificate(card Key, id Identity) (tls.Certificate, error) {
	signer, err := NewSigner(card, id)
	if err != nil {
		return tls.Certificate{}, err
	}
	cert := tls.Certificate{
		Leaf: id.Certificate, PrivateKey: signer,
		SupportedSignatureAlgorithms: []tls.SignatureScheme{tls.PKCS1WithSHA256},
	}
	for _, c := range id.Path() {
		cert.Certificate = append(cert.Certificate, c.Raw)
	}
	return cert, nil
}

// Handshake makes a client's TLS 1.2 connection of conn in which the server has
// seen the card. The card signs once, in the caller's goroutine, after the
// server has proved itself; its PIN must have been verified. Nothing of the
// session is kept, so that no later connection can do without the card. config
// says what is believed of the server. conn is closed when the handshake fails.
func Handshake(ctx context.Context, conn net.Conn, config *tls.Config, card Key, id Identity) (*tls.Conn, error) {
	cert, err := TLSCertificate(card, id)
	if err != nil {
		conn.Close()
		return nil, err
	}
	config = config.Clone()
	config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	config.SessionTicketsDisabled, config.ClientSessionCache = true, nil
	config.Certificates = nil
	asked := false
	// Not config.Certificates: the list of authorities that a server asks for may
	// name only the root of a CIE, and crypto/tls would then show nothing to a server
	// that knows very well what lies between.
	config.GetClientCertificate = func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked = true
		if !slices.Contains(request.SignatureSchemes, tls.PKCS1WithSHA256) {
			return nil, fmt.Errorf("server wants no PKCS #1 v1.5 signature over SHA-256: %w", ErrPSS)
		}
		return &cert, nil
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, fmt.Errorf("showing the card to the server: %w", handshakeTrouble(err))
	}
	if !asked {
		secure.Close()
		return nil, fmt.Errorf("showing the card to the server: %w", ErrNotAsked)
	}
	return secure, nil
}

// protocolVersion is the alert of a server that has no version in common with us
// (RFC 5246 §7.2.2).
const protocolVersion = tls.AlertError(70)

// handshakeTrouble finds the meaning of a server that wants TLS 1.3. crypto/tls
// keeps the type of an alert to itself; its words are those of AlertError.
func handshakeTrouble(err error) error {
	var remote *net.OpError
	if errors.As(err, &remote) && remote.Op == "remote error" && remote.Err.Error() == protocolVersion.Error() {
		return errors.Join(ErrTLS13Only, err)
	}
	return err
}
