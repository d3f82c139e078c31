package smartcard

import (
	"errors"
	"fmt"
)

// A datum of a CIE is an elementary file with what it is called in the security
// object that the issuer signed (0 when it is not in it).
type datum struct {
	id    uint16
	short byte // short file identifier, 0 when it has none
	group dataGroup
}

var (
	efSerialChip = datum{id: 0xD003}                                      // EF.SN.ICC, with the PAN
	efDH         = datum{id: 0xD004, short: 0x1B, group: groupDH}         // domain parameters of the key agreement
	efNIS        = datum{id: 0x1001, short: 0x01, group: groupNIS}        // EF.ID_Servizi
	efDocument   = datum{id: 0x1002, short: 0x02, group: groupDocument}   // number of the document, after the PIN
	efCitizen    = datum{id: 0x1003, group: groupCertificate}             // certificate, after the PIN
	efChipKey    = datum{id: 0x1004, short: 0x04, group: groupChipKey}    // Int.Kpub, of the channel
	efServiceKey = datum{id: 0x1005, short: 0x05, group: groupServiceKey} // Servizi_Int.Kpub, of the anti-clone check
	efSOD        = datum{id: 0x1006, short: 0x06}                         // EF.SOD
)

const (
	nisLength      = 12 // digits
	documentLength = 9  // characters

	// The NIS stands in EF.SN.ICC, two digits a byte.
	nisInSerial = 5
	serialRead  = nisInSerial + nisLength/2

	tagSequence tag = 0x30
	tagSOD      tag = 0x77

	// shortFile in P1 of READ BINARY says that a short file identifier follows
	// (ISO/IEC 7816-4 §11.3.3).
	shortFile = 0x80
)

// exchange sends one command and returns its whole answer, in clear or in
// secure messaging.
type exchange func(command) ([]byte, error)

// exactly is the size of a file that always has n bytes.
func exactly(n int) func([]byte) (int, error) {
	return func([]byte) (int, error) { return n, nil }
}

// read reads d in pieces of up to most bytes until it has what size says, given
// the first piece, and returns exactly that.
func (x exchange) read(d datum, first, most int, size func(head []byte) (int, error)) ([]byte, error) {
	got, err := x.readFirst(d, first)
	if err != nil {
		return nil, fmt.Errorf("reading file %04X: %w", d.id, err)
	}
	want, err := size(got)
	if err != nil {
		return nil, fmt.Errorf("reading file %04X: %w", d.id, err)
	}
	if want > maxObject {
		return nil, fmt.Errorf("reading file %04X of %d bytes: %w", d.id, want, ErrUnreadable)
	}
	for range maxPieces {
		if len(got) >= want {
			return got[:want], nil
		}
		part, end, err := readBinary(x, len(got), min(want-len(got), most))
		if err != nil {
			return nil, fmt.Errorf("reading file %04X from byte %d: %w", d.id, len(got), err)
		}
		got = append(got, part...)
		if end && len(got) < want {
			break
		}
	}
	return nil, fmt.Errorf("reading file %04X: %d of %d bytes are there: %w", d.id, len(got), want, ErrUnreadable)
}

// readFirst makes d the current file and reads its beginning: in one command by
// its short identifier, or in two.
func (x exchange) readFirst(d datum, n int) ([]byte, error) {
	if d.short != 0 {
		data, err := x(command{ins: insReadBinary, p1: shortFile | d.short, le: n})
		if errors.Is(err, swEndOfFile) {
			err = nil
		}
		if !isStatus(err) {
			return data, err
		}
	}
	// P2 = 0C: without file control information.
	id := []byte{byte(d.id >> 8), byte(d.id)}
	if _, err := x(command{ins: insSelect, p1: 0x02, p2: 0x0C, data: id}); err != nil {
		return nil, fmt.Errorf("selecting: %w", err)
	}
	data, _, err := readBinary(x, 0, n)
	return data, err
}
