package smartcard

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
)

// proofDomain separates the challenges of Prove from everything else that the
// key signs: no signature made here is one over a submission or a log-in.
const proofDomain = "pue proof of possession\x00"

// Prove has card sign a fresh challenge and checks the signature against the
// certificate of id, so that a copy of the public data, with a chip that takes
// any PIN, fails here, as ErrInconsistent. The PIN must have been verified.
func Prove(card Card, id Identity) error {
	if !id.Complete() {
		return fmt.Errorf("proving a card that has not said who its holder is: %w", ErrPINRequired)
	}
	key, ok := id.Certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return fmt.Errorf("proving a card whose key is not RSA: %w", ErrUnsupported)
	}
	var challenge [32]byte
	rand.Read(challenge[:]) // never fails (Go 1.24)
	digest := sha256.Sum256(append([]byte(proofDomain), challenge[:]...))
	signature, err := card.Sign(digest[:])
	if err != nil {
		return fmt.Errorf("having the card sign a challenge: %w", err)
	}
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
		return fmt.Errorf("checking what the card signed: %w", ErrInconsistent)
	}
	return nil
}
