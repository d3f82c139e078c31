package smartcard

import (
	"errors"
	"fmt"
)

// ErrOldCIE is an identity card of the first two kinds, issued until 2016. Its
// chip speaks like a CNS, but those who vouched for it no longer do.
var ErrOldCIE = fmt.Errorf("card is an identity card of an older kind: %w", ErrUnsupported)

// Open recognises the card behind t. Cards that name themselves in their answer
// to reset cost no command; the others are asked, in a dozen at most. judge may be
// nil, and then no chain is ever checked.
//
// The error is ErrUnsupported for a card that works and is something else
// (ErrPayment or ErrOldCIE too when it is known what), ErrUnreadable for one that
// makes no sense, ErrRemoved when it is gone. The caller still owns t when Open
// fails. A Card belongs to one goroutine.
func Open(t Transport, judge Judge) (Card, error) {
	switch hist := historical(t.ATR()); {
	case saysCNS(hist):
		c := newCNS(t, judge)
		if hist[histMask] == maskSTIncard {
			c.pin |= pinBacktracking
		}
		return c, nil
	case saysCIE(hist):
		return newCIE(t, judge), nil
	case saysOldCIE(hist):
		return nil, ErrOldCIE
	}
	var card Card
	l := &line{t: t}
	err := l.operate(true, func() (err error) {
		card, err = l.probe(judge)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("recognising the card: %w", err)
	}
	return card, nil
}

// probe asks a card that does not name itself what it is. The cards of one
// application come first, because the others answer to less.
func (l *line) probe(judge Judge) (Card, error) {
	for _, ask := range []func(*line, Judge) (Card, error){askJSign, askACe, askCIE, askFiles, askPayment} {
		card, err := ask(l, judge)
		if card != nil {
			return card, nil
		}
		if err != nil && !isStatus(err) {
			return nil, err
		}
	}
	return nil, ErrUnsupported
}

// isStatus reports whether err is a well-formed "no" of the card.
func isStatus(err error) bool {
	var sw status
	return errors.As(err, &sw)
}
