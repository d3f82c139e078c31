package smartcard

import (
	"errors"
	"fmt"
)

// operate runs one operation of a card (one reading, one PIN, one signature)
// with every other program kept away from the card. Between operations others
// may use it, so that an operation takes nothing for selected: it selects by
// itself what it needs, and the line's own application, if there is one, is
// selected before do.
//
// A reading that another program's reset breaks off is begun once more when
// again is true. What offers a PIN, or needs one, is never begun again: then the
// error is ErrReset, and ErrPINRequired too when a verified PIN went with it.
//
// When do leaves l.verified true, the transaction lasts beyond the operation, until
// forget or a PIN that is refused: nobody else may use what the PIN has opened.
func (l *line) operate(again bool, do func() error) error {
	err := l.operateOnce(do)
	if again && errors.Is(err, ErrReset) {
		err = l.operateOnce(do)
	}
	return err
}

func (l *line) operateOnce(do func() error) error {
	known := l.resets
	err := l.begin()
	if err != nil {
		return err
	}
	if err = l.enter(); err == nil {
		err = do()
	}
	if errors.Is(err, ErrReset) {
		l.resets++
		if l.verified {
			l.verified = false
			err = fmt.Errorf("%w: %w", ErrPINRequired, err)
		}
	}
	if !l.verified {
		l.end()
	}
	// A reset that was told of at the beginning may have happened after it.
	if l.resets != known && err != nil && !errors.Is(err, ErrReset) && !errors.As(err, new(*PINError)) {
		err = fmt.Errorf("%w: %w", ErrReset, err)
	}
	return err
}

// begin begins a transaction, unless one lasts. A reset before it is no harm:
// nothing was verified outside a transaction, and nothing is taken for selected.
func (l *line) begin() error {
	if l.verified {
		return nil
	}
	err := l.t.Begin()
	if errors.Is(err, ErrReset) {
		l.resets++
		return nil // begun all the same
	}
	return err
}

// end ends the transaction. An error that is no reset says nothing that the next
// operation does not say too.
func (l *line) end() {
	if errors.Is(l.t.End(), ErrReset) {
		l.resets++
	}
}

// enter selects the line's application, where it could have been left.
func (l *line) enter() error {
	if l.application == nil || l.verified {
		return nil
	}
	if err := l.selectApplication(l.application); err != nil {
		return fmt.Errorf("selecting the application: %w", err)
	}
	return nil
}

// forget resets the card before others may use it again.
func (l *line) forget() error {
	if err := l.begin(); err != nil {
		return err
	}
	defer l.end()
	l.verified = false
	l.resets++
	return l.t.Reset()
}
