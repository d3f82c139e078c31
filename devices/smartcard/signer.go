package smartcard

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// Errors of asking the key of a card for what it cannot make.
var (
	// ErrPSS is a request for RSASSA-PSS, which TLS 1.3 insists on (RFC 8446
	// §4.2.3) and the chip of a CIE cannot make: it pads by itself, by PKCS #1 v1.5.
	ErrPSS = errors.New("cards make PKCS #1 v1.5 signatures, not PSS: TLS 1.3 is out of reach")
	// ErrHash is a request to sign another digest than SHA-256.
	ErrHash = errors.New("cards sign SHA-256 digests only")
)

// Key is the part of a [Card] that signs: RSASSA-PKCS1-v1_5 over SHA-256 digests.
type Key interface {
	Sign(digest []byte) ([]byte, error)
}

// signing is the authentication key of an open card, for the standard library.
type signing struct {
	card Key
	key  *rsa.PublicKey
}

// NewSigner returns the authentication key of a card as a [crypto.Signer]. It
// makes RSASSA-PKCS1-v1_5 signatures over SHA-256 digests; anything else it
// refuses before the card hears of it. The PIN must have been verified when Sign
// is called, and Sign belongs to the goroutine of the card. id must be complete.
func NewSigner(card Key, id Identity) (crypto.Signer, error) {
	if !id.Complete() {
		return nil, fmt.Errorf("taking the key of a card that has not said who it is: %w", ErrPINRequired)
	}
	key, ok := id.Certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("taking the key of a card, which is not RSA: %w", ErrUnsupported)
	}
	return &signing{card, key}, nil
}

// Public implements [crypto.Signer].
func (s *signing) Public() crypto.PublicKey { return s.key }

// Sign implements [crypto.Signer]. The source of randomness is not needed.
func (s *signing) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, pss := opts.(*rsa.PSSOptions); pss {
		return nil, ErrPSS
	}
	if opts == nil || opts.HashFunc() != crypto.SHA256 || len(digest) != sha256.Size {
		return nil, ErrHash
	}
	return s.card.Sign(digest)
}
