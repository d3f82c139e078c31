package smartcard

import "bytes"

// Applications by which cards are known that do not name themselves (ISO/IEC
// 7816-4 §12.2.3).
var (
	// The contactless face of some cards keeps the files of a CNS under this one,
	// and names itself in the data object 0180.
	applicationJSign = []byte{0xA0, 0x00, 0x00, 0x00, 0x95, 0x01, 0x00, 0x4D}
	nameJSign        = []byte("JSign4")
	// The ACe of 2025 keeps them under this one, and answers to paths from there.
	applicationACe = []byte{0xA0, 0x00, 0x00, 0x05, 0x30, 0x00, 0x0B, 0x10, 0x40, 0x01, 0x02, 0x1A}
	// Where every payment card lists what it can do (EMV Book 1 §12.2.2):
	// without contact, as a telephone does too, and with.
	payments = [][]byte{[]byte("2PAY.SYS.DDF01"), []byte("1PAY.SYS.DDF01")}
)

// askJSign looks for the contactless face of a CNS.
func askJSign(l *line, judge Judge) (Card, error) {
	if err := l.selectApplication(applicationJSign); err != nil {
		return nil, err
	}
	name, err := l.exchange(command{ins: insGetData, p1: 0x01, p2: 0x80, le: leAll})
	if err != nil || !bytes.Contains(name, nameJSign) {
		return nil, err
	}
	c := newCNS(l.t, judge)
	c.line.application = applicationJSign
	return c, nil
}

// askACe looks for an ACe of 2025. What is known of it comes from one published
// trace: the application, the form of the selection, the place of the personal
// data. The rest is taken to be as in a CNS.
func askACe(l *line, judge Judge) (Card, error) {
	c := newCNS(l.t, judge)
	c.line.application, c.line.relative = applicationACe, true
	if err := c.line.selectApplication(applicationACe); err != nil {
		return nil, err
	}
	if err := c.line.selectFile(efPersonal); err != nil {
		return nil, err
	}
	return c, nil
}

// askFiles looks for the personal data where only a CNS has them.
func askFiles(l *line, judge Judge) (Card, error) {
	if err := l.selectFile(efPersonal); err != nil {
		return nil, err
	}
	c := newCNS(l.t, judge)
	c.line.stepwise = l.stepwise
	return c, nil
}

// askPayment looks for a payment card.
func askPayment(l *line, _ Judge) (Card, error) {
	for _, name := range payments {
		if err := l.selectApplication(name); err == nil {
			return nil, ErrPayment
		} else if !isStatus(err) {
			return nil, err
		}
	}
	return nil, nil
}
