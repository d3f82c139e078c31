package smartcard

import (
	"errors"
	"fmt"
)

// Instructions of ISO/IEC 7816-4 (table 4.2) and 7816-8.
const (
	insVerify      = 0x20
	insMSE         = 0x22 // MANAGE SECURITY ENVIRONMENT
	insPSO         = 0x2A // PERFORM SECURITY OPERATION
	insSelect      = 0xA4
	insReadBinary  = 0xB0
	insGetResponse = 0xC0
	insGetData     = 0xCA
)

const (
	claChained = 0x10 // bit 5: more of the same command follows (ISO/IEC 7816-4 §5.4.1)

	leAll       = 256 // Le = 00: all there is, at most 256 bytes
	maxData     = 255 // bytes in one short command
	maxResponse = 256 // bytes in one short response

	// maxRounds bounds the answers to one command, so that a card that always
	// announces more cannot hold the terminal. 64 rounds are 16 KiB.
	maxRounds = 64
)

// command is a command APDU in short form.
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               int // bytes wanted, 0 for none, leAll for all there are
}

// bytes encodes a command whose data fit one APDU.
func (c command) bytes() []byte {
	b := make([]byte, 0, 4+1+len(c.data)+1)
	b = append(b, c.cla, c.ins, c.p1, c.p2)
	if len(c.data) > 0 {
		b = append(b, byte(len(c.data)))
		b = append(b, c.data...)
	}
	if c.le > 0 {
		b = append(b, byte(c.le)) // 256 becomes 00
	}
	return b
}

// status is a status word that is not 9000, as an error.
type status uint16

const (
	swOK              status = 0x9000
	swEndOfFile       status = 0x6282
	swPINRefused      status = 0x6300 // without a counter
	swSecurity        status = 0x6982 // security status not satisfied
	swPINBlocked      status = 0x6983
	swPINInvalidated  status = 0x6984
	swWrongParameters status = 0x6B00 // in READ BINARY: offset beyond the end
	swFileNotFound    status = 0x6A82
)

// high is the first byte, which alone tells the family.
func (s status) high() byte { return byte(s >> 8) }

// count is the second byte where it counts bytes, 00 meaning 256.
func (s status) count() int {
	if n := int(s & 0xFF); n > 0 {
		return n
	}
	return leAll
}

func (s status) Error() string { return fmt.Sprintf("card answered %04X", uint16(s)) }

// Is gives the status word its meaning for errors.Is.
func (s status) Is(target error) bool {
	if s == swSecurity {
		return target == ErrPINRequired
	}
	return target == ErrUnreadable
}

// line speaks ISO/IEC 7816-4 over a transport, one operation at a time.
type line struct {
	t Transport
	// application is selected at the start of every operation, nil when the
	// files stand under the master file.
	application []byte
	// verified says that the card took a PIN, and that the transaction in which
	// it did still lasts.
	verified bool
	// relative says that files are selected by their path from application, the
	// only form seen on such cards; moved, that another file is current by now.
	relative, moved bool
	// resets counts the resets that this line knows of: what was agreed with the
	// card before one is gone.
	resets int
	// stepwise says that the card does not select by path in one command.
	stepwise bool
	// longest is how many bytes one answer may have, when that is more than what
	// a short one holds.
	longest int
}

// exchange sends a command, in chained pieces when it is long, and collects the
// whole answer. An answer that does not end in 9000 is a status error; what
// came before it is returned too, because 6282 carries data.
func (l *line) exchange(c command) ([]byte, error) {
	for len(c.data) > maxData {
		head := command{cla: c.cla | claChained, ins: c.ins, p1: c.p1, p2: c.p2, data: c.data[:maxData]}
		if _, sw, err := l.transmit(head.bytes()); err != nil {
			return nil, err
		} else if sw != swOK {
			return nil, sw
		}
		c.data = c.data[maxData:]
	}
	return l.collect(c)
}

// collect repeats a command whose Le was wrong (6Cxx) and fetches what the card
// announces (61xx) (ISO/IEC 7816-4 §5.3.4).
func (l *line) collect(c command) ([]byte, error) {
	var data []byte
	corrected := false
	for range maxRounds {
		part, sw, err := l.transmit(c.bytes())
		if err != nil {
			return nil, err
		}
		data = append(data, part...)
		switch {
		case sw == swOK:
			return data, nil
		case sw.high() == 0x6C && corrected:
			return nil, fmt.Errorf("asking for the length the card wants: %w", ErrUnreadable)
		case sw.high() == 0x6C:
			c.le, corrected = sw.count(), true
		case sw.high() == 0x61:
			c, corrected = command{ins: insGetResponse, le: sw.count()}, false
		default:
			return data, sw
		}
	}
	return nil, fmt.Errorf("collecting an answer without end: %w", ErrUnreadable)
}

// transmit sends one APDU, once, and splits the response.
func (l *line) transmit(apdu []byte) ([]byte, status, error) {
	r, err := l.t.Transmit(apdu)
	if err != nil {
		return nil, 0, err
	}
	n := len(r) - 2
	if n < 0 || n > max(l.longest, maxResponse) {
		return nil, 0, fmt.Errorf("receiving %d bytes in one response: %w", len(r), ErrUnreadable)
	}
	sw := status(r[n])<<8 | status(r[n+1])
	// SW1 is 6x or 9x; 60 is a line byte of T=0 (ISO/IEC 7816-3 §10.3.3).
	if h := sw.high(); h>>4 != 6 && h>>4 != 9 || h == 0x60 {
		return nil, 0, fmt.Errorf("receiving a status word of no known form: %w", ErrUnreadable)
	}
	return r[:n], sw, nil
}

// refuses reports whether the card answered that it does not know the command
// or its parameters, as opposed to failing at it.
func refuses(err error) bool {
	var sw status
	if !errors.As(err, &sw) {
		return false
	}
	switch sw.high() {
	case 0x67, 0x6A, 0x6B, 0x6D, 0x6E: // length, parameters, offset, instruction, class
		return true
	}
	return false
}
