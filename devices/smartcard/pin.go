package smartcard

import (
	"errors"
	"fmt"
)

const (
	pinGlobal       = 0x10 // reference of the citizen's PIN
	pinBacktracking = 0x80 // search it from the current directory upwards

	pinLeast, pinMost = 5, 8 // digits
)

// VerifyPIN implements [Card]. The command is sent once, whatever comes back,
// because each time it is sent may cost an attempt.
func (c *cns) VerifyPIN(pin []byte) error {
	if len(pin) < pinLeast || len(pin) > pinMost || !onlyDigits(pin) {
		return ErrPINFormat
	}
	apdu := []byte{
		0x00, insVerify, 0x00, c.pin, pinMost,
		0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
	}
	copy(apdu[5:], pin)
	defer clear(apdu)
	if err := c.line.operate(false, func() error { return c.line.offer(apdu) }); err != nil {
		return fmt.Errorf("verifying the PIN: %w", err)
	}
	return nil
}

// offer sends a VERIFY. A PIN that is refused takes back the one before it.
func (l *line) offer(verify []byte) error {
	l.verified = false
	_, sw, err := l.transmit(verify)
	if err != nil {
		return err
	}
	if err := pinVerdict(sw); err != nil {
		return err
	}
	l.verified = true
	return nil
}

func pinVerdict(sw status) error {
	switch {
	case sw == swOK:
		return nil
	case sw&0xFFF0 == 0x63C0: // the last digit counts what is left (ISO/IEC 7816-4 §5.6)
		return &PINError{Left: int(sw & 0xF)}
	case sw == swPINRefused:
		return &PINError{Left: -1}
	case sw == swPINBlocked, sw == swPINInvalidated:
		return &PINError{Left: 0}
	}
	if errors.Is(sw, ErrPINRequired) { // no sense as the answer to a PIN
		return fmt.Errorf("%w: %v", ErrUnreadable, sw)
	}
	return sw
}
