package trust_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"sync"
	"testing"
	"time"

	"pue/devices/smartcard/trust"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Keys are slow to make and say nothing about a test: one of each will do.
var (
	authorityKey = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
	rootKey      = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
	cardKey      = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
	oldKey       = sync.OnceValue(func() *rsa.PrivateKey { return newKey(1024) })
)

func newKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

// sign issues template under parent, whose key is by.
func sign(t testing.TB, template, parent *x509.Certificate, key crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// authorityNamed is what an authority's certificate says.
func authorityNamed(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.AddDate(-6, 0, 0), NotAfter: now.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// authority signed itself, with authorityKey.
func authority(t testing.TB) *x509.Certificate {
	t.Helper()
	template := authorityNamed("authority")
	return sign(t, template, template, authorityKey().Public(), authorityKey())
}

// leaf is what a citizen's certificate says.
func leaf() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "holder"},
		NotBefore: now.AddDate(-5, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Policies:    []x509.OID{policy(1, 3, 76, 16, 2, 1)},
	}
}

func policy(arcs ...uint64) x509.OID {
	oid, err := x509.OIDFromInts(arcs)
	if err != nil {
		panic(err)
	}
	return oid
}

func asPEM(certs ...*x509.Certificate) []byte {
	var all []byte
	for _, c := range certs {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return all
}

func anchors(t testing.TB, certs ...*x509.Certificate) *trust.Anchors {
	t.Helper()
	a, err := trust.ReadAnchors(folder(t, certs, nil))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func readPEM(t testing.TB, path string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatalf("%s holds no PEM", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
