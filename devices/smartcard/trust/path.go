package trust

import (
	"bytes"
	"crypto/x509"
	"slices"
)

// pathLongest bounds the certificates between a card's and its root.
const pathLongest = 3

// Path returns the certificates that lead from cert towards the root of its
// authority, nearest first, as far as they were provisioned and without the root:
// who judges a signature years later may not have them any more. It says nothing
// about whether cert is believed.
func (a *Anchors) Path(cert *x509.Certificate) []*x509.Certificate {
	if a == nil {
		return nil
	}
	var path []*x509.Certificate
	for len(path) < pathLongest {
		known := a.named(cert.RawIssuer)
		i := slices.IndexFunc(known, func(c *x509.Certificate) bool { return cert.CheckSignatureFrom(c) == nil })
		if i < 0 || bytes.Equal(known[i].RawIssuer, known[i].RawSubject) {
			break
		}
		cert = known[i]
		path = append(path, cert)
	}
	return path
}
