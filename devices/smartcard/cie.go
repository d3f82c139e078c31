package smartcard

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"
)

// cie is a Carta d'Identità Elettronica 3.0. Without a PIN it says the number of
// its chip; who its holder is, only in secure messaging and after the PIN.
type cie struct {
	line  line
	judge Judge
	// noLe says that the chip wants no Le with data in clear.
	noLe bool
	// random and terminal are fixed by tests that compare whole exchanges.
	random   io.Reader
	terminal func() *rsa.PrivateKey

	open        *openData // nil before they were read
	channel     *channel  // nil while there is none
	certificate *x509.Certificate
	document    string
}

// openData is what a CIE says to everybody, all checked: a card does not change
// it.
type openData struct {
	nis         string
	security    *securityObject
	fingerprint [sha256.Size]byte
	chipKey     *rsa.PublicKey // with which the chip proves itself in the channel
}

// cieDigits is the length of a PIN: four digits handed over at the counter, and
// four that came by post.
const cieDigits = 8

// maxWhole is the longest answer of a CIE in one piece: some chips give out all
// parameters of the key agreement, 564 bytes, to a short command.
const maxWhole = 1024

const (
	keyPIN     = 0x81
	keyCitizen = 0x81 // signs for the holder, after the PIN

	// swWrongLength answers a PIN that some chips find not to be theirs.
	swWrongLength status = 0x6700
)

func newCIE(t Transport, judge Judge) *cie {
	go terminalKey() // takes a while, and is there when the PIN is typed
	return &cie{line: line{t: t, longest: maxWhole}, judge: judge, random: rand.Reader, terminal: terminalKey}
}

// enter selects the application of the identity card.
func (c *cie) enter() error {
	if err := c.enterRoot(); err != nil {
		return err
	}
	if _, err := c.line.exchange(command{ins: insSelect, p1: 0x04, p2: 0x0C, data: applicationCIE}); err != nil {
		return fmt.Errorf("selecting the application of the identity card: %w", err)
	}
	return nil
}

// enterRoot selects the application of the operating system, or the master file
// on chips that do not know it by name.
func (c *cie) enterRoot() error {
	_, err := c.line.exchange(command{ins: insSelect, p1: 0x04, p2: 0x0C, data: applicationIAS})
	if refuses(err) {
		_, err = c.line.exchange(command{ins: insSelect})
	}
	if err != nil {
		return fmt.Errorf("selecting the application of the chip: %w", err)
	}
	return nil
}

// Identity implements [Card].
func (c *cie) Identity(now time.Time) (Identity, error) {
	if c.line.verified {
		return c.complete(now)
	}
	if err := c.line.operate(true, c.introduce); err != nil {
		return Identity{}, err
	}
	return c.known(now), nil
}

// known is what the card said without a PIN.
func (c *cie) known(now time.Time) Identity {
	return Identity{
		Kind:           CIE,
		Fingerprint:    c.open.fingerprint,
		PIN:            PINLength{cieDigits, cieDigits},
		NIS:            NewPrivate(c.open.nis),
		Chain:          c.signerVerdict(now),
		DocumentSigner: c.signerVerdict(now),
	}
}

func (c *cie) signerVerdict(now time.Time) Chain {
	if c.judge == nil {
		return ChainUnchecked
	}
	return c.judge.DocumentSigner(c.open.security.signer, now)
}

// VerifyPIN implements [Card]. Every attempt has a channel of its own, in which
// the PIN is sent once, whatever comes back.
func (c *cie) VerifyPIN(pin []byte) error {
	if len(pin) != cieDigits || !onlyDigits(pin) {
		return ErrPINFormat
	}
	if err := c.line.operate(false, func() error { return c.offer(pin) }); err != nil {
		return fmt.Errorf("verifying the PIN: %w", err)
	}
	return nil
}

func (c *cie) offer(pin []byte) error {
	c.line.verified, c.channel = false, nil
	if err := c.introduce(); err != nil {
		return err
	}
	if err := c.openChannel(); err != nil {
		return fmt.Errorf("opening the channel: %w", err)
	}
	_, err := c.channel.exchange(command{ins: insVerify, p2: keyPIN, data: pin})
	if err := c.verdict(err); err != nil {
		c.channel = nil
		return err
	}
	c.line.verified = true
	return nil
}

// verdict gives the answer to a PIN its meaning. The card may count attempts in
// the channel or, leaving it, in clear.
func (c *cie) verdict(err error) error {
	var sw status
	if err == nil || !errors.As(err, &sw) {
		return err
	}
	if sw == swWrongLength {
		return &PINError{Left: -1}
	}
	return pinVerdict(sw)
}

// inChannel runs an operation that needs the PIN. When the channel breaks in it,
// the PIN is gone too.
func (c *cie) inChannel(do func() error) error {
	return c.line.operate(false, func() error {
		err := do()
		if c.channel.dead && !errors.Is(err, ErrReset) {
			c.line.verified = false
		}
		return err
	})
}

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

// readHolder reads the certificate and the number of the document, once.
func (c *cie) readHolder() error {
	if c.certificate != nil {
		return nil
	}
	secured := exchange(c.channel.exchange)
	document, err := secured.read(efDocument, documentLength, maxSecureAnswer, exactly(documentLength))
	if err != nil {
		return fmt.Errorf("reading the number of the document: %w", err)
	}
	if err := c.open.security.confirm(groupDocument, document); err != nil {
		return fmt.Errorf("checking the number of the document: %w", err)
	}
	if err := c.readCertificate(); err != nil {
		return fmt.Errorf("reading the certificate: %w", err)
	}
	c.document = legible(string(document))
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

// Sign implements [Card]. The card pads, and what it returns is checked against
// its certificate.
func (c *cie) Sign(digest []byte) ([]byte, error) {
	if len(digest) != sha256.Size {
		return nil, fmt.Errorf("signing: digest has %d bytes, SHA-256 has %d", len(digest), sha256.Size)
	}
	if !c.line.verified {
		return nil, fmt.Errorf("signing: %w", ErrPINRequired)
	}
	var signature []byte
	err := c.inChannel(func() (err error) {
		signature, err = c.sign(digest)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return signature, nil
}

func (c *cie) sign(digest []byte) ([]byte, error) {
	if c.certificate == nil {
		if err := c.readCertificate(); err != nil {
			return nil, fmt.Errorf("reading the certificate: %w", err)
		}
	}
	key, ok := c.certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the key is not RSA: %w", ErrUnsupported)
	}
	use := appendObject(appendObject(nil, objAlgorithm, []byte{algPKCS1}), objPrivate, []byte{keyCitizen})
	if _, err := c.channel.exchange(command{ins: insMSE, p1: 0x41, p2: templateInternal, data: use}); err != nil {
		return nil, fmt.Errorf("choosing the key: %w", err)
	}
	info := append(bytes.Clone(digestInfo), digest...)
	signature, err := c.channel.exchange(command{ins: insInternalAuthenticate, data: info})
	if err != nil {
		return nil, fmt.Errorf("using the key: %w", err)
	}
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest, signature); err != nil {
		return nil, fmt.Errorf("checking the card's signature: %w: %w", ErrInconsistent, err)
	}
	return signature, nil
}

// Forget implements [Card]. The keys of the channel go with the PIN.
func (c *cie) Forget() error {
	c.channel = nil
	if err := c.line.forget(); err != nil {
		return fmt.Errorf("resetting the card: %w", err)
	}
	return nil
}

// Close implements [Card].
func (c *cie) Close() error {
	c.channel = nil
	return c.line.t.Close()
}
