package smartcard

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// policyCNS marks an authentication certificate of a CNS.
var policyCNS = asn1.ObjectIdentifier{1, 3, 76, 16, 2, 1}

// leastKey is the shortest RSA modulus believed, in bits.
const leastKey = 1024

// Anchors are the certification authorities that the terminal believes. A nil
// or empty set is valid: it checks nothing, and says so.
type Anchors struct {
	pool  *x509.CertPool
	count int
}

// ReadAnchors reads every visible file of a folder as PEM certificates. An
// empty folder gives empty Anchors. The error names every file that is not what
// it should be, not only the first.
func ReadAnchors(dir string) (*Anchors, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the trust anchors: %w", err)
	}
	all := &Anchors{pool: x509.NewCertPool()}
	var problems []error
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		data, err := os.ReadFile(path)
		if err == nil {
			err = all.add(data)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("reading the trust anchor %s: %w", path, err))
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return all, nil
}

// ParseAnchors reads PEM certificates from memory.
func ParseAnchors(pemData []byte) (*Anchors, error) {
	a := &Anchors{pool: x509.NewCertPool()}
	if err := a.add(pemData); err != nil {
		return nil, fmt.Errorf("parsing the trust anchors: %w", err)
	}
	return a, nil
}

// Len returns the number of authorities.
func (a *Anchors) Len() int {
	if a == nil {
		return 0
	}
	return a.count
}

func (a *Anchors) add(data []byte) error {
	found := false
	for len(bytes.TrimSpace(data)) > 0 {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("holds a %s, want only CERTIFICATE", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		if !cert.IsCA {
			return fmt.Errorf("%q is not the certificate of an authority", cert.Subject)
		}
		a.pool.AddCert(cert)
		a.count++
		found = true
	}
	if !found {
		return errors.New("holds no PEM certificate")
	}
	return nil
}

// verdict judges the certificate of a CNS at the time now. A zero now means
// that the clock cannot be trusted. Revocation is not looked at.
func (a *Anchors) verdict(cert *x509.Certificate, now time.Time) Chain {
	if key, ok := cert.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() < leastKey {
		return ChainUntrusted
	}
	if !hasPolicy(cert, policyCNS) {
		return ChainUntrusted
	}
	if a.Len() == 0 || now.IsZero() {
		return ChainUnchecked
	}
	err := a.verify(cert, now)
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return ChainOK
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && a.verify(cert, cert.NotBefore) == nil:
		return ChainExpired // all else was right when it was issued
	}
	return ChainUntrusted
}

func (a *Anchors) verify(cert *x509.Certificate, at time.Time) error {
	_, err := cert.Verify(x509.VerifyOptions{
		Roots:         a.pool,
		Intermediates: x509.NewCertPool(),
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, // where usages are listed
	})
	return err
}

func hasPolicy(cert *x509.Certificate, want asn1.ObjectIdentifier) bool {
	for _, policy := range cert.Policies {
		if policy.EqualASN1OID(want) {
			return true
		}
	}
	return false
}
