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
		issuer := a.citizens.issuer(cert)
		if issuer == nil || bytes.Equal(issuer.RawIssuer, issuer.RawSubject) {
			break
		}
		path = append(path, issuer)
		cert = issuer
	}
	return path
}

// issuer finds who signed cert, nil for nobody here.
func (a *authorities) issuer(cert *x509.Certificate) *x509.Certificate {
	for _, c := range slices.Concat(a.anchors, a.leaders) {
		if bytes.Equal(c.RawSubject, cert.RawIssuer) && cert.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}
