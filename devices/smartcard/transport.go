package smartcard

import "context"

// Transport is one powered card, whatever carries the APDUs: PC/SC, or a
// simulated card in the same process.
type Transport interface {
	// Transmit sends one command APDU and returns the response with its status
	// word. Its error is about the line, never about the status word: it is
	// ErrRemoved when the card is gone. It is ErrReset, and the command was not
	// sent, when another program's reset came after Begin all the same.
	Transmit(apdu []byte) ([]byte, error)
	// Begin keeps every other program away from the card until End. It returns
	// ErrReset, having begun, when one of them has reset the card since the last
	// End, and ErrBusy when one does not let it go.
	Begin() error
	// End returns ErrReset, having ended, when another program's reset came after
	// Begin all the same: a command may have reached a card that knew nothing of
	// those before.
	End() error
	// Reset warm-resets the card: PIN states and secure channels are gone.
	Reset() error
	// ATR is the answer to reset, 2 to 33 bytes (ISO/IEC 7816-3 §8).
	ATR() []byte
	// Close resets the card and lets it go.
	Close() error
}

// Readers watches the card readers of a terminal and opens the cards in them.
type Readers interface {
	// Watch calls report for the readers and cards there are, then for every
	// change, until ctx ends or the reader service is lost. A lost service is
	// an error that wraps devices.ErrAbsent when it is not running.
	Watch(ctx context.Context, report func(Change)) error
	// Connect powers the card in the named reader. Other programs may use it too,
	// but for the time between Begin and End.
	Connect(ctx context.Context, reader string) (Transport, error)
}

// Change says how one reader is now.
type Change struct {
	Reader string
	Slot   Slot
}

// Slot is what a reader holds.
type Slot uint8

var slotNames = [...]string{"no reader", "empty", "card", "mute card"}

// String returns the English words used in logs.
func (s Slot) String() string { return slotNames[s] }

const (
	NoReader  Slot = iota // the reader itself is gone
	EmptySlot             // a reader without a card
	CardIn                // a card that answered to reset
	MuteCard              // something is in, and does not answer: upside down, or no chip
)
