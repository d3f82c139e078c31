package smartcard

import (
	"errors"
	"fmt"
)

// channel is the secure channel to a CIE. It carries commands until the first
// answer that is not secured as it should be: from then on it is dead, and so is
// a PIN that was verified in it.
type channel struct {
	line *line
	*messaging
	dead bool
}

// exchange sends a command, in chained pieces when it is long, each secured on
// its own. Nothing is ever sent twice. A status word in a checked answer is a
// status error, with the data that came along.
func (ch *channel) exchange(c command) ([]byte, error) {
	for len(c.data) > maxSecure {
		head := c
		head.cla, head.data, head.le = c.cla|claChained, c.data[:maxSecure], 0
		if _, err := ch.send(head); err != nil {
			return nil, err
		}
		c.data = c.data[maxSecure:]
	}
	return ch.send(c)
}

func (ch *channel) send(c command) ([]byte, error) {
	if ch.dead {
		return nil, fmt.Errorf("using a channel that broke: %w", ErrPINRequired)
	}
	apdu := ch.wrap(c)
	defer clear(apdu)
	answer, sw, err := ch.collect(apdu)
	if err != nil {
		ch.dead = true
		return nil, err
	}
	if len(answer) == 0 {
		ch.dead = true
		if sw == swOK {
			return nil, errNotSecured
		}
		return nil, errors.Join(errNotSecured, sw)
	}
	data, inner, err := ch.unwrap(answer)
	if err != nil {
		ch.dead = true
		return nil, err
	}
	if inner != swOK {
		return data, inner
	}
	return data, nil
}

// collect sends one APDU and fetches what the card announces. GET RESPONSE goes
// in clear, and is no part of what is secured.
func (ch *channel) collect(apdu []byte) (answer []byte, sw status, err error) {
	for range maxRounds {
		part, sw, err := ch.line.transmit(apdu)
		if err != nil {
			return nil, 0, err
		}
		answer = append(answer, part...)
		if sw.high() != 0x61 {
			return answer, sw, nil
		}
		apdu = command{ins: insGetResponse, le: sw.count()}.bytes()
	}
	return nil, 0, fmt.Errorf("collecting an answer without end: %w", ErrUnreadable)
}
