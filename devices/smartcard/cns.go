package smartcard

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Files of a CNS that anybody may read (CNS file system, AgID).
var (
	efCardID      = file{0x1000, 0x1003} // ID_Carta
	efCertificate = file{0x1100, 0x1101} // C_Carta
	efPersonal    = file{0x1100, 0x1102} // Dati_personali

	// Where the certificate of an ACe of 2025 was once seen to be read from.
	efCertificateACe = file{0xDA01, 0xC001}
)

// cardIDLength is the length of ID_Carta in ASCII digits. The first tells the kind
// of issuer and the last is a check digit, by Luhn's rule: neither is asked for,
// because the certificate carries the whole number, and a card whose issuer
// counted wrongly is its holder's all the same.
const cardIDLength = 16

// Errors that only a card with a PIN and a certificate can cause.
var (
	// ErrInconsistent is a card whose files contradict its certificate. It is
	// an ErrUnreadable too.
	ErrInconsistent = fmt.Errorf("card contradicts its certificate: %w", ErrUnreadable)
	// ErrPINRequired is an operation that needs a verified PIN first.
	ErrPINRequired = errors.New("PIN has not been verified")
	// ErrPINFormat is a PIN that no card can have. It was not offered to the
	// card and cost no attempt.
	ErrPINFormat = errors.New("PIN does not have the digits that the card wants")
)

// cns is a Carta Nazionale dei Servizi.
type cns struct {
	line    line
	judge   Judge
	pin     byte // reference of the PIN
	signing operation
	// certificate is kept after it was read once: a card does not change it.
	certificate *x509.Certificate
}

func newCNS(t Transport, judge Judge) *cns {
	return &cns{line: line{t: t}, judge: judge, pin: pinGlobal}
}

// Identity implements [Card]. It reads the personal data in two commands, when
// they fit 256 bytes and the hash in the certificate covers no padding, then
// ID_Carta and the certificate that vouches for both.
func (c *cns) Identity(now time.Time) (id Identity, err error) {
	err = c.line.operate(true, func() error {
		id, err = c.identity(now)
		return err
	})
	return id, err
}

func (c *cns) identity(now time.Time) (Identity, error) {
	data, err := c.line.read(efPersonal, leAll, personalSize)
	if err != nil {
		return Identity{}, fmt.Errorf("reading the personal data: %w", err)
	}
	p, err := parsePersonal(data)
	if err != nil {
		return Identity{}, fmt.Errorf("reading the personal data: %w", err)
	}
	id, err := c.readCardID()
	if err != nil {
		return Identity{}, fmt.Errorf("reading the card number: %w", err)
	}
	cert, err := c.readCertificate()
	if err != nil {
		return Identity{}, fmt.Errorf("reading the certificate: %w", err)
	}
	surname, givenName, err := c.confirm(cert, p, id, data)
	if err != nil {
		return Identity{}, fmt.Errorf("comparing the card with its certificate: %w", err)
	}
	return Identity{
		Kind:        CNS,
		Fingerprint: sha256.Sum256(cert.Raw),
		PIN:         PINLength{pinLeast, pinMost},
		TaxCode:     p.taxCode,
		Surname:     NewPrivate(surname),
		GivenName:   NewPrivate(givenName),
		CardID:      NewPrivate(id),
		Certificate: cert,
		Chain:       verdict(c.judge, cert, CNS, now),
	}, nil
}

func (c *cns) readCardID() (string, error) {
	data, err := c.line.read(efCardID, cardIDLength, func([]byte) (int, error) { return cardIDLength, nil })
	if err != nil {
		return "", err
	}
	if !onlyDigits(data) {
		return "", fmt.Errorf("card number is not %d digits: %w", cardIDLength, ErrUnreadable)
	}
	return string(data), nil
}

func (c *cns) readCertificate() (*x509.Certificate, error) {
	if c.certificate != nil {
		return c.certificate, nil
	}
	der, err := c.line.read(efCertificate, leAll, derSize)
	if c.line.relative && errors.Is(err, swFileNotFound) {
		der, err = c.line.read(efCertificateACe, leAll, derSize)
	}
	if err != nil {
		return nil, err
	}
	n, err := derSize(der)
	if err != nil {
		return nil, err
	}
	cert, err := parseCertificate(der[:n])
	if err != nil {
		return nil, err
	}
	if _, err := rsaKey(cert); err != nil {
		return nil, err
	}
	c.certificate = cert
	return cert, nil
}

// Forget implements [Card].
func (c *cns) Forget() error {
	if err := c.line.forget(); err != nil {
		return fmt.Errorf("resetting the card: %w", err)
	}
	return nil
}

// Close implements [Card].
func (c *cns) Close() error { return c.line.t.Close() }

func onlyDigits[T ~[]byte | ~string](s T) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}
