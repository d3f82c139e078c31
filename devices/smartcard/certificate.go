package smartcard

import (
	"crypto/sha1"
	"crypto/subtle"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// maxCertificate bounds the file of the certificate, usually 2 KiB.
const maxCertificate = 8192

var (
	oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidSurname    = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidGivenName  = asn1.ObjectIdentifier{2, 5, 4, 42}
)

// derSize returns the length of the certificate that head begins; the file around
// it is padded. None is so short that its length fits one byte (ITU-T X.690 §8.1.3).
func derSize(head []byte) (int, error) {
	n, err := objectSize(tagSequence)(head)
	if err != nil {
		return 0, fmt.Errorf("no certificate in the file: %w", err)
	}
	if n < 0x80 || n > maxCertificate {
		return 0, fmt.Errorf("certificate announces %d bytes: %w", n, ErrUnreadable)
	}
	return n, nil
}

// parseCertificate reads a certificate of a card. What is wrong with a bad one is
// not said, because the parser quotes from it, and it may quote a person.
func parseCertificate(der []byte) (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("no certificate of X.509: %w", ErrUnreadable)
	}
	return cert, nil
}

// verdict asks judge, if there is one.
func verdict(judge Judge, cert *x509.Certificate, kind Kind, now time.Time) Chain {
	if judge == nil {
		return ChainUnchecked
	}
	return judge.Judge(cert, kind, now)
}

// holder is what the subject's common name of a CNS says:
// tax code, slash, ID_Carta, dot, Base64 of the SHA-1 of the personal data.
type holder struct {
	taxCode, cardID string
	hash            []byte // nil when the name carries none
}

func parseHolder(commonName string) holder {
	code, rest, _ := strings.Cut(commonName, "/")
	id, sum, _ := strings.Cut(rest, ".")
	h := holder{taxCode: upper(code), cardID: id}
	if hash, err := base64.StdEncoding.DecodeString(sum); err == nil && len(hash) == sha1.Size {
		h.hash = hash
	}
	return h
}

// commonName returns the subject's common name, of which there is one, lest the
// terminal and INPS read different ones.
func commonName(cert *x509.Certificate) (string, error) {
	name, found := "", 0
	for _, n := range cert.Subject.Names {
		if n.Type.Equal(oidCommonName) {
			name, _ = n.Value.(string)
			found++
		}
	}
	if found != 1 {
		return "", fmt.Errorf("certificate has %d common names: %w", found, ErrInconsistent)
	}
	return name, nil
}

// confirm compares the open files of the card with its certificate, which is
// what a certification authority signed, and returns the names to believe: the
// file's when the certificate carries its hash, else the certificate's own. A
// card with neither is inconsistent.
func (c *cns) confirm(cert *x509.Certificate, p personal, id string, data []byte) (surname, givenName string, err error) {
	name, err := commonName(cert)
	if err != nil {
		return "", "", err
	}
	h := parseHolder(name)
	if h.taxCode != p.taxCode.Reveal() {
		return "", "", fmt.Errorf("codice fiscale differs: %w", ErrInconsistent)
	}
	if h.cardID != id {
		return "", "", fmt.Errorf("card number differs: %w", ErrInconsistent)
	}
	confirmed, err := c.hashMatches(h.hash, data)
	if err != nil {
		return "", "", err
	}
	if confirmed {
		return p.surname, p.givenName, nil
	}
	surname, givenName = subjectName(cert, oidSurname), subjectName(cert, oidGivenName)
	if surname == "" || givenName == "" {
		return "", "", fmt.Errorf("nothing confirms the names: %w", ErrInconsistent)
	}
	return surname, givenName, nil
}

// hashMatches tries both readings of the specification: the hash covers the
// data alone, or the file with its padding. Only the second costs commands.
func (c *cns) hashMatches(hash, data []byte) (bool, error) {
	if hash == nil {
		return false, nil
	}
	size, err := personalSize(data)
	if err != nil {
		return false, err
	}
	if sum := sha1.Sum(data[:size]); subtle.ConstantTimeCompare(sum[:], hash) == 1 {
		return true, nil
	}
	if err := c.line.selectFile(efPersonal); err != nil {
		return false, fmt.Errorf("selecting the personal data again: %w", err)
	}
	whole, err := c.line.readOn(data, maxPersonal)
	if err != nil {
		return false, fmt.Errorf("reading the padding of the personal data: %w", err)
	}
	sum := sha1.Sum(whole)
	return subtle.ConstantTimeCompare(sum[:], hash) == 1, nil
}

// subjectName returns a name of the subject, empty when there is none, or none
// of a sensible length.
func subjectName(cert *x509.Certificate, oid asn1.ObjectIdentifier) string {
	for _, n := range cert.Subject.Names {
		text, ok := n.Value.(string)
		if !ok || !n.Type.Equal(oid) {
			continue
		}
		if name := legible(text); utf8.RuneCountInString(name) <= maxName {
			return name
		}
	}
	return ""
}
