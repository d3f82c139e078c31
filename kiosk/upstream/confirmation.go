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
		accept: joseType, limit: confirmationBytes, by: fromQueue,
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

// readConfirmation believes a confirmation if the pinned key signed it as one,
// and if it is complete.
func readConfirmation(compact []byte, signer *x509.Certificate) (outbox.Confirmation, error) {
	payload, err := openPinned(compact, signer, confirmationType)
	if err != nil {
		return outbox.Confirmation{}, err
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
