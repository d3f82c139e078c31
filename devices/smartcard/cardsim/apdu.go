package cardsim

// Status words (ISO/IEC 7816-4 §5.6).
const (
	swOK               = 0x9000
	swMore             = 0x6100 // plus how many bytes wait
	swEndOfFile        = 0x6282
	swTriesLeft        = 0x63C0 // plus how many
	swWrongLength      = 0x6700
	swNoChaining       = 0x6884
	swSecurity         = 0x6982
	swBlocked          = 0x6983
	swConditions       = 0x6985
	swNoCurrentFile    = 0x6986
	swWrongData        = 0x6A80
	swNotSupported     = 0x6A81
	swNotFound         = 0x6A82
	swWrongParameters  = 0x6A86
	swNoReference      = 0x6A88
	swWrongOffset      = 0x6B00
	swWrongInstruction = 0x6D00
	swWrongClass       = 0x6E00
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
	data, sw := c.run(cmd)
	if cmd.ins != 0xC0 {
		c.active.pending = nil
	}
	if sw != swOK {
		return join(data, sw)
	}
	return c.deliver(data, cmd.le)
}

// deliver gives up to le bytes and keeps the rest for GET RESPONSE.
func (c *Card) deliver(data []byte, le int) []byte {
	n := min(max(le, 0), len(data))
	if rest := data[n:]; len(rest) > 0 {
		c.active.pending = rest
		return join(data[:n], swMore|uint16(min(len(rest), 256)&0xFF))
	}
	return join(data, swOK)
}

func (c *Card) run(cmd command) ([]byte, uint16) {
	switch cmd.class {
	case 0x00:
	case 0x10:
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
	case 0x20:
		return nil, c.verify(cmd)
	case 0x22:
		return nil, c.manageEnvironment(cmd)
	case 0x2A:
		return c.performOperation(cmd)
	case 0x2C:
		return nil, c.resetRetryCounter(cmd)
	case 0xA4:
		return c.selectFile(cmd)
	case 0xB0:
		return c.readBinary(cmd)
	case 0xC0:
		if c.active.pending == nil {
			return nil, swConditions
		}
		data := c.active.pending
		c.active.pending = nil
		return data, swOK
	case 0xCA:
		return c.getData(cmd)
	}
	return nil, swWrongInstruction
}

// gather keeps a piece of a chained command.
func (c *Card) gather(cmd command) uint16 {
	if cmd.ins != 0x2A {
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
