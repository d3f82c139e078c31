package cardsim

import (
	"bytes"
	"crypto/rsa"
	"math/big"
	"slices"
)

// Algorithms in the environment of a CIE.
const (
	algorithmSignature = 0x02 // PKCS#1 v1.5 with padding by the card
	algorithmVerify    = 0x41 // certificates that a card can verify
	algorithmMutual    = 0x9B // authentication of terminal and card, with the key agreement
)

// chosen are the keys that MANAGE SECURITY ENVIRONMENT has set.
type chosen struct {
	verifying bool // certificates, with the authority's key
	terminal  []byte
	internal  *rsa.PrivateKey
	reference byte // of internal
}

// choose is MANAGE SECURITY ENVIRONMENT SET (ISO/IEC 7816-4 §7.5.11) as the
// key agreement, the authentications and the signature use it.
func (c *Card) choose(cmd command) uint16 {
	set, ok := parseObjects(cmd.data)
	if !ok {
		return swWrongData
	}
	is := func(tag uint32, want byte) bool { return bytes.Equal(set.find(tag), []byte{want}) }
	switch {
	case cmd.p1 == 0x41 && cmd.p2 == 0xA6:
		if !is(0x80, algorithmMutual) || !is(0x83, keyAgreement) {
			return swNoReference
		}
		return c.agree(set.find(0x91))
	case cmd.p1 == 0x41 && cmd.p2 == 0xA4:
		return c.chooseInternal(set, is)
	case cmd.p1 == 0x81 && cmd.p2 == 0xB6:
		if !is(0x80, algorithmVerify) || !is(0x83, keyAuthority) {
			return swNoReference
		}
		c.active.keys.verifying = true
		return swOK
	case cmd.p1 == 0x81 && cmd.p2 == 0xA4:
		if ch := c.active.channel; ch == nil || ch.terminal.n == nil || !bytes.Equal(set.find(0x83), ch.terminalName) {
			return swNoReference
		}
		c.active.keys.terminal = slices.Clone(set.find(0x83))
		return swOK
	}
	return swWrongParameters
}

// chooseInternal sets the key for INTERNAL AUTHENTICATE. The keys lie in the
// directory of an application, so that one must be selected.
func (c *Card) chooseInternal(set objects, is func(uint32, byte) bool) uint16 {
	reference := set.find(0x84)
	if len(reference) != 1 || c.active.directory == c.root {
		return swNoReference
	}
	key := c.ias.keys[reference[0]]
	want := byte(algorithmSignature)
	if reference[0] == keyChip {
		want = algorithmMutual
	}
	if key == nil || !is(0x80, want) {
		return swNoReference
	}
	c.active.keys.internal, c.active.keys.reference = key, reference[0]
	return swOK
}

// internalAuthenticate is INTERNAL AUTHENTICATE (ISO/IEC 7816-4 §7.5.2): the
// proof of the card, or a signature, which the profile makes the same way.
func (c *Card) internalAuthenticate(cmd command) ([]byte, uint16) {
	key, reference := c.active.keys.internal, c.active.keys.reference
	switch {
	case cmd.p1 != 0 || cmd.p2 != 0:
		return nil, swWrongParameters
	case key == nil:
		return nil, swConditions
	case reference == keyChip:
		return c.proveChip(cmd.data)
	case reference == keySignature && !(c.active.verified && c.secured()):
		return nil, swSecurity
	case len(cmd.data) == 0 || len(cmd.data) > key.Size()*2/5: // PKCS#1 wants short input
		return nil, swWrongLength
	}
	return signPadded(key, cmd.data), swOK
}

// signPadded is RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1) over what the reader says
// is a DigestInfo; the card does not look.
func signPadded(key *rsa.PrivateKey, data []byte) []byte {
	block := slices.Repeat([]byte{0xFF}, key.Size())
	block[0], block[1] = 0x00, 0x01
	block[len(block)-len(data)-1] = 0x00
	copy(block[len(block)-len(data):], data)
	return raw(key, block)
}

// raw is RSASP1 (RFC 8017 §5.2.1), for a block below the modulus.
func raw(key *rsa.PrivateKey, block []byte) []byte {
	m := new(big.Int).SetBytes(block)
	return m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size()))
}

// publicKey has an exponent of any size.
type publicKey struct{ n, e *big.Int }

// recover is RSAVP1 (RFC 8017 §5.2.2); nil for what the key cannot have made.
func (k publicKey) recover(signature []byte) []byte {
	s := new(big.Int).SetBytes(signature)
	size := (k.n.BitLen() + 7) / 8
	if len(signature) != size || s.Cmp(k.n) >= 0 {
		return nil
	}
	return s.Exp(s, k.e, k.n).FillBytes(make([]byte, size))
}
