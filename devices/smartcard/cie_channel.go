package smartcard

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

const (
	keyAgreement = 0x81
	keyChip      = 0x82
	algAgreement = 0x9B // Diffie-Hellman with SHA-256, and the authentication that goes with it

	objAgreement tag = 0xA6
	objDHPublic  tag = 0x91

	challengeLength = 8
	serialLength    = 8
)

// agreement is what both sides said while they agreed on keys. Each proves to
// the other that it was there, by a signature over it.
type agreement struct {
	domain         domain
	terminal, chip []byte // public halves
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

// agree is the Diffie-Hellman key agreement. From here on all is secured.
func (c *cie) agree(d domain) (agreement, *channel, error) {
	x, err := d.secret(c.random)
	if err != nil {
		return agreement{}, nil, err
	}
	defer wipe(x)
	a := agreement{domain: d, terminal: d.public(x)}
	data := appendObject(nil, objAlgorithm, []byte{algAgreement})
	data = appendObject(data, objPublicRef, []byte{keyAgreement})
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
