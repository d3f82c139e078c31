package smartcard_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
)

const (
	pin      = "12345678"
	reader   = "reader"
	taxCode  = "RSSMRA80A01H501U"
	cardID   = "6999000000000024"
	plainATR = "3BFF1800008131FE45006B05051017012101434E531031805E"
)

// personalData is the file 1102 of somebody who lives in street.
func personalData(street string) []byte {
	fields := []string{
		"9999", "01012020", "31122049", "ROSSII", "MARIA", "01011980", "M", "",
		taxCode, "", "Z999", "", "", "Z999", street, "",
	}
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%02X%s", len(f), f)
	}
	return fmt.Appendf(nil, "%06X%s", b.Len(), b.String())
}

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Keys are slow to make and say nothing about a test: one of each will do.
var (
	authorityKey = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
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

// issued is a card to be made. Tests change one thing in it.
type issued struct {
	key         *rsa.PrivateKey
	description map[string]any
	personal    []byte
	hashed      []byte
	certificate *x509.Certificate
	public      any    // the key in the certificate, of key when nil
	file        []byte // the file of the certificate, in place of a good one
	number      string // ID_Carta
}

func authority(t testing.TB) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: now.AddDate(-6, 0, 0), NotAfter: now.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		SubjectKeyId: []byte{1, 2, 3},
	}
	return sign(t, template, template, authorityKey().Public())
}

func sign(t testing.TB, template, parent *x509.Certificate, key any) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, authorityKey())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func anchors(t testing.TB, certs ...*x509.Certificate) *trust.Anchors {
	t.Helper()
	var all []byte
	for _, c := range certs {
		all = append(all, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "authorities.pem"), all, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := trust.ReadAnchors(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func leaf() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(2),
		NotBefore:    now.AddDate(-5, 0, 0), NotAfter: now.AddDate(1, 0, 0),
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

// issue makes a card as change wants it.
func issue(t testing.TB, change func(*issued)) *cardsim.Card {
	t.Helper()
	data := personalData("VIA 1")
	i := &issued{
		key:         cardKey(),
		number:      cardID,
		hashed:      data,
		personal:    append(slices.Clone(data), make([]byte, 400-len(data))...),
		certificate: leaf(),
		description: map[string]any{"atr": plainATR, "pin": pin, "puk": "87654321"},
	}
	hash := func() string { sum := sha1.Sum(i.hashed); return base64.StdEncoding.EncodeToString(sum[:]) }
	if change != nil {
		change(i)
	}
	if i.certificate.Subject.CommonName == "" {
		i.certificate.Subject.CommonName = taxCode + "/" + cardID + "." + hash()
	}
	if i.public == nil {
		i.public = i.key.Public()
	}
	if i.file == nil {
		cert := sign(t, i.certificate, authority(t), i.public)
		i.file = append(slices.Clone(cert.Raw), make([]byte, 2048-len(cert.Raw))...)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	i.description["key"] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	files := map[string]string{
		"1000/1003": fmt.Sprintf("%X", i.number),
		"1100/1101": fmt.Sprintf("%X", i.file),
		"1100/1102": fmt.Sprintf("%X", i.personal),
	}
	i.description["files"] = files
	text, err := json.Marshal(i.description)
	if err != nil {
		t.Fatal(err)
	}
	c, err := cardsim.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// named gives the certificate names of its own and no hash in the common name.
func named(surname, givenName string) func(*issued) {
	return func(i *issued) {
		i.certificate.Subject.CommonName = taxCode + "/" + cardID + ".AAAAAAAAAAAAAAAAAAAAAAAAAAA="
		i.certificate.Subject.ExtraNames = []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 4}, Value: surname},
			{Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: givenName},
			{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: i.certificate.Subject.CommonName},
		}
	}
}

// unhex reads hexadecimal text that a test has written.
func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}
