package upstream

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// Signer makes an RSASSA-PKCS1-v1_5 signature over a SHA-256 digest (RFC 8017
// §8.2). An opened smartcard.Card with its PIN verified is one.
type Signer interface {
	Sign(digest []byte) ([]byte, error)
}

// signCompact returns a JWS in compact form (RFC 7515 §7.1), RS256, with the
// signer's certificate in x5c, and after it those that lead to an authority. It is put together here rather than by a library
// so that the caller can wipe every buffer that held the payload.
func signCompact(typ string, payload []byte, path []*x509.Certificate, s Signer) ([]byte, error) {
	if len(path) == 0 || path[0] == nil {
		return nil, errors.New("no certificate of the card")
	}
	x5c := make([]string, len(path)) // standard base64, leaf first (RFC 7515 §4.1.6)
	for i, cert := range path {
		x5c[i] = base64.StdEncoding.EncodeToString(cert.Raw)
	}
	header, err := json.Marshal(struct {
		Alg string   `json:"alg"`
		Typ string   `json:"typ"`
		X5C []string `json:"x5c"`
	}{"RS256", typ, x5c})
	if err != nil {
		return nil, fmt.Errorf("writing the JWS header: %w", err)
	}
	b64 := base64.RawURLEncoding
	const signatureRoom = 1 + 700 // a dot, and an RSA-4096 signature
	jws := make([]byte, 0, b64.EncodedLen(len(header))+1+b64.EncodedLen(len(payload))+signatureRoom)
	jws = b64.AppendEncode(jws, header)
	jws = append(jws, '.')
	jws = b64.AppendEncode(jws, payload)
	digest := sha256.Sum256(jws)
	signature, err := s.Sign(digest[:])
	if err != nil {
		clear(jws)
		return nil, fmt.Errorf("signing with the card: %w", err)
	}
	jws = append(jws, '.')
	return b64.AppendEncode(jws, signature), nil
}
