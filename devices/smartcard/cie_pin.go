package smartcard

import (
	"errors"
	"fmt"
)

// cieDigits is the length of a PIN: four digits handed over at the counter, and
// four that came by post.
const cieDigits = 8

const (
	keyPIN = 0x81

	// swWrongLength answers a PIN that some chips find not to be theirs.
	swWrongLength status = 0x6700
)

// VerifyPIN implements [Card]. Every attempt has a channel of its own, in which
// the PIN is sent once, whatever comes back.
func (c *cie) VerifyPIN(pin []byte) error {
	if len(pin) != cieDigits || !onlyDigits(pin) {
		return ErrPINFormat
	}
	if err := c.line.operate(false, func() error { return c.offer(pin) }); err != nil {
		return fmt.Errorf("verifying the PIN: %w", err)
	}
	return nil
}

func (c *cie) offer(pin []byte) error {
	c.line.verified, c.channel = false, nil
	if err := c.introduce(); err != nil {
		return tooEarly(err)
	}
	if err := c.openChannel(); err != nil {
		return fmt.Errorf("opening the channel: %w", tooEarly(err))
	}
	_, err := c.channel.exchange(command{ins: insVerify, p2: keyPIN, data: pin})
	if err := c.verdict(err); err != nil {
		c.channel = nil
		return err
	}
	c.line.verified = true
	return nil
}

// verdict gives the answer to a PIN its meaning. The card may count attempts in
// the channel or, leaving it, in clear.
func (c *cie) verdict(err error) error {
	var sw status
	if err == nil || !errors.As(err, &sw) {
		return err
	}
	if sw == swWrongLength {
		return &PINError{Left: -1}
	}
	return pinVerdict(sw)
}

// tooEarly says of a card that asks for the PIN where none is due that it makes
// no sense: people would be asked for the PIN that they are just typing.
func tooEarly(err error) error {
	if errors.Is(err, ErrPINRequired) {
		return fmt.Errorf("%w: %v", ErrUnreadable, err)
	}
	return err
}

// inChannel runs an operation that needs the PIN. When the channel breaks in it,
// the PIN is gone too.
func (c *cie) inChannel(do func() error) error {
	return c.line.operate(false, func() error {
		err := do()
		if c.channel.dead && !errors.Is(err, ErrReset) {
			c.line.verified = false
		}
		return err
	})
}
