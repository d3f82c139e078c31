package upstreamsim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
)

// cardTLS is the grant of a citizen who showed the card in the handshake.
const cardTLS = "urn:pue:grant-type:card-tls"

// shownKey is under what the card that a connection showed stands.
type shownKey struct{}

// ServeCards answers on ln to connections that show a citizen's card, until ctx
// ends: the token endpoint and nothing else. TLS 1.2 only, since no CIE can sign as
// TLS 1.3 wants it; without resumption, since each log-in takes the card. It closes
// ln.
func (s *Server) ServeCards(ctx context.Context, ln net.Listener) error {
	return s.serve(ctx, ln, s.cardDoor(), &tls.Config{
		ClientAuth:             tls.RequireAnyClientCert, // checkCard judges it, as it does an assertion's
		ClientCAs:              s.anchors,                // whose names are told to who asks
		MaxVersion:             tls.VersionTLS12,
		SessionTicketsDisabled: true,
	})
}

// cardDoor keeps the card that the connection showed, and puts in its place the
// terminal that signed the request, by whose certificate everything else knows it.
func (s *Server) cardDoor() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || r.URL.Path != tokenPath {
			http.NotFound(w, r)
			return
		}
		shown, state := r.TLS.PeerCertificates, *r.TLS
		state.PeerCertificates, state.VerifiedChains = nil, nil
		if chain := s.signingTerminal(r, s.now()); chain != nil {
			state.PeerCertificates, state.VerifiedChains = chain, [][]*x509.Certificate{chain}
		}
		r = r.WithContext(context.WithValue(r.Context(), shownKey{}, shown))
		r.TLS = &state
		s.handler.ServeHTTP(w, r)
	})
}

// signingTerminal is the certificate chain of the terminal that signed the request,
// nil where none did that this side has issued a certificate to.
func (s *Server) signingTerminal(r *http.Request, now time.Time) []*x509.Certificate {
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, chain, err := openDeviceJWS([]byte(bearer), "JWT")
	if err != nil || !s.isTerminal(chain, chain[0].Subject.CommonName, now) {
		return nil
	}
	return chain
}

// cardShown is the card that the connection of a request showed, nil for none.
func cardShown(r *http.Request) []*x509.Certificate {
	shown, _ := r.Context().Value(shownKey{}).([]*x509.Certificate)
	return shown
}

// grantAtDoor is for the holder of the card that the connection showed. No card
// named the officer: the terminal alone vouches for one.
func (s *Server) grantAtDoor(r *http.Request, now time.Time) (grant, error) {
	shown := cardShown(r)
	if shown == nil {
		return grant{}, errors.New("this connection showed no card")
	}
	bound := thumbprint(device(r))
	if !s.desk.useNonce(r.PostForm.Get("nonce"), bound, now) {
		return grant{}, errors.New("nonce unknown, used or expired")
	}
	who, err := checkCard(shown, s.anchors, now)
	if err != nil {
		return grant{}, err
	}
	g := grant{subject: who.taxCode, device: bound, until: now.Add(tokenLife)}
	if !r.PostForm.Has("actor_token") {
		return g, nil
	}
	if r.PostForm.Get("actor_token_type") != jwtTokenType {
		return grant{}, errors.New("actor is not of type " + jwtTokenType)
	}
	g.actor, err = s.vouchedActor(r, now)
	return g, err
}

// vouchedActor is the officer whom the terminal that asks says to be there.
func (s *Server) vouchedActor(r *http.Request, now time.Time) (string, error) {
	payload, chain, err := openDeviceJWS([]byte(r.PostForm.Get("actor_token")), "JWT")
	if err != nil {
		return "", err
	}
	var c operative
	if json.Unmarshal(payload, &c) != nil {
		return "", errors.New("claims of the actor are not as they should be")
	}
	iat, exp := time.Unix(c.Iat, 0), time.Unix(c.Exp, 0)
	switch {
	case !chain[0].Equal(device(r)) || c.Iss != terminalOf(r):
		return "", errors.New("not this terminal vouches for the actor")
	case c.Sub == "":
		return "", errors.New("the actor has no name")
	case !s.isHere(r, c.Aud, tokenPath):
		return "", errors.New("actor: aud is not this token endpoint")
	case iat.After(now.Add(clockSkew)) || !exp.After(now.Add(-clockSkew)) || exp.Sub(iat) > assertionMost:
		return "", errors.New("actor: iat and exp are not a short time around now")
	case c.Jti == "" || !s.desk.useJTI(c.Iss+" "+c.Jti, exp.Add(clockSkew)):
		return "", errors.New("actor: jti missing or used before")
	}
	return c.Sub, nil
}
