package upstream

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
)

// The cards of the simulation sign what a citizen confirms, and openssl judges it
// with nothing but what travels in the signature and the anchors.
func TestOpenSSLBelievesTheEvidenceOfBothKindsOfCard(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	anchors := simulated(t)
	for _, c := range []struct {
		person string
		path   int // certificates in x5c
	}{{"anna", 1}, {"carla", 2}, {"enzo", 2}} {
		card, id := confirming(t, c.person)
		id.Issuers = anchors.Path(id.Certificate)
		record := vectorRecord()
		record.Subject = id.TaxCode
		payload, err := record.encode(id, "PUE-0421", "099999")
		if err != nil {
			t.Fatal(err)
		}
		jws, err := signCompact(recordType, payload, id.Path(), card)
		if err != nil {
			t.Fatalf("%s: %v", c.person, err)
		}
		parts := bytes.Split(jws, []byte("."))
		var header struct {
			Alg, Typ string
			X5C      [][]byte // encoding/json reads standard base64
		}
		if err := json.Unmarshal(plain(t, parts[0]), &header); err != nil {
			t.Fatal(err)
		}
		if header.Alg != "RS256" || header.Typ != recordType || len(header.X5C) != c.path {
			t.Errorf("%s: header %s %s with %d certificates, want %d", c.person, header.Alg, header.Typ, len(header.X5C), c.path)
		}
		dir := t.TempDir()
		keep := func(name string, data []byte) string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		var way []byte
		for _, der := range header.X5C {
			way = append(way, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
		}
		keep("came-along.pem", way)
		leaf := keep("leaf.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: header.X5C[0]}))
		keep("signed", bytes.Join(parts[:2], []byte(".")))
		keep("signature", plain(t, parts[2]))
		keep("roots.pem", rootsOnly(t))
		for _, args := range [][]string{
			{"x509", "-in", leaf, "-noout", "-pubkey", "-out", "key.pem"},
			{"dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed"},
			{"verify", "-purpose", "sslclient", "-CAfile", "roots.pem", "-untrusted", "came-along.pem", leaf},
		} {
			cmd := exec.Command(openssl, args...)
			cmd.Dir = dir
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: openssl %s: %v\n%s", c.person, args[0], err, said)
			}
		}
	}
}

// confirming is the opened card of an invented citizen, its PIN verified.
func confirming(t *testing.T, person string) (smartcard.Card, smartcard.Identity) {
	t.Helper()
	c, err := cardsim.Person(person)
	if err != nil {
		t.Fatal(err)
	}
	readers := cardsim.NewReaders("A")
	if err := readers.Insert("A", c); err != nil {
		t.Fatal(err)
	}
	line, err := readers.Connect(context.Background(), "A")
	if err != nil {
		t.Fatal(err)
	}
	card, err := smartcard.Open(line, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { card.Close() })
	if err := card.VerifyPIN([]byte("12345678")); err != nil {
		t.Fatal(err)
	}
	id, err := card.Identity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return card, id
}

// simulated are the issuers of the simulated cards.
func simulated(t *testing.T) *trust.Anchors {
	t.Helper()
	folder, _, err := cardsim.Provision(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	anchors, err := trust.ReadAnchors(folder)
	if err != nil {
		t.Fatal(err)
	}
	return anchors
}

// rootsOnly are the anchors that signed themselves: what lies between must come
// with the signature.
func rootsOnly(t *testing.T) []byte {
	t.Helper()
	anchors := simulated(t)
	var roots []byte
	for _, a := range anchors.All() {
		if bytes.Equal(a.Certificate.RawIssuer, a.Certificate.RawSubject) {
			roots = append(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw})...)
		}
	}
	return roots
}

func plain(t *testing.T, part []byte) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.AppendDecode(nil, part)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
