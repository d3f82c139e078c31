// Package trust decides which certificates a terminal believes: those of cards,
// and those of who signed what a card holds, against anchors that were
// provisioned. It implements [smartcard.Judge].
package trust

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
	"slices"
	"strings"
	"time"

	"pue/devices/smartcard"
)

// policies mark the authentication certificates of each kind of card.
var policies = map[smartcard.Kind]asn1.ObjectIdentifier{
	smartcard.CNS: {1, 3, 76, 16, 2, 1},
	smartcard.CIE: {1, 3, 76, 47, 4},
}

// leastKey is the shortest RSA modulus believed, in bits.
const leastKey = 1024

// Anchors are the certification authorities that the terminal believes. A nil
// *Anchors means that there is nothing to check against: chains are unchecked.
// A set without any authority believes nobody: every chain is untrusted.
type Anchors struct {
	pool *x509.CertPool
	all  []*x509.Certificate
}

// ReadAnchors reads every visible file of a folder as PEM certificates. An
// empty folder gives an empty set. The error names every file that is not what
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
	return len(a.all)
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
		a.all = append(a.all, cert)
		found = true
	}
	if !found {
		return errors.New("holds no PEM certificate")
	}
	return nil
}

// Judge implements [smartcard.Judge]. A zero now means that the clock cannot be
// trusted: then all but the validity is judged, and what would be good comes out
// as unchecked. Revocation is not looked at.
func (a *Anchors) Judge(cert *x509.Certificate, kind smartcard.Kind, now time.Time) smartcard.Chain {
	if key, ok := cert.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() < leastKey {
		return smartcard.ChainUntrusted
	}
	if !hasPolicy(cert, policies[kind]) {
		return smartcard.ChainUntrusted
	}
	switch {
	case a == nil:
		return smartcard.ChainUnchecked
	case !now.IsZero() && a.verify(cert, now):
		return smartcard.ChainOK
	case !a.verifyEver(cert):
		return smartcard.ChainUntrusted
	case now.IsZero():
		return smartcard.ChainUnchecked
	}
	return smartcard.ChainExpired // all else was right when it was issued
}

// verifyEver reports whether there was a moment at which the path was good. The
// moments that can be the first are the beginning of the certificate, and that
// of an authority which was renewed, with the same key, after it had signed.
func (a *Anchors) verifyEver(cert *x509.Certificate) bool {
	return a.verify(cert, cert.NotBefore) || slices.ContainsFunc(a.all, func(authority *x509.Certificate) bool {
		return authority.NotBefore.After(cert.NotBefore) && a.verify(cert, authority.NotBefore)
	})
}

func (a *Anchors) verify(cert *x509.Certificate, at time.Time) bool {
	if len(a.all) == 0 {
		return false // and not what the system believes
	}
	_, err := cert.Verify(x509.VerifyOptions{
		Roots:         a.pool,
		Intermediates: x509.NewCertPool(),
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, // where usages are listed
	})
	return err == nil
}

func hasPolicy(cert *x509.Certificate, want asn1.ObjectIdentifier) bool {
	for _, policy := range cert.Policies {
		if policy.EqualASN1OID(want) {
			return true
		}
	}
	return false
}
