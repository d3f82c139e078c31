package upstream

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"pue/kiosk/outbox"
)

const (
	confirmationBytes = 16 << 10
	confirmationType  = "pue-confirmation+jws"
	protocolLongest   = 64 // characters; else opaque
)

func (c *Client) confirmation(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	a, err := c.do(ctx, call{
		name: "confirmation", method: http.MethodGet, path: "/applications/" + p.ID + "/confirmation",
		accept: joseType, limit: confirmationBytes,
	})
	if err != nil {
		return outbox.Confirmation{}, err
	}
	if a.status != http.StatusOK {
		return outbox.Confirmation{}, a.inquiryRefusal()
	}
	if a.media != joseType {
		return outbox.Confirmation{}, fmt.Errorf("%w: media type %q", ErrContract, told(a.media))
	}
	conf, err := readConfirmation(a.body, c.confirms)
	if err != nil {
		return outbox.Confirmation{}, fmt.Errorf("%w: confirmation: %w", ErrContract, err)
	}
	if conf.ID != p.ID {
		return outbox.Confirmation{}, fmt.Errorf("%w: confirmation of another submission", ErrContract)
	}
	if !confirms(conf, p) {
		return outbox.Confirmation{}, fmt.Errorf("%w: %w", ErrContract, errOtherBody)
	}
	return conf, nil
}

// confirms: INPS signed for the body that was sent. Where that body was lost
// here, INPS's word for the id is all there is.
func confirms(conf outbox.Confirmation, p outbox.Parcel) bool {
	if len(p.Sealed) == 0 {
		return true
	}
	digest := sha256.Sum256(p.Sealed)
	return conf.Digest == hex.EncodeToString(digest[:])
}

// readConfirmation believes a confirmation if the pinned key signed it, with
// the one algorithm that belongs to that key, and if it is complete.
func readConfirmation(compact []byte, signer *x509.Certificate) (outbox.Confirmation, error) {
	alg, err := confirmationAlgorithm(signer)
	if err != nil {
		return outbox.Confirmation{}, err
	}
	jws, err := jose.ParseSignedCompact(string(compact), []jose.SignatureAlgorithm{alg})
	if err != nil {
		return outbox.Confirmation{}, errors.New("not a compact JWS of the right algorithm")
	}
	// The library also reads base64url with stray bits at the end of a part;
	// what is kept as proof must be the very bytes that anybody can check.
	if canonical, err := jws.CompactSerialize(); err != nil || canonical != string(compact) {
		return outbox.Confirmation{}, errors.New("not in canonical form")
	}
	payload, err := jws.Verify(signer.PublicKey)
	if err != nil {
		return outbox.Confirmation{}, errors.New("signature does not verify")
	}
	if typ, _ := jws.Signatures[0].Protected.ExtraHeaders[jose.HeaderType].(string); typ != confirmationType {
		return outbox.Confirmation{}, errors.New("signed, but not a confirmation")
	}
	var claims struct {
		ID       string    `json:"id"`
		Protocol string    `json:"protocol"`
		FiledAt  time.Time `json:"filed_at"`
		Digest   string    `json:"digest"` // hex SHA-256
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return outbox.Confirmation{}, errors.New("claims that do not fit")
	}
	if claims.Protocol == "" || !printable(claims.Protocol, protocolLongest) || claims.FiledAt.IsZero() {
		return outbox.Confirmation{}, errors.New("without protocol number or time")
	}
	return outbox.Confirmation{
		ID: claims.ID, Protocol: claims.Protocol, FiledAt: claims.FiledAt.UTC(), Digest: claims.Digest, Signed: compact,
	}, nil
}

// confirmationAlgorithm is fixed by the pinned key, never by what arrives (RFC
// 8725 §3.1).
func confirmationAlgorithm(cert *x509.Certificate) (jose.SignatureAlgorithm, error) {
	alg, err := algorithmOf(cert.PublicKey)
	if err != nil {
		return "", fmt.Errorf("confirmation certificate: %w", err)
	}
	return alg, nil
}
