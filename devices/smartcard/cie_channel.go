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

// Keys and rules of the channel, and the data objects that speak of them.
const (
	keyAgreement     = 0x81
	keyAuthority     = 0x84 // of who certifies terminals
	keyChip          = 0x82
	algAgreement     = 0x9B // Diffie-Hellman with SHA-256, and the authentication that goes with it
	algCertification = 0x41 // RSA with SHA-256 and message recovery

	objDHPublic     tag = 0x91
	objDHg          tag = 0x97
	objDHp          tag = 0x98
	objDHq          tag = 0x99
	objSecretRef    tag = 0x83
	objHolder       tag = 0x5F20 // certificate holder reference, 12 bytes
	objHolderRights tag = 0x5F4C // certificate holder authorization
	objPublicKey    tag = 0x7F49
	objModulus      tag = 0x81
	objCertificate  tag = 0x7F21
	objSignature    tag = 0x5F37
	objRemainder    tag = 0x5F38
	objAuthority    tag = 0x42

	objTemplate   tag = 0x70
	objDomain     tag = 0xBFA101
	objDomainKeys tag = 0xA3
	objAuthorized tag = 0xBFA004
	objAgreement  tag = 0xA6

	insGetDataList          = 0xCB
	insExternalAuthenticate = 0x82
	insGetChallenge         = 0x84

	challengeLength = 8
	serialLength    = 8
)

// What GET DATA is asked for, as extended header lists (ISO/IEC 7816-4 §8.5.1).
var (
	listDomainPart = []byte{0x4D, 0x0A, 0x70, 0x08, 0xBF, 0xA1, 0x01, 0x04, 0xA3, 0x02, 0x00, 0x00} // the tag goes before the last
	listDomain     = []byte{0x4D, 0x08, 0x70, 0x06, 0xBF, 0xA1, 0x01, 0x02, 0xA3, 0x80}
	listAuthority  = []byte{0x4D, 0x09, 0x70, 0x07, 0xBF, 0xA0, 0x04, 0x03, 0x7F, 0x49, 0x80}
	listDHPublic   = []byte{0x4D, 0x04, 0xA6, 0x02, 0x91, 0x00}
)

// terminalSerial is what every terminal calls itself towards a CIE.
var terminalSerial = []byte{0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01}

// certifiedKey names RSA with SHA-256 and message recovery in a certificate that
// a card verifies, with the number of the algorithm at the end.
var certifiedKey = []byte{0x2A, 0x81, 0x22, 0xF4, 0x2A, 0x02, 0x04, 0x01, 0x04}

// agreement is what both sides said while they agreed on keys. Each proves to
// the other that it was there, by a signature over it.
type agreement struct {
	domain         domain
	terminal, chip []byte // public halves
}

// authority is the public key by which the card believes terminals.
type authority struct {
	modulus   *big.Int
	reference []byte // by which certificates name it
	rights    []byte // of who it certifies
}

// openChannel agrees on keys with the card and has both sides prove who they
// are: the card believes that this is a terminal, and the terminal that this is
// the chip whose key the issuer signed. Only then is it safe to send a PIN.
func (c *cie) openChannel() error {
	if err := c.enter(); err != nil {
		return err
	}
	domain, err := c.readDomain()
	if err != nil {
		return fmt.Errorf("reading the parameters of the key agreement: %w", err)
	}
	certifier, err := c.readAuthority()
	if err != nil {
		return fmt.Errorf("reading the key of the terminals' authority: %w", err)
	}
	agreed, channel, err := c.agree(domain)
	if err != nil {
		return fmt.Errorf("agreeing on keys: %w", err)
	}
	nonce, err := c.proveTerminal(channel, certifier, agreed)
	if err != nil {
		return fmt.Errorf("proving the terminal to the card: %w", err)
	}
	own, err := c.proveChip(channel, agreed)
	if err != nil {
		return fmt.Errorf("having the card prove itself: %w", err)
	}
	channel.counter = binary.BigEndian.Uint64(append(bytes.Clone(nonce[4:]), own[4:]...))
	c.channel = channel
	return nil
}

// readDomain asks for the three parameters one by one, and all at once from
// chips that know only that.
func (c *cie) readDomain() (domain, error) {
	var d domain
	for _, part := range []struct {
		tag   tag
		value *[]byte
	}{{objDHg, &d.g}, {objDHp, &d.p}, {objDHq, &d.q}} {
		list := bytes.Clone(listDomainPart)
		list[len(list)-2] = byte(part.tag)
		answer, err := c.getData(list)
		if refuses(err) {
			return c.readWholeDomain()
		}
		if err != nil {
			return domain{}, err
		}
		if *part.value, err = find(answer, objTemplate, objDomain, objDomainKeys, part.tag); err != nil {
			return domain{}, err
		}
	}
	return d, d.check()
}

func (c *cie) readWholeDomain() (domain, error) {
	answer, err := c.getData(listDomain)
	if err != nil {
		return domain{}, err
	}
	all, err := find(answer, objTemplate, objDomain, objDomainKeys)
	if err != nil {
		return domain{}, err
	}
	var d domain
	for tag, value := range map[tag]*[]byte{objDHg: &d.g, objDHp: &d.p, objDHq: &d.q} {
		if *value, err = find(all, tag); err != nil {
			return domain{}, err
		}
	}
	return d, d.check()
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

// getData asks for what an extended header list names. P1 and P2 say: in the
// current application.
func (c *cie) getData(list []byte) ([]byte, error) {
	return c.ask(command{ins: insGetDataList, p1: 0x3F, p2: 0xFF, data: list, le: leAll})
}

// ask sends a command that has data and an answer, and so an Le (ISO/IEC 7816-3
// §12.1.3). The Ministry's own software sends none to most of them: what a chip
// refuses is asked in that way too.
func (c *cie) ask(q command) ([]byte, error) {
	if c.noLe {
		q.le = 0
	}
	answer, err := c.line.exchange(q)
	if c.noLe || !refuses(err) {
		return answer, err
	}
	q.le = 0
	if answer, err = c.line.exchange(q); err == nil {
		c.noLe = true
	}
	return answer, err
}

// agree is the Diffie-Hellman key agreement. From here on all is secured.
func (c *cie) agree(d domain) (agreement, *channel, error) {
	x, err := d.secret(c.random)
	if err != nil {
		return agreement{}, nil, err
	}
	defer wipe(x)
	a := agreement{domain: d, terminal: d.public(x)}
	data := appendObject(nil, objAlgorithm, []byte{algAgreement})
	data = appendObject(data, objSecretRef, []byte{keyAgreement})
	data = appendObject(data, objDHPublic, a.terminal)
	if _, err := c.line.exchange(command{ins: insMSE, p1: 0x41, p2: templateAgree, data: data}); err != nil {
		return agreement{}, nil, fmt.Errorf("sending our half: %w", err)
	}
	answer, err := c.getData(listDHPublic)
	if err != nil {
		return agreement{}, nil, fmt.Errorf("reading the card's half: %w", err)
	}
	if a.chip, err = find(answer, objAgreement, objDHPublic); err != nil {
		return agreement{}, nil, fmt.Errorf("reading the card's half: %w", err)
	}
	secret, err := d.shared(a.chip, x)
	if err != nil {
		return agreement{}, nil, err
	}
	defer clear(secret)
	encryption, checksum := deriveKeys(secret)
	return a, &channel{line: &c.line, messaging: newMessaging(encryption, checksum, 1)}, nil
}

// proveTerminal has the card verify a certificate for the terminal's key, and
// then a signature by that key. It returns the card's challenge.
func (c *cie) proveTerminal(ch *channel, certifier authority, a agreement) ([]byte, error) {
	key := c.terminal()
	use := appendObject(appendObject(nil, objAlgorithm, []byte{algCertification}), objPublicRef, []byte{keyAuthority})
	if _, err := ch.exchange(command{ins: insMSE, p1: 0x81, p2: templateSign, data: use}); err != nil {
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

// said joins what one side signs: its own half, its serial number, the other's
// challenge, the other's half, and the parameters.
func (a agreement) said(own, serial, challenge, other []byte) []byte {
	return bytes.Join([][]byte{own, serial, challenge, other, a.domain.g, a.domain.p, a.domain.q}, nil)
}

// proveChip has the card sign the same from its side, with the key that the
// issuer confirmed. It returns our challenge.
func (c *cie) proveChip(ch *channel, a agreement) ([]byte, error) {
	use := appendObject(appendObject(nil, objPrivate, []byte{keyChip}), objAlgorithm, []byte{algAgreement})
	if _, err := ch.exchange(command{ins: insMSE, p1: 0x41, p2: templateInternal, data: use}); err != nil {
		return nil, fmt.Errorf("choosing the key: %w", err)
	}
	challenge := make([]byte, challengeLength)
	if _, err := io.ReadFull(c.random, challenge); err != nil {
		return nil, fmt.Errorf("drawing random bytes: %w", err)
	}
	answer, err := ch.exchange(command{ins: insInternalAuthenticate, data: challenge})
	if err != nil {
		return nil, fmt.Errorf("using the key: %w", err)
	}
	if len(answer) <= serialLength {
		return nil, fmt.Errorf("answer has %d bytes: %w", len(answer), ErrUnreadable)
	}
	serial, signature := answer[:serialLength], answer[serialLength:]
	if _, err := recoverFrom(signature, c.open.chipKey, a.said(a.chip, serial, challenge, a.terminal)); err != nil {
		return nil, err
	}
	return challenge, nil
}
