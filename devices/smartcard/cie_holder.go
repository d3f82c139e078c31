package smartcard

import (
	"fmt"
	"time"
)

// complete reads who the holder is, in the channel, and compares it with what
// the issuer signed.
func (c *cie) complete(now time.Time) (Identity, error) {
	if err := c.inChannel(c.readHolder); err != nil {
		return Identity{}, err
	}
	cert := c.certificate
	name, err := commonName(cert)
	if err != nil {
		return Identity{}, fmt.Errorf("reading the certificate: %w", err)
	}
	code, err := ParseTaxCode(parseHolder(name).taxCode)
	if err != nil {
		return Identity{}, fmt.Errorf("reading the certificate: %w: %w", ErrInconsistent, err)
	}
	surname, givenName := subjectName(cert, oidSurname), subjectName(cert, oidGivenName)
	if surname == "" || givenName == "" {
		return Identity{}, fmt.Errorf("reading the certificate: names are missing: %w", ErrInconsistent)
	}
	id := c.known(now)
	id.TaxCode = code
	id.Surname, id.GivenName = NewPrivate(surname), NewPrivate(givenName)
	id.CardID = NewPrivate(c.document)
	id.Certificate = cert
	id.Chain = worse(id.Chain, verdict(c.judge, cert, CIE, now))
	return id, nil
}

// readHolder reads the number of the document and the certificate, each once.
func (c *cie) readHolder() error {
	if c.document == "" {
		if err := c.readDocument(); err != nil {
			return fmt.Errorf("reading the number of the document: %w", err)
		}
	}
	if c.certificate == nil {
		if err := c.readCertificate(); err != nil {
			return fmt.Errorf("reading the certificate: %w", err)
		}
	}
	return nil
}

func (c *cie) readDocument() error {
	text, err := exchange(c.channel.exchange).read(efDocument, documentLength, maxSecureAnswer, exactly(documentLength))
	if err != nil {
		return err
	}
	if err := c.open.security.confirm(groupDocument, text); err != nil {
		return err
	}
	c.document = legible(string(text))
	return nil
}

func (c *cie) readCertificate() error {
	der, err := exchange(c.channel.exchange).read(efCitizen, maxSecureAnswer, maxSecureAnswer, objectSize(tagSequence))
	if err != nil {
		return err
	}
	if err := c.open.security.confirm(groupCertificate, der); err != nil {
		return err
	}
	cert, err := parseCertificate(der)
	if err != nil {
		return err
	}
	c.certificate = cert
	return nil
}

// worse returns the verdict that leaves less to believe.
func worse(a, b Chain) Chain {
	for _, chain := range []Chain{ChainRevoked, ChainUntrusted, ChainExpired, ChainUnchecked} {
		if a == chain || b == chain {
			return chain
		}
	}
	return ChainOK
}
