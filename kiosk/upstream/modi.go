package upstream

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
)

// Headers of ModI (Linee guida interoperabilità, patterns INTEGRITY_REST_01 and
// AUDIT_REST_01), and our own one for the citizen's token: Authorization is the
// terminal's.
const (
	signatureHeader = "Agid-Jwt-Signature" // in the form of net/http
	evidenceHeader  = "Agid-Jwt-Trackingevidence"
	citizenHeader   = "Pue-Citizen"
)

const (
	jwtType = "JWT"
	// signatureLife is how long a signature of a request may be accepted: a
	// submission of 8 MiB takes nine minutes at 128 kbit/s, but its headers arrive
	// at once. ModI's examples have 2 s; the contract allows 120 s.
	signatureLife = 60 * time.Second
	// highAssurance: card and PIN (Regulation (EU) 910/2014, article 8).
	highAssurance = "high"
	// Who uses the terminal, where no officer stands beside the citizen, and where
	// the terminal sends by itself what was signed before.
	selfService = "self-service"
	fromQueue   = "queue"
)

// standing is how the other side knows who asks: by the device certificate
// (modi-direct) or by a voucher (pdnd-bearer).
type standing interface {
	// stamp puts on the request what this way asks for, and returns the id that
	// the answer must name.
	stamp(ctx context.Context, r *http.Request, op call, now time.Time) (jti string, err error)
	// forget drops what the other side has not accepted.
	forget(ctx context.Context)
	// name is for whom answers are meant.
	name() string
}

func newStanding(o Options, base string, key namedKey, way *http.Client) (standing, error) {
	if o.PDND == nil {
		return newDirect(o, base, key)
	}
	return newBearer(o, base, way)
}

// claims are those that every signature of a request has (ModI ID_AUTH_REST_02).
type claims struct {
	Iss string `json:"iss"`
	Sub string `json:"sub"`
	Aud string `json:"aud"`
	Iat int64  `json:"iat"`
	Nbf int64  `json:"nbf"`
	Exp int64  `json:"exp"`
	Jti string `json:"jti"`
}

func newClaims(from, to string, now time.Time, life time.Duration) claims {
	return claims{
		Iss: from, Sub: from, Aud: to, Iat: now.Unix(), Nbf: now.Unix(), Exp: now.Add(life).Unix(), Jti: rand.Text(),
	}
}

// integrity are the claims of INTEGRITY_REST_01: an array of objects with one
// header each, names in lower case, in order.
type integrity struct {
	claims
	SignedHeaders []map[string]string `json:"signed_headers"`
}

// evidence are the claims of AUDIT_REST_01 and 02.
type evidence struct {
	claims
	UserID       string `json:"userID"`
	UserLocation string `json:"userLocation"`
	LoA          string `json:"LoA"`
	PurposeID    string `json:"purposeId,omitempty"`
	Dnonce       string `json:"dnonce,omitempty"` // digits
}

// direct is modi-direct: ID_AUTH_CHANNEL_02, ID_AUTH_REST_02 and
// INTEGRITY_REST_01, all with the device key.
type direct struct {
	key      namedKey // with the certificate
	brief    namedKey // the same, with its thumbprint: of a request the other side needs the certificate once
	terminal string
	base     string // address of the other side, the audience
}

func newDirect(o Options, base string, key namedKey) (*direct, error) {
	leaf, err := x509.ParseCertificate(o.Certificate.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("reading the device certificate: %w", err)
	}
	brief := key
	brief.name = map[jose.HeaderKey]any{"x5t#S256": thumbprint(leaf)}
	return &direct{key, brief, o.Terminal, base}, nil
}

func (d *direct) name() string { return d.terminal }

// forget has nothing to drop: every signature is made anew.
func (d *direct) forget(context.Context) {}

func (d *direct) stamp(_ context.Context, r *http.Request, op call, now time.Time) (string, error) {
	who := newClaims(d.terminal, d.base, now, signatureLife)
	bearer, err := d.key.sign(jwtType, who)
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	if op.body != nil {
		signed, err := d.brief.sign(jwtType, integrity{newClaims(d.terminal, d.base, now, signatureLife), sealHeaders(r.Header, op.body)})
		if err != nil {
			return "", err
		}
		r.Header.Set(signatureHeader, signed)
	}
	if op.user() != "" {
		tracked, err := d.brief.sign(jwtType, evidence{
			claims: newClaims(d.terminal, d.base, now, signatureLife),
			UserID: op.user(), UserLocation: d.terminal, LoA: highAssurance,
		})
		if err != nil {
			return "", err
		}
		r.Header.Set(evidenceHeader, tracked)
	}
	return who.Jti, nil
}

// sealHeaders sets Digest for the body, and returns the headers to be signed.
func sealHeaders(h http.Header, body []byte) []map[string]string {
	h.Set("Digest", digestOf(body))
	signed := []map[string]string{{"digest": h.Get("Digest")}}
	if v := h.Get("Content-Type"); v != "" {
		signed = append(signed, map[string]string{"content-type": v})
	}
	if v := h.Get("Content-Encoding"); v != "" {
		signed = append(signed, map[string]string{"content-encoding": v})
	}
	return signed
}

// digestOf is the value of Digest (RFC 3230, to which ModI holds).
func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// namedKey signs, and says in the header by what name the other side knows it.
type namedKey struct {
	key  crypto.Signer
	alg  jose.SignatureAlgorithm
	name map[jose.HeaderKey]any
}

// deviceKey is known by the device certificate and its chain, leaf first (RFC
// 7515 §4.1.6).
func deviceKey(chain [][]byte, key crypto.PrivateKey) (namedKey, error) {
	alg, err := deviceAlgorithm(key)
	if err != nil {
		return namedKey{}, err
	}
	x5c := make([]string, len(chain))
	for i, der := range chain {
		x5c[i] = base64.StdEncoding.EncodeToString(der)
	}
	return namedKey{key.(crypto.Signer), alg, map[jose.HeaderKey]any{"x5c": x5c}}, nil
}

// sign returns the claims as a compact JWS.
func (k namedKey) sign(typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("writing the claims: %w", err)
	}
	return k.compact(typ, payload)
}

func (k namedKey) compact(typ string, payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.alg, Key: cryptosigner.Opaque(k.key)},
		&jose.SignerOptions{ExtraHeaders: withType(k.name, typ)})
	if err != nil {
		return "", fmt.Errorf("preparing the key: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		return "", fmt.Errorf("writing the signature: %w", err)
	}
	return compact, nil
}

func withType(name map[jose.HeaderKey]any, typ string) map[jose.HeaderKey]any {
	header := map[jose.HeaderKey]any{jose.HeaderType: typ}
	for k, v := range name {
		header[k] = v
	}
	return header
}
