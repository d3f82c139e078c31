package smartcard

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
)

const keyCitizen = 0x81 // signs for the holder, after the PIN

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
