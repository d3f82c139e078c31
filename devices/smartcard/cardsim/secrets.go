package cardsim

// useSecret carries out what a CIE does with its PIN and PUK: only in the
// channel, so that nobody else hears them.
func (c *Card) useSecret(cmd command) uint16 {
	if c.pin.tries == 0 || (cmd.p2 != refPIN && cmd.p2 != refPUK) {
		return swNoReference
	}
	if !c.secured() {
		return swSecurity
	}
	switch {
	case cmd.ins == insVerify && cmd.p1 == 0x00 && cmd.p2 == refPIN:
		return c.verifySecret(&c.pin, &c.active.verified, cmd.data)
	case cmd.ins == insVerify && cmd.p1 == 0x00:
		return c.verifySecret(&c.puk, &c.active.unblocking, cmd.data)
	case cmd.ins == insChangeReference && cmd.p1 == 0x00 && cmd.p2 == refPIN:
		return c.changePIN(cmd.data)
	case cmd.ins == insResetRetryCounter && cmd.p2 == refPIN:
		return c.unblockPIN(cmd)
	}
	return swWrongParameters
}

// digits is the length of PIN and PUK of a CIE.
const digits = 8

// verifySecret is VERIFY. Without data it tells the counter.
func (c *Card) verifySecret(s *secret, verified *bool, value []byte) uint16 {
	switch {
	case len(value) == 0 && *verified:
		return swOK
	case s.triesLeft == 0:
		return swBlocked
	case len(value) == 0:
		return swTriesLeft | uint16(s.triesLeft)
	case len(value) != digits:
		return swWrongLength
	}
	sw := s.offer(string(value))
	*verified = sw == swOK
	return sw
}

// changePIN is CHANGE REFERENCE DATA (ISO/IEC 7816-4 §7.5.7) with the old PIN
// and the new one.
func (c *Card) changePIN(data []byte) uint16 {
	if len(data) != 2*digits {
		return swWrongLength
	}
	sw := c.verifySecret(&c.pin, &c.active.verified, data[:digits])
	if sw == swOK {
		c.pin.value = string(data[digits:])
	}
	return sw
}

// unblockPIN is RESET RETRY COUNTER (ISO/IEC 7816-4 §7.5.10) after the PUK,
// with a new PIN or with the old one.
func (c *Card) unblockPIN(cmd command) uint16 {
	switch {
	case !c.active.unblocking:
		return swSecurity
	case cmd.p1 == 0x02 && len(cmd.data) == digits:
		c.pin.value = string(cmd.data)
	case cmd.p1 == 0x03 && len(cmd.data) == 0:
	case cmd.p1 == 0x02 || cmd.p1 == 0x03:
		return swWrongLength
	default:
		return swWrongParameters
	}
	c.pin.triesLeft = c.pin.tries
	return swOK
}
