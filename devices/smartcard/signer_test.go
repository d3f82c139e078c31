package smartcard_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
)

// admitted opens the card of an invented citizen and has its PIN verified.
func admitted(t *testing.T, person string) (smartcard.Card, smartcard.Identity) {
	t.Helper()
	c, err := cardsim.Person(person)
	if err != nil {
		t.Fatal(err)
	}
	transport, _ := insert(t, c)
	card, err := smartcard.Open(transport, simulation(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { card.Close() })
	if err := card.VerifyPIN([]byte(pin)); err != nil {
		t.Fatal(err)
	}
	id, err := card.Identity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return card, id
}

// signingPeople have a card of each kind.
var signingPeople = map[smartcard.Kind]string{smartcard.CNS: "anna", smartcard.CIE: "carla"}

func TestTheKeyOfACardSignsAsTheStandardLibraryAsks(t *testing.T) {
	for kind, person := range signingPeople {
		card, id := admitted(t, person)
		s, err := smartcard.NewSigner(card, id)
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256([]byte("message"))
		signature, err := s.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if err := rsa.VerifyPKCS1v15(s.Public().(*rsa.PublicKey), crypto.SHA256, digest[:], signature); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestWhatNoCardCanSignNeverReachesTheCard(t *testing.T) {
	card := &signer{key: cardKey()}
	s, err := smartcard.NewSigner(card, smartcard.Identity{Certificate: &x509.Certificate{PublicKey: cardKey().Public()}})
	if err != nil {
		t.Fatal(err)
	}
	short, long := sha256.Sum256(nil), sha512.Sum512(nil)
	for name, c := range map[string]struct {
		digest []byte
		opts   crypto.SignerOpts
		want   error
	}{
		"PSS":                      {short[:], &rsa.PSSOptions{Hash: crypto.SHA256}, smartcard.ErrPSS},
		"SHA-512":                  {long[:], crypto.SHA512, smartcard.ErrHash},
		"SHA-1":                    {short[:20], crypto.SHA1, smartcard.ErrHash},
		"another digest's length":  {long[:], crypto.SHA256, smartcard.ErrHash},
		"no hash at all":           {short[:], crypto.Hash(0), smartcard.ErrHash},
		"nothing said of the hash": {short[:], nil, smartcard.ErrHash},
	} {
		if _, err := s.Sign(nil, c.digest, c.opts); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if len(card.signed) != 0 {
		t.Errorf("the card was asked to sign %d times", len(card.signed))
	}
}

func TestACardThatHasNotSaidWhoItIsHasNoKeyToOffer(t *testing.T) {
	if _, err := smartcard.NewSigner(&signer{}, smartcard.Identity{}); !errors.Is(err, smartcard.ErrPINRequired) {
		t.Errorf("without a certificate: %v, want ErrPINRequired", err)
	}
	id := smartcard.Identity{Certificate: &x509.Certificate{PublicKey: ed25519.PublicKey(make([]byte, ed25519.PublicKeySize))}}
	if _, err := smartcard.NewSigner(&signer{}, id); !errors.Is(err, smartcard.ErrUnsupported) {
		t.Errorf("another kind of key: %v, want ErrUnsupported", err)
	}
}
