package cardsim

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/big"
)

// channel is a secure channel, from the key agreement on.
type channel struct {
	keys    sessionKeys
	counter uint64 // send sequence counter
	next    uint64 // counter after the answer under way, 0 to go on counting
	spoken  bool   // a command came through it; from then on clear ones end it

	terminalKey   []byte // the public values of the agreement
	cardKey       []byte
	terminal      publicKey // from the terminal's certificate
	terminalName  []byte
	challenge     []byte
	challenged    bool // the challenge waits for its answer
	terminalKnown bool // the terminal has proved itself
	cardKnown     bool // the card has
}

// secured tells whether terminal and card know each other and talk through the
// channel: a command in clear would have ended it.
func (c *Card) secured() bool {
	ch := c.active.channel
	return ch != nil && ch.spoken && ch.terminalKnown && ch.cardKnown
}

// hangUp ends the channel, and with it all that was verified in it.
func (c *Card) hangUp() {
	if c.ias == nil {
		return
	}
	c.active.channel, c.active.keys = nil, chosen{}
	c.active.verified, c.active.unblocking = false, false
	c.active.chain = nil
}

// hear notes a command in clear. Only the rest of an answer may be asked for so.
func (c *Card) hear(cmd command) {
	if ch := c.active.channel; ch != nil && ch.spoken && cmd.ins != insGetResponse {
		c.hangUp()
	}
}

// agree takes the public value of the terminal, makes its own and from both
// the keys of a new channel.
func (c *Card) agree(terminalKey []byte) uint16 {
	g, p, q := c.ias.group.numbers()
	y := new(big.Int).SetBytes(terminalKey)
	highest := new(big.Int).Sub(p, big.NewInt(2))
	if len(terminalKey) != len(c.ias.group.p) || y.Cmp(big.NewInt(2)) < 0 || y.Cmp(highest) > 0 {
		return swWrongData
	}
	x, err := c.number(q)
	if err != nil {
		return swConditions
	}
	c.hangUp()
	size := len(c.ias.group.p)
	secret := new(big.Int).Exp(y, x, p).FillBytes(make([]byte, size))
	c.active.channel = &channel{
		keys:        deriveKeys(secret),
		counter:     1,
		terminalKey: terminalKey,
		cardKey:     new(big.Int).Exp(g, x, p).FillBytes(make([]byte, size)),
	}
	return swOK
}

func (g group) numbers() (generator, prime, order *big.Int) {
	return new(big.Int).SetBytes(g.g), new(big.Int).SetBytes(g.p), new(big.Int).SetBytes(g.q)
}

// number draws one from 1 to limit-1. Eight bytes more than needed make the
// bias of the remainder negligible.
func (c *Card) number(limit *big.Int) (*big.Int, error) {
	b := make([]byte, (limit.BitLen()+7)/8+8)
	if _, err := io.ReadFull(c.random, b); err != nil {
		return nil, err
	}
	n := new(big.Int).SetBytes(b)
	n.Mod(n, new(big.Int).Sub(limit, big.NewInt(1)))
	return n.Add(n, big.NewInt(1)), nil
}

func (c *Card) giveAgreementKey() ([]byte, uint16) {
	if c.active.channel == nil {
		return nil, swConditions
	}
	return wrap(0xA6, wrap(0x91, c.active.channel.cardKey)), swOK
}

// sessionKeys are two keys of 16 bytes for 3DES with two keys.
type sessionKeys struct{ encryption, mac [16]byte }

// deriveKeys makes the session keys out of the shared secret, as ICAO 9303-11
// §9.7.1 does with a longer hash.
func deriveKeys(secret []byte) sessionKeys {
	derive := func(counter uint32) [16]byte {
		sum := sha256.Sum256(binary.BigEndian.AppendUint32(secret[:len(secret):len(secret)], counter))
		return [16]byte(sum[:16])
	}
	return sessionKeys{derive(1), derive(2)}
}
