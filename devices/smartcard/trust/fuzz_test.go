package trust

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// spoken is an authority, and a list and an answer of it to begin from.
func spoken(f *testing.F) (q question, list, answer []byte) {
	f.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: at, NotAfter: at.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		f.Fatal(err)
	}
	list, err = x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: at, NextUpdate: at.AddDate(0, 0, 1),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(1), RevocationTime: at, ReasonCode: 6}},
	}, &x509.Certificate{RawSubject: cert.RawSubject, SubjectKeyId: []byte{1}, KeyUsage: x509.KeyUsageCRLSign}, key)
	if err != nil {
		f.Fatal(err)
	}
	answer, err = ocsp.CreateResponse(cert, cert, ocsp.Response{SerialNumber: big.NewInt(1), ThisUpdate: at, NextUpdate: at.AddDate(0, 0, 1)}, key)
	if err != nil {
		f.Fatal(err)
	}
	return question{cert, []*x509.Certificate{cert}}, list, answer
}

// Whatever an authority's server sends, nothing panics, and nothing but what was
// signed says anything.
func FuzzListsAndAnswers(f *testing.F) {
	q, list, answer := spoken(f)
	listed, err := judgeList(list, q)
	if err != nil {
		f.Fatal(err)
	}
	answered, err := judgeAnswer(answer, q, time.Time{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(list)
	f.Add(answer)
	f.Add([]byte{0x30, 0x80})
	f.Add([]byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		if f, err := judgeList(data, q); err == nil && f != listed {
			t.Errorf("a changed list says %v", f)
		}
		if f, err := judgeAnswer(data, q, time.Time{}); err == nil && f != answered {
			t.Errorf("a changed answer says %v", f)
		}
		l, err := parseList(data)
		if err != nil {
			return
		}
		l.covers(nil)
		l.finding(q.cert)
	})
}
