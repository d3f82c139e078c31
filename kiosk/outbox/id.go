package outbox

import (
	"encoding/hex"
	"errors"
)

// uuid is the ID of a submission, sixteen bytes instead of thirty-six letters.
type uuid [16]byte

var errNoUUID = errors.New("not a UUID in small letters")

// parseID reads the one form in which [uuid.String] writes (RFC 9562 §4), so
// that an ID comes back as it was given.
func parseID(s string) (id uuid, err error) {
	if len(s) != 36 {
		return id, errNoUUID
	}
	var digits [32]byte
	n := 0
	for i := range len(s) {
		c := s[i]
		switch hyphen := i == 8 || i == 13 || i == 18 || i == 23; {
		case hyphen != (c == '-'), c >= 'A' && c <= 'F':
			return id, errNoUUID
		case !hyphen:
			digits[n] = c
			n++
		}
	}
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return id, errNoUUID
	}
	return id, nil
}

func (id uuid) String() string {
	var s [36]byte
	hex.Encode(s[:8], id[:4])
	hex.Encode(s[9:13], id[4:6])
	hex.Encode(s[14:18], id[6:8])
	hex.Encode(s[19:23], id[8:10])
	hex.Encode(s[24:], id[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
