package cardsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/big"
	"slices"
)

// Terminal and card prove themselves to each other with signatures that give
// back part of what they sign: a block is 6A, the recoverable part, SHA-256 and
// BC, under raw RSA (after ISO/IEC 9796-2, digital signature scheme 1).
const (
	blockHead = 0x6A
	blockTail = 0xBC
)

// openBlock splits a block into what it carries and the hash.
func openBlock(block []byte) (part, hash []byte, ok bool) {
	n := len(block) - sha256.Size - 2
	if n < 0 || block[0] != blockHead || block[len(block)-1] != blockTail {
		return nil, nil, false
	}
	return block[1 : 1+n], block[1+n : 1+n+sha256.Size], true
}

func makeBlock(part, hash []byte) []byte {
	return slices.Concat([]byte{blockHead}, part, hash, []byte{blockTail})
}

func hashOf(parts ...[]byte) []byte {
	sum := sha256.Sum256(bytes.Join(parts, nil))
	return sum[:]
}

// Layout of a card-verifiable certificate: one byte of profile, authority (8),
// holder (12), role (7), algorithm (9), modulus, exponent (4).
const (
	certificateProfile = 0x8A
	certificateFixed   = 1 + 8 + 12 + 7 + 9 + 4
	roleTerminal       = 0x01
)

// algorithmOID names the algorithm of the terminal's key.
var algorithmOID = []byte{0x2A, 0x81, 0x22, 0xF4, 0x2A, 0x02, 0x04, 0x01, 0x04}

// verifyCertificate is PSO VERIFY CERTIFICATE (ISO/IEC 7816-8 §5.9) of a
// terminal, through the channel.
func (c *Card) verifyCertificate(cmd command) uint16 {
	ch := c.active.channel
	if cmd.p1 != 0x00 || cmd.p2 != 0xAE {
		return swWrongParameters
	}
	if ch == nil || !ch.spoken || !c.active.keys.verifying {
		return swConditions
	}
	outer, ok := parseObjects(cmd.data)
	if !ok {
		return swWrongData
	}
	inner, ok := parseObjects(outer.find(0x7F21))
	if !ok {
		return swWrongData
	}
	authority := c.ias.authority
	part, hash, ok := openBlock(authority.key.recover(inner.find(0x5F37)))
	if !ok {
		return swSecurity
	}
	body := slices.Concat(part, inner.find(0x5F38))
	if !bytes.Equal(hashOf(body), hash) {
		return swSecurity
	}
	return ch.believe(body, inner.find(0x42), authority)
}

// believe takes the terminal's name and key from a certificate whose signature
// is good.
func (ch *channel) believe(body, signer []byte, a authority) uint16 {
	if len(body) <= certificateFixed || body[0] != certificateProfile {
		return swWrongData
	}
	issuer, holder, role, algorithm := body[1:9], body[9:21], body[21:28], body[28:37]
	modulus, exponent := body[37:len(body)-4], body[len(body)-4:]
	if !bytes.Equal(issuer, a.name[4:]) || !bytes.Equal(signer, a.name[4:]) {
		return swNoReference
	}
	if !bytes.Equal(role[:6], a.role[:6]) || role[6] != roleTerminal || !bytes.Equal(algorithm, algorithmOID) {
		return swWrongData
	}
	key := publicKey{new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)}
	if key.n.BitLen() < 1024 || key.e.Sign() == 0 {
		return swWrongData
	}
	ch.terminal, ch.terminalName = key, slices.Clone(holder)
	return swOK
}

// getChallenge is GET CHALLENGE (ISO/IEC 7816-4 §7.5.3).
func (c *Card) getChallenge(cmd command) ([]byte, uint16) {
	if cmd.p1 != 0 || cmd.p2 != 0 {
		return nil, swWrongParameters
	}
	if cmd.le != 8 {
		return nil, swWrongLength
	}
	challenge := make([]byte, 8)
	if _, err := io.ReadFull(c.random, challenge); err != nil {
		return nil, swConditions
	}
	if ch := c.active.channel; ch != nil {
		ch.challenge, ch.challenged = challenge, true
	}
	return challenge, swOK
}

// externalAuthenticate is EXTERNAL AUTHENTICATE (ISO/IEC 7816-4 §7.5.4): the
// terminal signs the challenge and both sides of the key agreement. A challenge
// is good for one answer.
func (c *Card) externalAuthenticate(cmd command) uint16 {
	ch := c.active.channel
	switch {
	case cmd.p1 != 0 || cmd.p2 != 0:
		return swWrongParameters
	case ch == nil || !ch.spoken || !ch.challenged || c.active.keys.terminal == nil:
		return swConditions
	case len(cmd.data) <= 8:
		return swWrongLength
	}
	ch.challenged = false
	serial, signature := cmd.data[:8], cmd.data[8:]
	part, hash, ok := openBlock(ch.terminal.recover(signature))
	if !ok || !bytes.Equal(serial, c.active.keys.terminal[4:]) {
		return swSecurity
	}
	g := c.ias.group
	if !bytes.Equal(hash, hashOf(part, ch.terminalKey, serial, ch.challenge, ch.cardKey, g.g, g.p, g.q)) {
		return swSecurity
	}
	ch.terminalKnown = true
	return swOK
}

// proveChip answers the terminal's challenge with the key of the chip. After
// its answer the channel counts from both challenges.
func (c *Card) proveChip(challenge []byte) ([]byte, uint16) {
	ch, key := c.active.channel, c.ias.keys[keyChip]
	switch {
	case ch == nil || !ch.spoken || !ch.terminalKnown:
		return nil, swConditions
	case len(challenge) != 8:
		return nil, swWrongLength
	}
	part := make([]byte, key.Size()-sha256.Size-2)
	if _, err := io.ReadFull(c.random, part); err != nil {
		return nil, swConditions
	}
	g, serial := c.ias.group, c.ias.serial
	hash := hashOf(part, ch.cardKey, serial, challenge, ch.terminalKey, g.g, g.p, g.q)
	ch.cardKnown = true
	ch.next = uint64(binary.BigEndian.Uint32(ch.challenge[4:]))<<32 | uint64(binary.BigEndian.Uint32(challenge[4:]))
	return slices.Concat(serial, raw(key, makeBlock(part, hash))), swOK
}
