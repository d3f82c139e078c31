package upstream

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// replyBytes bounds the signature of an answer: some twenty signed headers.
const replyBytes = 8 << 10

// reply are the claims of a signed answer: those of INTEGRITY_REST_01, and two
// of the contract's own, without which an answer to another question, or with
// another status, would pass for this one.
type reply struct {
	Aud           audience            `json:"aud"`
	Iat           int64               `json:"iat"`
	Exp           int64               `json:"exp"`
	SignedHeaders []map[string]string `json:"signed_headers"`
	InReplyTo     string              `json:"in_reply_to"` // jti of the request
	Status        int                 `json:"status"`
}

// audience is one string or several (RFC 7519 §4.1.3).
type audience []string

// UnmarshalJSON implements [json.Unmarshaler].
func (a *audience) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

// question is what an answer must fit.
type question struct {
	jti string
	to  string // for whom the answer is meant
}

// signedBy says what is wrong with the answer's signature, nil if it is the word
// of the signer about this question.
func (a answer) signedBy(signer *x509.Certificate, q question, now time.Time) error {
	all := a.header.Values(signatureHeader)
	if len(all) != 1 {
		return fmt.Errorf("answer with %d signatures", len(all))
	}
	if len(all[0]) > replyBytes {
		return errors.New("signature that is too long")
	}
	payload, err := openPinned([]byte(all[0]), signer, jwtType)
	if err != nil {
		return err
	}
	var r reply
	if err := json.Unmarshal(payload, &r); err != nil {
		return errors.New("claims that do not fit")
	}
	iat, exp := time.Unix(r.Iat, 0), time.Unix(r.Exp, 0)
	switch {
	case q.jti == "" || r.InReplyTo != q.jti:
		return errors.New("signed for another question")
	case !slices.Contains(r.Aud, q.to):
		return errors.New("signed for another terminal")
	case r.Status != a.status:
		return errors.New("signed with another status")
	case iat.After(now.Add(skewMost)) || !exp.After(now.Add(-skewMost)):
		return errors.New("signed at another time")
	}
	return a.holds(r.SignedHeaders)
}

// mustSign are the headers that have to be signed where they are there.
var mustSign = []string{"content-type", "content-encoding", "location", "etag"}

// holds compares the headers that were signed with those that came, and Digest
// with the body.
func (a answer) holds(signed []map[string]string) error {
	seen := map[string]bool{}
	for _, one := range signed {
		if len(one) != 1 {
			return errors.New("signed headers that are not one by one")
		}
		for name, value := range one {
			if seen[name] || name != strings.ToLower(name) {
				return errors.New("signed headers that are not in order")
			}
			seen[name] = true
			if came := a.header.Values(name); len(came) != 1 || came[0] != value {
				return errors.New("header other than signed")
			}
		}
	}
	for _, name := range mustSign {
		if !seen[name] && len(a.header.Values(name)) != 0 {
			return errors.New("header not signed: " + name)
		}
	}
	if !seen["digest"] || a.header.Get("Digest") != digestOf(a.body) {
		return errors.New("body other than signed")
	}
	return nil
}

// openPinned returns what the pinned key has signed, with the one algorithm that
// belongs to that key (RFC 8725 §3.1) and the one type that is meant (§3.11).
func openPinned(compact []byte, signer *x509.Certificate, typ string) ([]byte, error) {
	alg, err := algorithmOf(signer.PublicKey)
	if err != nil {
		return nil, err
	}
	jws, err := jose.ParseSignedCompact(string(compact), []jose.SignatureAlgorithm{alg})
	if err != nil {
		return nil, errors.New("not a compact JWS of the right algorithm")
	}
	// The library also reads base64url with stray bits at the end of a part;
	// what is kept as proof must be the very bytes that anybody can check.
	if canonical, err := jws.CompactSerialize(); err != nil || canonical != string(compact) {
		return nil, errors.New("not in canonical form")
	}
	payload, err := jws.Verify(signer.PublicKey)
	if err != nil {
		return nil, errors.New("signature does not verify")
	}
	header := jws.Signatures[0].Protected.ExtraHeaders
	if is, _ := header[jose.HeaderType].(string); is != typ {
		return nil, errors.New("signed, but as something else")
	}
	// No extension is part of ModI's signatures or of a confirmation, an unencoded
	// payload neither (RFC 7797): what is kept as proof needs none to be checked.
	for _, extension := range []jose.HeaderKey{"crit", "b64"} {
		if _, there := header[extension]; there {
			return nil, fmt.Errorf("signed under a header that asks for %q", extension)
		}
	}
	if named, there := header["x5t#S256"]; there && named != thumbprint(signer) {
		return nil, errors.New("signed under another name")
	}
	return payload, nil
}

// thumbprint is x5t#S256 (RFC 7515 §4.1.8).
func thumbprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// success reports whether the answer claims to be one of INPS, not a refusal.
func (a answer) success() bool { return a.status < http.StatusBadRequest }
