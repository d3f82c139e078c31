package control

import (
	"errors"
	"net/http"

	"pue/devices"
	"pue/devices/smartcard"
)

// meaningHeader names what an answer that is no success means, where more than
// its words depend on it: how the tool ends, and what it advises.
const meaningHeader = "Pue-Meaning"

// meanings are the errors of reading a card that cross the socket, the narrower
// before the wider.
var meanings = []struct {
	name string
	err  error
}{
	{"card-removed", smartcard.ErrRemoved},
	{"card-reset", smartcard.ErrReset},
	{"card-payment", smartcard.ErrPayment},
	{"card-unsupported", smartcard.ErrUnsupported},
	{"card-inconsistent", smartcard.ErrInconsistent},
	{"card-busy", smartcard.ErrBusy},
	{"card-unreadable", smartcard.ErrUnreadable},
	{"pin-format", smartcard.ErrPINFormat},
	{"absent", devices.ErrAbsent},
}

// tellMeaning sets the header for an error that has one of the meanings.
func tellMeaning(h http.Header, err error) {
	for _, m := range meanings {
		if errors.Is(err, m.err) {
			h.Set(meaningHeader, m.name)
			return
		}
	}
}

// told is an error of the daemon in its own words, with the meaning it named.
type told struct {
	words string
	means error // nil: none that is known here
}

func (e *told) Error() string { return e.words }

func (e *told) Unwrap() error { return e.means }

func hear(h http.Header, words string) error {
	for _, m := range meanings {
		if h.Get(meaningHeader) == m.name {
			return &told{words, m.err}
		}
	}
	return &told{words, nil}
}
