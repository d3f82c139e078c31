package smartcard

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
)

const (
	keyAuthority     = 0x84 // of who certifies terminals
	algCertification = 0x41 // RSA with SHA-256 and message recovery

	objAuthorized   tag = 0xBFA004
	objPublicKey    tag = 0x7F49
	objModulus      tag = 0x81
	objHolder       tag = 0x5F20 // certificate holder reference
	objHolderRights tag = 0x5F4C // certificate holder authorization
	objCertificate  tag = 0x7F21
	objSignature    tag = 0x5F37
	objRemainder    tag = 0x5F38
	objAuthority    tag = 0x42

	insExternalAuthenticate = 0x82
	insGetChallenge         = 0x84
)

// terminalSerial is what every terminal calls itself towards a CIE.
var terminalSerial = []byte{0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01}

// certifiedKey names RSA with SHA-256 and message recovery in a certificate that
// a card verifies, with the number of the algorithm at the end.
var certifiedKey = []byte{0x2A, 0x81, 0x22, 0xF4, 0x2A, 0x02, 0x04, 0x01, 0x04}

// authority is the public key by which the card believes terminals.
type authority struct {
	modulus   *big.Int
	reference []byte // by which certificates name it
	rights    []byte // of who it certifies
}

func (c *cie) readAuthority() (authority, error) {
	answer, err := c.getData(listAuthority)
	if err != nil {
		return authority{}, err
	}
	key, err := find(answer, objTemplate, objAuthorized, objPublicKey)
	if err != nil {
		return authority{}, err
	}
	modulus, err := find(key, objModulus)
	if err != nil {
		return authority{}, err
	}
	holder, err := find(key, objHolder)
	if err != nil {
		return authority{}, err
	}
	rights, err := find(key, objHolderRights)
	if err != nil {
		return authority{}, err
	}
	a := authority{modulus: number(modulus)}
	// The reference is what follows four bytes of the holder's, the rights are
	// what stands before the role.
	if !sensibleModulus(a.modulus) || len(holder) != 12 || len(rights) != 7 {
		return authority{}, fmt.Errorf("key makes no sense: %w", ErrUnreadable)
	}
	a.reference, a.rights = holder[4:], rights[:6]
	return a, nil
}

// proveTerminal has the card verify a certificate for the terminal's key, and
// then a signature by that key. It returns the card's challenge.
func (c *cie) proveTerminal(ch *channel, certifier authority, a agreement) ([]byte, error) {
	key := c.terminal()
	use := appendObject(appendObject(nil, objAlgorithm, []byte{algCertification}), objPublicRef, []byte{keyAuthority})
	// With an Le, though there is no answer: no chip was ever asked without.
	if _, err := ch.exchange(command{ins: insMSE, p1: 0x81, p2: templateSign, data: use, le: leAll}); err != nil {
		return nil, fmt.Errorf("choosing the authority: %w", err)
	}
	certificate, err := certifier.certify(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	if _, err := ch.exchange(command{ins: insPSO, p1: 0x00, p2: 0xAE, data: certificate}); err != nil {
		return nil, fmt.Errorf("presenting the certificate: %w", err)
	}
	use = appendObject(nil, objPublicRef, holderReference())
	if _, err := ch.exchange(command{ins: insMSE, p1: 0x81, p2: templateInternal, data: use}); err != nil {
		return nil, fmt.Errorf("choosing the certified key: %w", err)
	}
	challenge, err := ch.exchange(command{ins: insGetChallenge, le: challengeLength})
	if err != nil {
		return nil, fmt.Errorf("asking for a challenge: %w", err)
	}
	if len(challenge) != challengeLength {
		return nil, fmt.Errorf("challenge has %d bytes: %w", len(challenge), ErrUnreadable)
	}
	proof, err := c.signAgreement(key, a, challenge)
	if err != nil {
		return nil, err
	}
	if _, err := ch.exchange(command{ins: insExternalAuthenticate, data: append(bytes.Clone(terminalSerial), proof...)}); err != nil {
		return nil, fmt.Errorf("answering the challenge: %w", err)
	}
	return challenge, nil
}

// holderReference is what a certificate calls the terminal.
func holderReference() []byte { return append(make([]byte, 4), terminalSerial...) }

// certify issues a certificate that a card can verify (ISO/IEC 7816-8 annex B):
// the fields of its body have no tags, and what fits the signature is in it.
func (a authority) certify(key *rsa.PublicKey) ([]byte, error) {
	body := []byte{0x8A} // the profile: which fields follow
	body = append(body, a.reference...)
	body = append(body, holderReference()...)
	body = append(body, a.rights...)
	body = append(body, 0x01) // the role
	body = append(body, certifiedKey...)
	body = append(body, key.N.Bytes()...)
	body = binary.BigEndian.AppendUint32(body, uint32(key.E))
	inside := min(recoverable(a.modulus), len(body))
	block := recoveryBlock(body[:inside], sha256.Sum256(body))
	if len(block) != a.modulus.BitLen()/8 || number(block).Cmp(a.modulus) >= 0 {
		return nil, fmt.Errorf("authority's key is of a size that certifies nothing: %w", ErrUnreadable)
	}
	certificate := appendObject(nil, objSignature, private(block, authorityExponent(), a.modulus))
	certificate = appendObject(certificate, objRemainder, body[inside:])
	certificate = appendObject(certificate, objAuthority, a.reference)
	return appendObject(nil, objCertificate, certificate), nil
}

// signAgreement signs what was said, with some of our own randomness.
func (c *cie) signAgreement(key *rsa.PrivateKey, a agreement, challenge []byte) ([]byte, error) {
	filler := make([]byte, recoverable(key.N))
	if _, err := io.ReadFull(c.random, filler); err != nil {
		return nil, fmt.Errorf("drawing random bytes: %w", err)
	}
	said := a.said(a.terminal, terminalSerial, challenge, a.chip)
	sum := sha256.Sum256(append(bytes.Clone(filler), said...))
	return private(recoveryBlock(filler, sum), key.D, key.N), nil
}
