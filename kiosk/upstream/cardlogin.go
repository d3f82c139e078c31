package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
)

// cardGrant is the grant of a citizen who showed the card to the server itself, in
// the handshake of TLS (RFC 6749 §4.5).
const cardGrant = "urn:pue:grant-type:card-tls"

// cardDoor is INPS's second address, whose server asks for the citizen's card. The
// terminal's own certificate is not seen there: it signs the request (ModI), as it
// does everywhere.
type cardDoor struct {
	base     *url.URL
	standing standing
	trust    *tls.Config // of the server
	dial     dialFunc
}

// newCardDoor is nil where citizens log in by an assertion.
func newCardDoor(o Options, key namedKey) (*cardDoor, error) {
	if o.CardURL == "" {
		return nil, nil
	}
	if o.PDND != nil {
		return nil, errors.New("a card cannot log in where the terminal comes with vouchers: its address knows only device certificates")
	}
	base, err := baseURL(o.CardURL)
	if err != nil {
		return nil, err
	}
	who, err := newDirect(o, base.String(), key)
	if err != nil {
		return nil, err
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &cardDoor{base, who, &tls.Config{RootCAs: o.CA, ServerName: base.Hostname()}, dial}, nil
}

// way is by which address a call goes, over what, and how the other side knows who
// asks.
type way struct {
	base     *url.URL
	http     *http.Client
	standing standing
}

// logInAtDoor has the card make a TLS connection, and asks for the token in it. The
// connection ends with the answer, and nothing of its session is kept: the next one
// takes the card, and its PIN, again.
func (c *Client) logInAtDoor(ctx context.Context, id smartcard.Identity, s Signer, actor, nonce string) (Token, error) {
	conn, err := c.door.open(ctx, id, s)
	if err != nil {
		return Token{}, fmt.Errorf("showing the card: %w", err)
	}
	defer conn.Close()
	form := url.Values{"grant_type": {cardGrant}, "nonce": {nonce}}
	if actor != "" {
		vouched, err := c.vouchFor(actor, endpointOf(c.door.base))
		if err != nil {
			return Token{}, fmt.Errorf("vouching for the officer: %w", err)
		}
		form["actor_token"], form["actor_token_type"] = []string{vouched}, []string{jwtTokenType}
	}
	token, err := c.redeem(ctx, form, actor, &way{c.door.base, lockedDown(onlyOver(conn)), c.door.standing})
	if err != nil {
		return Token{}, fmt.Errorf("asking for a token: %w", err)
	}
	return token, nil
}

// open makes the connection. The card signs in this goroutine, and only once the
// server has proved itself.
func (d *cardDoor) open(ctx context.Context, id smartcard.Identity, s Signer) (net.Conn, error) {
	port := d.base.Port()
	if port == "" {
		port = "443"
	}
	dialling, stop := context.WithTimeout(ctx, dialLimit)
	defer stop()
	raw, err := d.dial(dialling, "tcp", net.JoinHostPort(d.base.Hostname(), port))
	if err != nil {
		return nil, lineError(err, false)
	}
	shaking, stop := context.WithTimeout(ctx, handshakeLimit)
	defer stop()
	card := &witness{Signer: s}
	conn, err := smartcard.Handshake(shaking, raw, d.trust, card, id)
	switch {
	case card.err != nil:
		return nil, fmt.Errorf("signing with the card: %w", card.err)
	case errors.Is(err, smartcard.ErrPSS), errors.Is(err, smartcard.ErrNotAsked):
		return nil, fmt.Errorf("%w: %w", ErrContract, err)
	case certificateRefused(err): // the citizen's, and not the terminal's
		return nil, fmt.Errorf("%w: %w", &outbox.RefusedError{Status: http.StatusBadRequest, Reason: "invalid_grant"}, err)
	case err != nil:
		return nil, lineError(err, false)
	}
	return &countingConn{Conn: conn, ended: make(chan struct{})}, nil
}

// witness knows whether it was the card that failed in a handshake.
type witness struct {
	Signer
	err error
}

// Sign implements [Signer].
func (w *witness) Sign(digest []byte) ([]byte, error) {
	signature, err := w.Signer.Sign(digest)
	w.err = err
	return signature, err
}

// onlyOver speaks HTTP over a connection that there is, and makes no other: the
// card would have to sign for it.
func onlyOver(conn net.Conn) *http.Transport {
	there := make(chan net.Conn, 1)
	there <- conn
	return &http.Transport{
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			select {
			case conn := <-there:
				return conn, nil
			default:
				return nil, errors.New("the connection that the card made is over")
			}
		},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 16 << 10,
	}
}
