package upstream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
)

// assertionLife is how long INPS may accept the card's assertion; the contract
// allows 120 s, a slow line needs a few.
const assertionLife = 60 * time.Second

// Token is a citizen's right to read, for one session, at this terminal only:
// INPS binds it to the device certificate (RFC 8705 §3). It prints as dots.
type Token struct {
	bearer smartcard.Private
	holder smartcard.TaxCode
	acts   *acting // for whom the holder may act
	user   string  // pseudonym of the officer beside the citizen, or selfService
}

// IsZero reports whether nobody is logged in.
func (t Token) IsZero() bool { return t.bearer.IsZero() }

// String implements [fmt.Stringer] without the token.
func (t Token) String() string { return t.bearer.String() }

// GoString implements [fmt.GoStringer] without the token.
func (t Token) GoString() string { return t.bearer.GoString() }

// LogValue implements [slog.LogValuer] without the token.
func (t Token) LogValue() slog.Value { return t.bearer.LogValue() }

// MarshalText implements [encoding.TextMarshaler] without the token.
func (t Token) MarshalText() ([]byte, error) { return t.bearer.MarshalText() }

// LogIn obtains a token for the holder of the card: INPS gives a nonce, the card
// signs an assertion with it (RFC 7523 §2.1). The card's PIN must have been
// verified. actor is the pseudonym of the officer beside the citizen, or empty:
// then the assertion names the officer (may_act), the terminal vouches for the
// presence, and both are exchanged for a token that says who acts (RFC 8693).
//
// With a card address the card signs no assertion: it shows itself to INPS's server
// in the handshake of TLS, with the nonce in the request; an officer is then
// vouched for by the terminal alone.
func (c *Client) LogIn(ctx context.Context, id smartcard.Identity, s Signer, actor string) (Token, error) {
	nonce, err := c.challenge(ctx)
	if err != nil {
		return Token{}, fmt.Errorf("asking for a challenge: %w", err)
	}
	token, err := c.logIn(ctx, id, s, actor, nonce)
	if err != nil {
		return Token{}, err
	}
	token.holder, token.acts = id.TaxCode, new(acting)
	return token, nil
}

func (c *Client) logIn(ctx context.Context, id smartcard.Identity, s Signer, actor, nonce string) (Token, error) {
	if c.door != nil {
		return c.logInAtDoor(ctx, id, s, actor, nonce)
	}
	assertion, err := c.assertion(id, s, actor, nonce)
	if err != nil {
		return Token{}, fmt.Errorf("asserting the identity: %w", err)
	}
	grant, err := c.grant(assertion, actor)
	if err != nil {
		return Token{}, fmt.Errorf("vouching for the officer: %w", err)
	}
	token, err := c.redeem(ctx, grant, actor, nil)
	if err != nil {
		return Token{}, fmt.Errorf("asking for a token: %w", err)
	}
	return token, nil
}

func (c *Client) challenge(ctx context.Context) (string, error) {
	var ch struct {
		Nonce string `json:"nonce"`
	}
	if err := c.ask(ctx, call{name: "challenge", method: http.MethodPost, path: "/auth/challenge", limit: 4 << 10}, &ch); err != nil {
		return "", err
	}
	if len(ch.Nonce) < 16 || len(ch.Nonce) > 256 {
		return "", fmt.Errorf("%w: nonce of %d characters", ErrContract, len(ch.Nonce))
	}
	return ch.Nonce, nil
}

// party names who may act beside the subject (RFC 8693 §4.4).
type party struct {
	Sub string `json:"sub"`
}

func (c *Client) assertion(id smartcard.Identity, s Signer, actor, nonce string) ([]byte, error) {
	if id.TaxCode.IsZero() {
		return nil, errors.New("identity without codice fiscale")
	}
	now := time.Now()
	claims := struct {
		Iss      string `json:"iss"`
		Sub      string `json:"sub"`
		Aud      string `json:"aud"`
		Iat      int64  `json:"iat"`
		Exp      int64  `json:"exp"`
		Jti      string `json:"jti"`
		Nonce    string `json:"nonce"`
		Terminal string `json:"terminal"`
		MayAct   *party `json:"may_act,omitempty"`
	}{
		Iss: id.TaxCode.Reveal(), Sub: id.TaxCode.Reveal(),
		Aud: c.tokenEndpoint(),
		Iat: now.Unix(), Exp: now.Add(assertionLife).Unix(),
		Jti: rand.Text(), Nonce: nonce, Terminal: c.terminal,
	}
	if actor != "" {
		claims.MayAct = &party{Sub: actor}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return nil, fmt.Errorf("writing the claims: %w", err)
	}
	defer clear(payload)
	return signCompact("JWT", payload, id.Path(), s)
}

func (c *Client) tokenEndpoint() string { return endpointOf(c.base) }

const tokenPath = "/auth/token"

func endpointOf(base *url.URL) string { return base.JoinPath(tokenPath).String() }

const (
	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
	jwtTokenType    = "urn:ietf:params:oauth:token-type:jwt"
)

// grant is the form that the assertion is redeemed with.
func (c *Client) grant(assertion []byte, actor string) (url.Values, error) {
	if actor == "" {
		return url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
			"assertion":  {string(assertion)},
		}, nil
	}
	vouched, err := c.vouchFor(actor, c.tokenEndpoint())
	if err != nil {
		return nil, err
	}
	return url.Values{
		"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token": {string(assertion)}, "subject_token_type": {jwtTokenType},
		"actor_token": {vouched}, "actor_token_type": {jwtTokenType},
	}, nil
}

// vouchFor is the terminal's word that an officer is there.
func (c *Client) vouchFor(actor, endpoint string) (string, error) {
	officer := newClaims(c.terminal, endpoint, time.Now(), assertionLife)
	officer.Sub = actor
	return c.deviceKey.sign(jwtType, officer)
}

func (c *Client) redeem(ctx context.Context, grant url.Values, actor string, over *way) (Token, error) {
	var t struct {
		AccessToken string `json:"access_token"`
		IssuedType  string `json:"issued_token_type"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"` // seconds
	}
	user := actor
	if user == "" {
		user = selfService
	}
	err := c.ask(ctx, call{
		name: "token", method: http.MethodPost, path: tokenPath, contentType: formType, limit: 16 << 10, by: user,
		body: []byte(grant.Encode()), over: over,
	}, &t)
	if err != nil {
		return Token{}, err
	}
	if !bearerSyntax(t.AccessToken) || !strings.EqualFold(t.TokenType, "Bearer") || t.ExpiresIn <= 0 {
		return Token{}, fmt.Errorf("%w: not a usable token", ErrContract)
	}
	if grant.Has("subject_token") && t.IssuedType != accessTokenType { // required by RFC 8693 §2.2.1
		return Token{}, fmt.Errorf("%w: not the token that was asked for", ErrContract)
	}
	return Token{bearer: smartcard.NewPrivate(t.AccessToken), user: user}, nil
}

// bearerSyntax accepts b64token of RFC 6750 §2.1, which is safe in a header.
func bearerSyntax(s string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
	return len(s) >= 16 && len(s) <= 8<<10 && strings.Trim(s, letters) == ""
}

// Revoke ends a token at INPS (RFC 7009). A token INPS does not know counts as
// revoked.
func (c *Client) Revoke(ctx context.Context, t Token) error {
	if t.IsZero() {
		return nil
	}
	a, err := c.do(ctx, call{
		name: "revoke", method: http.MethodPost, path: "/auth/revoke", contentType: formType, limit: 4 << 10, by: t.user, urgent: true,
		body: []byte(url.Values{"token": {t.bearer.Reveal()}}.Encode()),
	})
	if err == nil && a.status != http.StatusOK {
		err = a.refusal()
	}
	if err != nil {
		return fmt.Errorf("revoking the token: %w", err)
	}
	return nil
}

// tokenTrouble: INPS's problem "token" speaks of the citizen's token and not of
// the terminal.
func tokenTrouble(a answer) error {
	if a.problem() == "token" {
		return &outbox.RefusedError{Status: a.status, Reason: "token"}
	}
	return a.refusal()
}
