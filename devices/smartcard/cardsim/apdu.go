package cardsim

// Status words (ISO/IEC 7816-4 §5.6).
const (
	swOK               = 0x9000
	swMore             = 0x6100 // plus how many bytes wait
	swEndOfFile        = 0x6282
	swRefused          = 0x6300
	swTriesLeft        = 0x63C0 // plus how many
	swWrongLength      = 0x6700
	swNoChaining       = 0x6884
	swSecurity         = 0x6982
	swBlocked          = 0x6983
	swConditions       = 0x6985
	swNoCurrentFile    = 0x6986
	swObjectMissing    = 0x6987 // of secure messaging
	swObjectWrong      = 0x6988 // of secure messaging
	swWrongData        = 0x6A80
	swNotSupported     = 0x6A81
	swNotFound         = 0x6A82
	swWrongParameters  = 0x6A86
	swNoReference      = 0x6A88
	swWrongOffset      = 0x6B00
	swExactLength      = 0x6C00 // plus how many bytes there are
	swWrongInstruction = 0x6D00
	swWrongClass       = 0x6E00
)

// Instructions (ISO/IEC 7816-4 §5.4.2).
const (
	insVerify               = 0x20
	insManageEnvironment    = 0x22
	insChangeReference      = 0x24
	insPerformOperation     = 0x2A
	insResetRetryCounter    = 0x2C
	insExternalAuthenticate = 0x82
	insGetChallenge         = 0x84
	insInternalAuthenticate = 0x88
	insSelect               = 0xA4
	insReadBinary           = 0xB0
	insGetResponse          = 0xC0
	insGetData              = 0xCA
	insGetDataOdd           = 0xCB
)

// Bits of the class byte (ISO/IEC 7816-4 §5.4.1).
const (
	classChained = 0x10
	classSecured = 0x0C
)

const maxChain = 4096

// command is a parsed short command APDU.
type command struct {
	class, ins, p1, p2 byte
	data               []byte
	le                 int // -1 when absent, 256 for 00
}

// parse reads a short APDU of any of the four cases.
func parse(apdu []byte) (command, bool) {
	if len(apdu) < 4 {
		return command{}, false
	}
	c := command{class: apdu[0], ins: apdu[1], p1: apdu[2], p2: apdu[3], le: -1}
	body := apdu[4:]
	if len(body) > 1 {
		n := int(body[0])
		if n == 0 || len(body) < 1+n {
			return command{}, false // extended length, or cut short
		}
		c.data, body = body[1:1+n], body[1+n:]
	}
	switch len(body) {
	case 0:
	case 1:
		if c.le = int(body[0]); c.le == 0 {
			c.le = 256
		}
	default:
		return command{}, false
	}
	return c, true
}

// Transmit answers one command APDU.
func (c *Card) Transmit(apdu []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	cmd, ok := parse(apdu)
	if !ok {
		return join(nil, swWrongLength)
	}
	var data []byte
	var sw uint16
	switch secured := c.ias != nil && cmd.class&classSecured == classSecured; {
	case secured && cmd.ins == insGetResponse && len(cmd.data) == 0:
		// The rest of a sealed answer is sealed already. Some readers keep the
		// class of what they asked.
		cmd.class &^= classSecured
		data, sw = c.run(cmd)
	case secured:
		data, sw = c.runSecured(cmd)
	default:
		c.hear(cmd)
		data, sw = c.run(cmd)
	}
	if cmd.ins != insGetResponse {
		c.active.pending = nil
	}
	return c.deliver(data, sw, cmd)
}

// Ways of a mask with lengths.
const (
	lengthsExact   = "exact"   // a read of more than there is tells how much there is
	lengthsFetched = "fetched" // every answer waits for GET RESPONSE, as with T=0
	lengthsLong    = "long"    // an answer is never cut, whatever Le says
)

// deliver gives up to Le bytes and keeps the rest, and how it ends, for GET
// RESPONSE.
func (c *Card) deliver(data []byte, sw uint16, cmd command) []byte {
	n := min(max(cmd.le, 0), len(data))
	switch {
	case c.lengths == lengthsExact && cmd.ins == insReadBinary && cmd.le > n && n > 0:
		return join(nil, swExactLength|uint16(n&0xFF))
	case c.lengths == lengthsFetched && cmd.ins != insGetResponse:
		n = 0
	case c.lengths == lengthsLong:
		n = len(data)
	}
	if rest := data[n:]; len(rest) > 0 {
		c.active.pending, c.active.ending = rest, sw
		return join(data[:n], swMore|uint16(min(len(rest), 256)&0xFF))
	}
	return join(data, sw)
}

// run carries out a command that stands in clear, or did inside secure
// messaging.
func (c *Card) run(cmd command) ([]byte, uint16) {
	switch cmd.class {
	case 0x00:
	case classChained:
		return nil, c.gather(cmd)
	default:
		return nil, swWrongClass
	}
	if chain := c.active.chain; chain != nil {
		if c.active.chainHead == [3]byte{cmd.ins, cmd.p1, cmd.p2} {
			cmd.data = append(chain, cmd.data...)
		}
		c.active.chain = nil
	}
	switch cmd.ins {
	case insSelect:
		return c.selectFile(cmd)
	case insReadBinary:
		return c.readBinary(cmd)
	case insGetResponse:
		if c.active.pending == nil {
			return nil, swConditions
		}
		data := c.active.pending
		c.active.pending = nil
		return data, c.active.ending
	case insGetData:
		return c.getData(cmd)
	}
	if c.ias != nil {
		return c.runIAS(cmd)
	}
	return c.runCNS(cmd)
}

// runCNS carries out what needs the key or the PIN of a CNS.
func (c *Card) runCNS(cmd command) ([]byte, uint16) {
	switch cmd.ins {
	case insVerify:
		return nil, c.verify(cmd)
	case insManageEnvironment:
		return nil, c.manageEnvironment(cmd)
	case insPerformOperation:
		return c.performOperation(cmd)
	case insResetRetryCounter:
		return nil, c.resetRetryCounter(cmd)
	}
	return nil, swWrongInstruction
}

// chains tells whether a command may come in pieces.
func (c *Card) chains(ins byte) bool {
	switch ins {
	case insPerformOperation:
		return true
	case insManageEnvironment, insExternalAuthenticate, insInternalAuthenticate:
		return c.ias != nil
	}
	return false
}

// gather keeps a piece of a chained command.
func (c *Card) gather(cmd command) uint16 {
	if !c.chains(cmd.ins) {
		return swNoChaining
	}
	head := [3]byte{cmd.ins, cmd.p1, cmd.p2}
	if c.active.chainHead != head {
		c.active.chain = nil
	}
	if len(c.active.chain)+len(cmd.data) > maxChain {
		c.active.chain = nil
		return swWrongLength
	}
	c.active.chainHead = head
	c.active.chain = append(c.active.chain, cmd.data...)
	return swOK
}

func join(data []byte, sw uint16) []byte {
	return append(append(make([]byte, 0, len(data)+2), data...), byte(sw>>8), byte(sw))
}
