package cardsim

import (
	"bytes"
	"math/big"
	"slices"
)

// Operations that a mask may offer with its key.
const (
	opSign     = "sign"     // PSO COMPUTE DIGITAL SIGNATURE
	opDecipher = "decipher" // PSO DECIPHER
)

const (
	templateSign     = 0xB6
	templateDecipher = 0xB8
)

// isPIN tells whether a reference is the PIN's: with and without backtracking,
// unless the card knows only one.
func (c *Card) isPIN(reference byte) bool {
	if len(c.pinReference) > 0 {
		return reference == c.pinReference[0]
	}
	return reference&0x7F == 0x10
}

// verify is VERIFY (ISO/IEC 7816-4 §7.5.6). Without data it tells the counter.
func (c *Card) verify(cmd command) uint16 {
	if cmd.p1 != 0 || !c.isPIN(cmd.p2) || c.pin.tries == 0 {
		return swNoReference
	}
	if len(cmd.data) == 0 {
		switch {
		case c.active.verified:
			return swOK
		case c.pin.triesLeft == 0:
			return swBlocked
		}
		return swTriesLeft | uint16(c.pin.triesLeft)
	}
	if len(cmd.data) != 8 {
		return swWrongLength
	}
	sw := c.pin.offer(unpad(cmd.data))
	c.active.verified = sw == swOK
	return sw
}

// resetRetryCounter is RESET RETRY COUNTER (ISO/IEC 7816-4 §7.5.10) with the
// PUK and a new PIN.
func (c *Card) resetRetryCounter(cmd command) uint16 {
	if cmd.p1 != 0 || !c.isPIN(cmd.p2) || c.puk.tries == 0 {
		return swNoReference
	}
	if len(cmd.data) != 16 {
		return swWrongLength
	}
	sw := c.puk.offer(unpad(cmd.data[:8]))
	if sw == swOK {
		c.pin.value = unpad(cmd.data[8:])
		c.pin.triesLeft = c.pin.tries
	}
	return sw
}

func unpad(b []byte) string { return string(bytes.TrimRight(b, "\xFF")) }

// manageEnvironment is MANAGE SECURITY ENVIRONMENT (ISO/IEC 7816-4 §7.5.11):
// RESTORE of environment 3, then SET of the key for one operation.
func (c *Card) manageEnvironment(cmd command) uint16 {
	if c.key == nil {
		return swWrongInstruction
	}
	switch {
	case cmd.p1 == 0xF3 && cmd.p2 == 0x03:
		c.active.environment, c.active.template = true, 0
		return swOK
	case cmd.p1 != 0xF1:
		return swWrongParameters
	case !c.active.environment:
		return swConditions
	case cmd.p2 == templateSign && slices.Contains(c.operations, opSign):
	case cmd.p2 == templateDecipher && slices.Contains(c.operations, opDecipher):
	default:
		return swNotSupported
	}
	if !bytes.Equal(cmd.data, []byte{0x83, 0x01, 0x01}) {
		return swNoReference
	}
	c.active.template = cmd.p2
	return swOK
}

// performOperation is PERFORM SECURITY OPERATION (ISO/IEC 7816-8 §5.2). Both
// ways are the same raw RSA computation: the host has padded.
func (c *Card) performOperation(cmd command) ([]byte, uint16) {
	block := cmd.data
	switch {
	case c.key == nil:
		return nil, swWrongInstruction
	case cmd.p1 == 0x9E && cmd.p2 == 0x9A && c.active.template == templateSign:
	case cmd.p1 == 0x80 && cmd.p2 == 0x86 && c.active.template == templateDecipher:
		if len(block) == 0 || block[0] != 0 {
			return nil, swWrongData
		}
		block = block[1:] // padding indicator
	default:
		return nil, swConditions
	}
	if len(block) != c.key.Size() {
		return nil, swWrongLength
	}
	if !c.active.verified {
		return nil, swSecurity
	}
	m := new(big.Int).SetBytes(block)
	if m.Cmp(c.key.N) >= 0 {
		return nil, swWrongData
	}
	return m.Exp(m, c.key.D, c.key.N).FillBytes(make([]byte, c.key.Size())), swOK
}
