package smartcard

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
)

// Keys of a CIE, and the rules to use them by (IAS ECC).
const (
	keyService = 0x83 // proves, without a PIN, that the chip is no copy
	algPKCS1   = 0x02 // RSA with the padding of PKCS #1 v1.5, made by the card

	objAlgorithm tag = 0x80
	objPublicRef tag = 0x83
	objPrivate   tag = 0x84

	templateInternal = 0xA4 // authentication (ISO/IEC 7816-4 table 54)
	templateSign     = 0xB6
	templateAgree    = 0xA6

	insInternalAuthenticate = 0x88
)

// introduce reads what the card says to everybody, once. It checks that the
// document signer signed it, and that the chip is the one it was signed for. The
// number of the chip is there after three commands.
func (c *cie) introduce() error {
	if c.open != nil {
		return nil
	}
	if err := c.enter(); err != nil {
		return err
	}
	open, err := c.readSigned()
	if err != nil {
		return err
	}
	if err := c.proveOriginal(open); err != nil {
		return fmt.Errorf("checking that the chip is no copy: %w", err)
	}
	if err := c.checkRoot(open); err != nil {
		return err
	}
	c.open = open
	return nil
}

// readSigned reads the number of the chip and the object that confirms it.
func (c *cie) readSigned() (*openData, error) {
	plain := exchange(c.line.exchange)
	nis, err := plain.read(efNIS, nisLength, leAll, exactly(nisLength))
	if err != nil {
		return nil, fmt.Errorf("reading the number of the chip: %w", err)
	}
	if !onlyDigits(nis) {
		return nil, fmt.Errorf("number of the chip is not %d digits: %w", nisLength, ErrUnreadable)
	}
	file, err := plain.read(efSOD, leAll, leAll, objectSize(tagSOD))
	if err != nil {
		return nil, fmt.Errorf("reading the security object: %w", err)
	}
	security, err := parseSecurityObject(file)
	if err != nil {
		return nil, fmt.Errorf("reading the security object: %w", err)
	}
	if err := security.confirm(groupNIS, nis); err != nil {
		return nil, fmt.Errorf("checking the number of the chip: %w", err)
	}
	return &openData{nis: string(nis), security: security, fingerprint: sha256.Sum256(file)}, nil
}

// proveOriginal reads the keys of the chip and has it sign a challenge: files
// can be copied, the private half of a key cannot.
func (c *cie) proveOriginal(open *openData) (err error) {
	if open.chipKey, err = c.readKey(efChipKey, open.security); err != nil {
		return err
	}
	key, err := c.readKey(efServiceKey, open.security)
	if err != nil {
		return err
	}
	challenge := make([]byte, 32)
	if _, err := io.ReadFull(c.random, challenge); err != nil {
		return err
	}
	use := appendObject(appendObject(nil, objAlgorithm, []byte{algPKCS1}), objPrivate, []byte{keyService})
	if _, err := c.line.exchange(command{ins: insMSE, p1: 0x41, p2: templateInternal, data: use}); err != nil {
		return fmt.Errorf("choosing the key: %w", err)
	}
	answer, err := c.ask(command{ins: insInternalAuthenticate, data: challenge, le: leAll})
	if err != nil {
		return fmt.Errorf("using the key: %w", err)
	}
	if err := rsa.VerifyPKCS1v15(key, crypto.Hash(0), challenge, answer); err != nil {
		return fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	return nil
}

// readKey reads a public key that security confirms.
func (c *cie) readKey(d datum, security *securityObject) (*rsa.PublicKey, error) {
	der, err := exchange(c.line.exchange).read(d, leAll, leAll, objectSize(tagSequence))
	if err != nil {
		return nil, err
	}
	if err := security.confirm(d.group, der); err != nil {
		return nil, err
	}
	return parseKey(der)
}

// parseKey reads a modulus and an exponent. Both are unsigned, whatever DER says
// of a first bit that is set.
func parseKey(der []byte) (*rsa.PublicKey, error) {
	inner, err := find(der, tagSequence)
	if err != nil {
		return nil, err
	}
	modulus, rest, err := nextObject(inner)
	if err != nil {
		return nil, err
	}
	exponent, _, err := nextObject(rest)
	if err != nil {
		return nil, err
	}
	n, e := new(big.Int).SetBytes(modulus.value), new(big.Int).SetBytes(exponent.value)
	if !sensibleModulus(n) || e.BitLen() > 31 || e.Cmp(big.NewInt(3)) < 0 || e.Bit(0) == 0 {
		return nil, fmt.Errorf("key is not RSA of 1024 to 2048 bits: %w", ErrUnreadable)
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
}

// sensibleModulus reports whether n is odd, and of a size that a chip works with
// in whole bytes.
func sensibleModulus(n *big.Int) bool {
	bits := n.BitLen()
	return bits >= 1024 && bits <= 2048 && bits%8 == 0 && n.Bit(0) == 1
}

// checkRoot reads what stands outside the application of the identity card: the
// serial number of the chip, which repeats the NIS, and the parameters of the
// key agreement, which are signed as well.
func (c *cie) checkRoot(open *openData) error {
	if err := c.enterRoot(); err != nil {
		return err
	}
	plain := exchange(c.line.exchange)
	serial, err := plain.read(efSerialChip, serialRead, leAll, exactly(serialRead))
	if err != nil {
		return fmt.Errorf("reading the serial number of the chip: %w", err)
	}
	if hex.EncodeToString(serial[nisInSerial:]) != open.nis {
		return fmt.Errorf("chip has the serial number of another: %w", ErrInconsistent)
	}
	domain, err := plain.read(efDH, leAll, leAll, objectSize(tagSequence))
	if err != nil {
		return fmt.Errorf("reading the parameters of the key agreement: %w", err)
	}
	if err := open.security.confirm(groupDH, domain); err != nil {
		return fmt.Errorf("checking the parameters of the key agreement: %w", err)
	}
	return nil
}
