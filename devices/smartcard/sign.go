package smartcard

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
)

// operation is how a mask wants its raw RSA key used: PSO knows two ways to say
// the same computation, and masks differ in which they accept.
type operation uint8

const (
	computeSignature operation = iota // the mask's usual way, tried first
	decipher
)

const keyAuthentication = 0x01

// securityEnvironment is the one in which the authentication key lives.
const securityEnvironment = 0x03

// digestInfo is the DER prefix of a SHA-256 digest (RFC 8017 §9.2, note 1).
var digestInfo = []byte{
	0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
}

// Sign implements [Card]. What the card returns is checked against its
// certificate, so that a signature that left this function verifies.
func (c *cns) Sign(digest []byte) ([]byte, error) {
	if len(digest) != sha256.Size {
		return nil, fmt.Errorf("signing: digest has %d bytes, SHA-256 has %d", len(digest), sha256.Size)
	}
	// Asked here and not of the card, which would sign as well for a PIN that was
	// typed into another program.
	if !c.line.verified {
		return nil, fmt.Errorf("signing: %w", ErrPINRequired)
	}
	var signature []byte
	err := c.line.operate(false, func() (err error) {
		signature, err = c.sign(digest)
		return err
	})
	return signature, err
}

func (c *cns) sign(digest []byte) ([]byte, error) {
	cert, err := c.readCertificate()
	if err != nil {
		return nil, fmt.Errorf("reading the certificate to sign with: %w", err)
	}
	key, err := rsaKey(cert)
	if err != nil {
		return nil, err
	}
	signature, err := c.compute(padded(digest, key.Size()))
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest, signature); err != nil {
		return nil, fmt.Errorf("checking the card's signature: %w: %w", ErrInconsistent, err)
	}
	return signature, nil
}

// Sizes of keys, in bits: cards of before 2011 have the least.
const leastKey, mostKey = 1024, 4096

// rsaKey returns the key of a certificate, when it is one that this package can
// have used and others should believe.
func rsaKey(cert *x509.Certificate) (*rsa.PublicKey, error) {
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("key of the card is not RSA: %w", ErrUnsupported)
	}
	if bits := key.N.BitLen(); bits < leastKey || bits > mostKey {
		return nil, fmt.Errorf("key of the card has %d bits, want %d to %d: %w", bits, leastKey, mostKey, ErrUnsupported)
	}
	return key, nil
}

// padded builds the block that the key works on: the card does not pad (RFC
// 8017 §9.2).
func padded(digest []byte, size int) []byte {
	block := make([]byte, size)
	block[1] = 0x01
	rest := size - len(digestInfo) - len(digest)
	for i := 2; i < rest-1; i++ {
		block[i] = 0xFF
	}
	copy(block[rest:], digestInfo)
	copy(block[rest+len(digestInfo):], digest)
	return block
}

// compute applies the private key to block, and falls back to the other
// operation, for as long as the card stays open, when the first is refused.
func (c *cns) compute(block []byte) ([]byte, error) {
	signature, err := c.apply(c.signing, block)
	if c.signing == computeSignature && declines(err) {
		c.signing = decipher
		return c.apply(decipher, block)
	}
	return signature, err
}

// declines reports whether the card does not do an operation, as opposed to not
// doing it without a PIN. Masks say so in many ways.
func declines(err error) bool {
	var sw status
	return refuses(err) || errors.As(err, &sw) && sw.high() == 0x69 && !errors.Is(sw, ErrPINRequired)
}

func (c *cns) apply(op operation, block []byte) ([]byte, error) {
	// The CNS wants an empty data field here, which encodes like Le = 00.
	if _, err := c.line.exchange(command{ins: insMSE, p1: 0xF3, p2: securityEnvironment, le: leAll}); err != nil {
		return nil, fmt.Errorf("restoring the security environment: %w", err)
	}
	template, pso := byte(0xB6), command{ins: insPSO, p1: 0x9E, p2: 0x9A, data: block, le: leAll}
	if op == decipher {
		// The first byte says "padded according to no rule" (ISO/IEC 7816-8).
		data := append([]byte{0x00}, block...)
		template, pso = 0xB8, command{ins: insPSO, p1: 0x80, p2: 0x86, data: data, le: leAll}
	}
	key := []byte{0x83, 0x01, keyAuthentication}
	if _, err := c.line.exchange(command{ins: insMSE, p1: 0xF1, p2: template, data: key}); err != nil {
		return nil, fmt.Errorf("choosing the key: %w", err)
	}
	result, err := c.line.exchange(pso)
	if err != nil {
		return nil, fmt.Errorf("using the key: %w", err)
	}
	if len(result) != len(block) {
		return nil, fmt.Errorf("receiving %d bytes for a key of %d: %w", len(result), len(block), ErrUnreadable)
	}
	return result, nil
}
