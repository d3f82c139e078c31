package smartcard_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"testing"

	"pue/devices/smartcard"
)

// signer is a card that only signs, with any key, and keeps what it signed.
type signer struct {
	smartcard.Card
	key    *rsa.PrivateKey
	signed [][]byte
}

func (s *signer) Sign(digest []byte) ([]byte, error) {
	s.signed = append(s.signed, bytes.Clone(digest))
	return rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, digest)
}

func TestACardProvesItsKeyWithAFreshChallengeEachTime(t *testing.T) {
	card := &signer{key: cardKey()}
	id := smartcard.Identity{Certificate: &x509.Certificate{PublicKey: cardKey().Public()}}
	for range 2 {
		if err := smartcard.Prove(card, id); err != nil {
			t.Fatal(err)
		}
	}
	if bytes.Equal(card.signed[0], card.signed[1]) {
		t.Error("the same challenge twice: an old signature would prove a new visit")
	}
}

func TestACopyOfTheDataWithAnotherKeyProvesNothing(t *testing.T) {
	id := smartcard.Identity{Certificate: &x509.Certificate{PublicKey: cardKey().Public()}}
	if err := smartcard.Prove(&signer{key: oldKey()}, id); !errors.Is(err, smartcard.ErrInconsistent) {
		t.Errorf("another key: %v, want ErrInconsistent", err)
	}
	id.Certificate.PublicKey = ed25519.PublicKey(make([]byte, ed25519.PublicKeySize))
	if err := smartcard.Prove(&signer{key: cardKey()}, id); !errors.Is(err, smartcard.ErrUnsupported) {
		t.Errorf("a certificate for another kind of key: %v, want ErrUnsupported", err)
	}
}

func TestACardThatWantsItsPINFirstProvesNothing(t *testing.T) {
	card, _ := open(t, issue(t, nil))
	id, err := card.Identity(now)
	if err != nil {
		t.Fatal(err)
	}
	if err := smartcard.Prove(card, id); !errors.Is(err, smartcard.ErrPINRequired) {
		t.Errorf("without a PIN: %v, want ErrPINRequired", err)
	}
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		t.Fatal(err)
	}
	if err := smartcard.Prove(card, id); err != nil {
		t.Errorf("with the PIN: %v", err)
	}
}
