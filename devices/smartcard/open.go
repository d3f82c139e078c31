package smartcard

import (
	"bytes"
	"errors"
	"fmt"
)

// The applet under which the contactless face of some cards keeps the files of
// a CNS, and the text by which it names itself.
var (
	appletJSign     = []byte{0xA0, 0x00, 0x00, 0x00, 0x95, 0x01, 0x00, 0x4D}
	appletJSignName = []byte("JSign4")
)

// Open recognises the card behind t. Cards that name themselves in their answer
// to reset cost no command; the others are asked. judge may be nil, and then no
// chain is ever checked.
//
// The error is ErrUnsupported for a card that works and is something else,
// ErrUnreadable for one that makes no sense, ErrRemoved when it is gone. The
// caller still owns t when Open fails. A Card belongs to one goroutine.
func Open(t Transport, judge Judge) (Card, error) {
	hist := historical(t.ATR())
	c := &cns{line: line{t: t}, judge: judge, pin: pinGlobal}
	if saysCNS(hist) {
		if hist[histMask] == maskSTIncard {
			c.pin |= pinBacktracking
		}
		return c, nil
	}
	found := false
	err := c.line.operate(true, func() (err error) {
		found, err = c.probe()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("recognising the card: %w", err)
	}
	if !found {
		return nil, ErrUnsupported
	}
	return c, nil
}

func (c *cns) probe() (found bool, err error) {
	for _, probe := range []func() (bool, error){c.hasApplet, c.hasFiles} {
		if found, err := probe(); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// hasApplet looks for the applet of a contactless face.
func (c *cns) hasApplet() (bool, error) {
	if err := c.line.selectApplication(appletJSign); err != nil {
		return false, unlessRefused(err)
	}
	name, err := c.line.exchange(command{ins: insGetData, p1: 0x01, p2: 0x80, le: leAll})
	if err != nil {
		return false, unlessRefused(err)
	}
	if !bytes.Contains(name, appletJSignName) {
		return false, nil
	}
	c.line.application = appletJSign
	return true, nil
}

// selectApplication makes the application with this name current (ISO/IEC
// 7816-4 §12.2.3).
func (l *line) selectApplication(aid []byte) error {
	_, err := l.exchange(command{ins: insSelect, p1: 0x04, data: aid, le: leAll})
	return err
}

// hasFiles looks for the personal data where only a CNS has them.
func (c *cns) hasFiles() (bool, error) {
	if err := c.line.selectFile(efPersonal); err != nil {
		return false, unlessRefused(err)
	}
	return true, nil
}

// unlessRefused drops an error that is a well-formed "no" of the card.
func unlessRefused(err error) error {
	var sw status
	if errors.As(err, &sw) {
		return nil
	}
	return err
}
