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

// cardPolicies mark the authentication certificates of each kind of card: Carta
// Nazionale dei Servizi and Carta d'Identità Elettronica.
var cardPolicies = map[string]asn1.ObjectIdentifier{
	"cns": {1, 3, 76, 16, 2, 1},
	"cie": {1, 3, 76, 47, 4},
}

// taxCodeForm is DM 23-12-1976 with omocodia; the check character is left to
// the authority that issued the certificate.
var taxCodeForm = regexp.MustCompile(`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$`)

// holder is whom a card's certificate vouches for.
type holder struct {
	kind    string
	taxCode string
}

// checkCard returns the holder that a card's certificate, the first of chain,
// vouches for at the given time. What follows it may help on the way to an anchor
// and is believed for nothing else.
func checkCard(chain []*x509.Certificate, anchors *x509.CertPool, at time.Time) (holder, error) {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	cert := chain[0]
	_, err := cert.Verify(x509.VerifyOptions{
		Roots: anchors, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		// The verifier's words may quote the subject.
		return holder{}, errors.New("certificate leads to no anchor, or is not valid now")
	}
	kind := kindOf(cert)
	if kind == "" {
		return holder{}, errors.New("certificate is not one of a CNS or a CIE")
	}
	// The common name of both is "<codice fiscale>/<card id>.<hash>".
	taxCode, _, found := strings.Cut(cert.Subject.CommonName, "/")
	if !found || !taxCodeForm.MatchString(taxCode) {
		return holder{}, errors.New("certificate names no codice fiscale")
	}
	return holder{kind, taxCode}, nil
}

// kindOf is empty for a certificate of no card, and for one that claims to be of both.
func kindOf(cert *x509.Certificate) string {
	kind := ""
	for k, policy := range cardPolicies {
		if !slices.ContainsFunc(cert.PolicyIdentifiers, policy.Equal) {
			continue
		}
		if kind != "" {
			return ""
		}
		kind = k
	}
	return kind
}
