package trust

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"
)

// issuers returns who issued a citizen's certificate, when it leads to an anchor
// now, or without a clock did so once. Nobody, for any other certificate.
func (a *Anchors) issuers(cert *x509.Certificate, now time.Time) []*x509.Certificate {
	if a == nil || len(a.citizens.anchors) == 0 {
		return nil
	}
	if now.IsZero() {
		now = cert.NotBefore
	}
	chains, err := cert.Verify(x509.VerifyOptions{
		Roots: a.citizens.roots, Intermediates: a.citizens.between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil
	}
	var all []*x509.Certificate
	for _, chain := range chains {
		if len(chain) > 1 && !slices.ContainsFunc(all, chain[1].Equal) {
			all = append(all, chain[1])
		}
	}
	return all
}

// named returns the provisioned authorities of citizens' cards with that name.
func (a *Anchors) named(rawSubject []byte) []*x509.Certificate {
	var all []*x509.Certificate
	for _, c := range slices.Concat(a.citizens.anchors, a.citizens.leaders) {
		if bytes.Equal(c.RawSubject, rawSubject) {
			all = append(all, c)
		}
	}
	return all
}
