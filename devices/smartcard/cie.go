package smartcard

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
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

// maxWhole is the longest answer of a CIE in one piece: some chips give out all
// parameters of the key agreement, 564 bytes, to a short command.
const maxWhole = 1024

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
		return Identity{}, tooEarly(err)
	}
	return c.known(now), nil
}

// known is what the card said without a PIN.
func (c *cie) known(now time.Time) Identity {
	signer := c.signerVerdict(now)
	return Identity{
		Kind:           CIE,
		Fingerprint:    c.open.fingerprint,
		PIN:            PINLength{cieDigits, cieDigits},
		NIS:            NewPrivate(c.open.nis),
		Chain:          signer,
		DocumentSigner: signer,
	}
}

func (c *cie) signerVerdict(now time.Time) Chain {
	if c.judge == nil {
		return ChainUnchecked
	}
	return c.judge.DocumentSigner(c.open.security.signer, now)
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
