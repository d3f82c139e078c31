package smartcard_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
)

// bytesOf is hexadecimal text in a file of vectors.
type bytesOf []byte

func (b *bytesOf) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// cnsVectors were made by testdata/cns-vectors.py, in Python and openssl.
type cnsVectors struct {
	People []struct {
		About                string
		File                 bytesOf
		Announced            int
		Surname              string
		GivenName            string `json:"given_name"`
		TaxCode              string `json:"tax_code"`
		CardID               string `json:"card_id"`
		HashOver             string `json:"hash_over"`
		Certificate          bytesOf
		CertificateSurname   string `json:"certificate_surname"`
		CertificateGivenName string `json:"certificate_given_name"`
	}
	Blocks []struct{ Digest, Block bytesOf }
}

func readCNSVectors(t *testing.T) cnsVectors {
	t.Helper()
	text, err := os.ReadFile("testdata/cns-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v cnsVectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.People) == 0 || len(v.Blocks) == 0 {
		t.Fatal("no vectors")
	}
	return v
}

func TestPeopleAreReadAsAnotherProgramWroteThem(t *testing.T) {
	for _, p := range readCNSVectors(t).People {
		transport, _ := insert(t, issue(t, func(i *issued) {
			i.personal, i.file, i.number = p.File, p.Certificate, p.CardID
		}))
		card, err := smartcard.Open(transport, nil)
		if err != nil {
			t.Fatal(err)
		}
		id, err := card.Identity(now)
		if err != nil {
			t.Errorf("%s: %v", p.About, err)
			continue
		}
		want := []string{p.Surname, p.GivenName, p.TaxCode, p.CardID}
		if p.HashOver == "neither" {
			want[0], want[1] = p.CertificateSurname, p.CertificateGivenName
		}
		got := []string{id.Surname.Reveal(), id.GivenName.Reveal(), id.TaxCode.Reveal(), id.CardID.Reveal()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.About, diff)
		}
		if id.Fingerprint != sha256.Sum256(p.Certificate) {
			t.Errorf("%s: the fingerprint is not that of the certificate", p.About)
		}
		reads := (p.Announced + 255) / 256
		if p.HashOver == "data" {
			if n := onPersonal(transport.commands); n != 1+reads {
				t.Errorf("%s: %d commands on %d bytes, want a selection and %d readings", p.About, n, p.Announced, reads)
			}
		}
	}
}

// raw is a card that takes any PIN and shows what it is asked to sign.
type raw struct {
	smartcard.Transport
	block []byte
}

func (r *raw) Transmit(apdu []byte) ([]byte, error) {
	if apdu[1] == 0x2A {
		r.block = append(r.block, apdu[5:5+int(apdu[4])]...)
	}
	return r.Transport.Transmit(apdu)
}

func TestWhatIsSignedIsPaddedAsOpenSSLPads(t *testing.T) {
	for _, b := range readCNSVectors(t).Blocks {
		key := map[int]*rsa.PrivateKey{1024: oldKey(), 2048: cardKey()}[8*len(b.Block)]
		if key == nil {
			key = newKey(8 * len(b.Block))
		}
		transport, _ := insert(t, issue(t, func(i *issued) { i.key = key }))
		r := &raw{Transport: transport}
		card, err := smartcard.Open(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := card.VerifyPIN([]byte(pin)); err != nil {
			t.Fatal(err)
		}
		if _, err := card.Sign(b.Digest); err != nil {
			t.Errorf("%d bits: %v", 8*len(b.Block), err)
		}
		if diff := cmp.Diff([]byte(b.Block), r.block); diff != "" {
			t.Errorf("%d bits (-want +got):\n%s", 8*len(b.Block), diff)
		}
	}
}
