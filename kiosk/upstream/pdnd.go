package upstream

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// PDND is what a terminal has that speaks with vouchers of the Piattaforma
// Digitale Nazionale Dati (pdnd-bearer) rather than with its device key alone.
// Keys of the PDND belong to a gateway; on a terminal they are for pilots.
type PDND struct {
	TokenURL  string // where vouchers are given out, https only
	Audience  string // of the client's assertion; the PDND's own has no scheme
	ClientID  string
	KeyID     string // by which the PDND knows the public key
	Key       crypto.PrivateKey
	PurposeID string
}

const (
	// evidenceLife is longer than a voucher's (600 s): the two go together.
	evidenceLife = 15 * time.Minute
	// voucherMargin is how long before its end a voucher is not used any more.
	voucherMargin = 30 * time.Second
)

// bearer is pdnd-bearer: ID_AUTH_REST_01 by way of the PDND, INTEGRITY_REST_02,
// AUDIT_REST_02.
type bearer struct {
	PDND
	key      namedKey
	terminal string
	base     string
	client   *http.Client
	door     chan struct{} // holds one token: one voucher is asked for at a time
	vouchers map[string]voucher
}

// voucher is one of the PDND, and the evidence that it is bound to.
type voucher struct {
	token    string
	evidence string // compact JWS, empty for a voucher that concerns nobody
	until    time.Time
}

func newBearer(o Options, base string, client *http.Client) (*bearer, error) {
	p := *o.PDND
	token, err := url.Parse(p.TokenURL)
	if err != nil || token.Scheme != "https" || token.Host == "" || token.User != nil || token.RawQuery != "" || token.Fragment != "" {
		return nil, errors.New("address of the PDND's vouchers is not of the form https://host/path")
	}
	if p.Audience == "" || p.ClientID == "" || p.KeyID == "" || p.PurposeID == "" {
		return nil, errors.New("PDND without audience, client, key or purpose")
	}
	key, ok := p.Key.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < 2048 {
		return nil, errors.New("key of the PDND is not RSA of 2048 bits") // RS256 is all that it takes
	}
	b := &bearer{
		PDND: p, terminal: o.Terminal, base: base, client: client,
		key:  namedKey{key, jose.RS256, map[jose.HeaderKey]any{"kid": p.KeyID}},
		door: make(chan struct{}, 1), vouchers: map[string]voucher{},
	}
	b.door <- struct{}{}
	return b, nil
}

func (b *bearer) name() string { return b.ClientID }

// stamp signs every request, also one without a body: a voucher is used many
// times, and only this signature tells two requests apart.
func (b *bearer) stamp(ctx context.Context, r *http.Request, op call, now time.Time) (string, error) {
	v, err := b.voucher(ctx, op.user(), now)
	if err != nil {
		return "", err
	}
	what := integrity{newClaims(b.ClientID, b.base, now, signatureLife), sealHeaders(r.Header, op.body)}
	signed, err := b.key.sign(jwtType, what)
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+v.token)
	r.Header.Set(signatureHeader, signed)
	if v.evidence != "" {
		r.Header.Set(evidenceHeader, v.evidence)
	}
	return what.Jti, nil
}

// forget lets all vouchers go: INPS did not take one.
func (b *bearer) forget(ctx context.Context) {
	if b.enter(ctx) == nil {
		clear(b.vouchers)
		b.leave()
	}
}

func (b *bearer) enter(ctx context.Context) error {
	select {
	case <-b.door:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *bearer) leave() { b.door <- struct{}{} }

// voucher returns one for that user of the terminal, a new one where none is good.
func (b *bearer) voucher(ctx context.Context, user string, now time.Time) (voucher, error) {
	if err := b.enter(ctx); err != nil {
		return voucher{}, lineError(err, false)
	}
	defer b.leave()
	if v, ok := b.vouchers[user]; ok && now.Before(v.until) {
		return v, nil
	}
	v := voucher{until: now.Add(evidenceLife - voucherMargin)}
	if user != "" {
		var err error
		if v.evidence, err = b.track(user, now); err != nil {
			return voucher{}, err
		}
	}
	end, err := b.redeem(ctx, &v, now)
	if err != nil {
		return voucher{}, fmt.Errorf("asking the PDND for a voucher: %w", err)
	}
	if end = end.Add(-voucherMargin); end.Before(v.until) {
		v.until = end
	}
	b.vouchers[user] = v
	return v, nil
}

// track makes the evidence that a voucher is bound to.
func (b *bearer) track(user string, now time.Time) (string, error) {
	var random [8]byte
	rand.Read(random[:])
	return b.key.sign(jwtType, evidence{
		claims: newClaims(b.ClientID, b.base, now, evidenceLife),
		UserID: user, UserLocation: b.terminal, LoA: highAssurance, PurposeID: b.PurposeID,
		Dnonce: strconv.FormatUint(binary.BigEndian.Uint64(random[:]), 10),
	})
}
