package upstreamsim

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// policyCNS is the certificate policy of the Carta Nazionale dei Servizi.
var policyCNS = asn1.ObjectIdentifier{1, 3, 76, 16, 2, 1}

// taxCodeForm is DM 23-12-1976 with omocodia; the check character is left to
// the authority that issued the certificate.
var taxCodeForm = regexp.MustCompile(`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$`)

// checkCard returns the codice fiscale that a card's certificate vouches for at
// the given time.
func checkCard(cert *x509.Certificate, anchors *x509.CertPool, at time.Time) (taxCode string, err error) {
	_, err = cert.Verify(x509.VerifyOptions{
		Roots: anchors, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		// The verifier's words may quote the subject.
		return "", errors.New("certificate leads to no anchor, or is not valid now")
	}
	if !slices.ContainsFunc(cert.PolicyIdentifiers, policyCNS.Equal) {
		return "", errors.New("certificate is not one of a CNS")
	}
	// The common name of a CNS is "<codice fiscale>/<card id>.<hash>".
	taxCode, _, found := strings.Cut(cert.Subject.CommonName, "/")
	if !found || !taxCodeForm.MatchString(taxCode) {
		return "", errors.New("certificate names no codice fiscale")
	}
	return taxCode, nil
}
