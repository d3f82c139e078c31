package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// BenchmarkALongList is what one question costs where a region's list has
// 300,000 cards that were taken back.
func BenchmarkALongList(b *testing.B) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "authority"}, NotBefore: at, NotAfter: at.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCRLSign | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		b.Fatal(err)
	}
	issuer, err := x509.ParseCertificate(der)
	if err != nil {
		b.Fatal(err)
	}
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: at, NextUpdate: at.AddDate(0, 0, 1)}
	for i := range 300_000 {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: new(big.Int).SetUint64(1<<62 + uint64(i)), RevocationTime: at})
	}
	long, err := x509.CreateRevocationList(rand.Reader, l, issuer, key)
	if err != nil {
		b.Fatal(err)
	}
	q := question{issuer, []*x509.Certificate{issuer}}
	b.SetBytes(int64(len(long)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := judgeList(long, q); err != nil {
			b.Fatal(err)
		}
	}
}
