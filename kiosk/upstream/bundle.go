package upstream

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"pue/kiosk/outbox"
)

// manifestType tells a bundle's manifest from all else this terminal's key
// signs.
const manifestType = "pue-bundle+jws"

// SignManifest signs the manifest of an exported bundle with the device key, as
// a compact JWS with the device certificate and its chain in x5c: away from the
// line it is the only word for where the bundle comes from.
func (c *Client) SignManifest(manifest []byte) ([]byte, error) {
	compact, err := c.deviceKey.compact(manifestType, manifest)
	if err != nil {
		return nil, fmt.Errorf("signing the manifest with the device key: %w", err)
	}
	return []byte(compact), nil
}

func deviceAlgorithm(key crypto.PrivateKey) (jose.SignatureAlgorithm, error) {
	if signer, ok := key.(crypto.Signer); ok {
		return algorithmOf(signer.Public())
	}
	return "", errors.New("device key cannot sign")
}

// algorithmOf is the one signature algorithm of the contract for a kind of key.
func algorithmOf(key crypto.PublicKey) (jose.SignatureAlgorithm, error) {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return jose.ES256, nil
		}
	case *rsa.PublicKey:
		if key.N.BitLen() >= 2048 {
			return jose.RS256, nil
		}
	}
	return "", errors.New("neither a P-256 nor an RSA key of 2048 bits")
}

// ReadConfirmation reads a confirmation that came by another way than the line,
// and believes it as one that came by the line: on INPS's signature alone. Which
// submission it confirms, and whether its digest is that of the sealed body, is
// the outbox's to compare.
func (c *Client) ReadConfirmation(compact []byte) (outbox.Confirmation, error) {
	if len(compact) > confirmationBytes {
		return outbox.Confirmation{}, fmt.Errorf("reading the confirmation: more than %d bytes", confirmationBytes)
	}
	conf, err := readConfirmation(bytes.Clone(compact), c.confirms)
	if err != nil {
		return outbox.Confirmation{}, fmt.Errorf("reading the confirmation: %w", err)
	}
	return conf, nil
}
