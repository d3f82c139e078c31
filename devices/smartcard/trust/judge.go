package trust

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"time"

	"pue/devices/smartcard"
)

// policies mark the authentication certificates of each kind of card.
var policies = map[smartcard.Kind]asn1.ObjectIdentifier{
	smartcard.CNS: {1, 3, 76, 16, 2, 1},
	smartcard.CIE: {1, 3, 76, 47, 4},
}

// leastModulus is the shortest RSA modulus believed on each kind of card, in
// bits. The oldest CNS in use have 1024, and no CIE has less than 2048.
var leastModulus = map[smartcard.Kind]int{smartcard.CNS: 1024, smartcard.CIE: 2048}

// The least keys of who signs documents, in bits (ICAO 9303-12 §4.4).
const (
	leastSignerModulus = 2048
	leastSignerCurve   = 224
)

// Judge implements [smartcard.Judge]. A zero now means that the clock cannot be
// trusted: then all but the validity is judged, and what would be good comes out
// as unchecked. Revocation is not looked at.
func (a *Anchors) Judge(cert *x509.Certificate, kind smartcard.Kind, now time.Time) smartcard.Chain {
	least, known := leastModulus[kind]
	if key, ok := cert.PublicKey.(*rsa.PublicKey); !known || !ok || key.N.BitLen() < least {
		return smartcard.ChainUntrusted
	}
	if cert.IsCA || !hasPolicy(cert, policies[kind]) {
		return smartcard.ChainUntrusted
	}
	if a == nil {
		return smartcard.ChainUnchecked
	}
	return a.citizens.judge(cert, x509.ExtKeyUsageClientAuth, now)
}

// DocumentSigner implements [smartcard.Judge]. Only the document anchors count:
// an authority of citizens' cards never vouches for a document, or else a
// citizen could sign one. While there are none, nobody is believed.
func (a *Anchors) DocumentSigner(cert *x509.Certificate, now time.Time) smartcard.Chain {
	if cert.IsCA || cert.KeyUsage&x509.KeyUsageDigitalSignature == 0 || !strongSigner(cert) {
		return smartcard.ChainUntrusted
	}
	if a == nil {
		return smartcard.ChainUnchecked
	}
	return a.signers.judge(cert, x509.ExtKeyUsageAny, now)
}

func strongSigner(cert *x509.Certificate) bool {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen() >= leastSignerModulus
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize >= leastSignerCurve
	}
	return false
}

// judge gives the verdict on the path from cert to an anchor.
func (a *authorities) judge(cert *x509.Certificate, usage x509.ExtKeyUsage, now time.Time) smartcard.Chain {
	switch {
	case !now.IsZero() && a.verify(cert, usage, now):
		return smartcard.ChainOK
	case !a.verifyEver(cert, usage):
		return smartcard.ChainUntrusted
	case now.IsZero():
		return smartcard.ChainUnchecked
	}
	return smartcard.ChainExpired // all else was right when it was issued
}

// verifyEver reports whether there was a moment at which the path was good. The
// moments that can be the first are the beginning of the certificate, and that
// of an authority which was renewed, with the same key, after it had signed.
func (a *authorities) verifyEver(cert *x509.Certificate, usage x509.ExtKeyUsage) bool {
	renewedThen := func(authority *x509.Certificate) bool {
		return authority.NotBefore.After(cert.NotBefore) && a.verify(cert, usage, authority.NotBefore)
	}
	return a.verify(cert, usage, cert.NotBefore) || slices.ContainsFunc(a.anchors, renewedThen) || slices.ContainsFunc(a.leaders, renewedThen)
}

func (a *authorities) verify(cert *x509.Certificate, usage x509.ExtKeyUsage, at time.Time) bool {
	if len(a.anchors) == 0 {
		return false // and not what the system believes
	}
	_, err := cert.Verify(x509.VerifyOptions{
		Roots:         a.roots,
		Intermediates: a.between,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{usage}, // where usages are listed
	})
	return err == nil
}

func hasPolicy(cert *x509.Certificate, want asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(cert.Policies, func(policy x509.OID) bool { return policy.EqualASN1OID(want) })
}
