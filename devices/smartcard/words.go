package smartcard

import (
	"encoding/binary"
	"fmt"
)

// Instructions that change what only their holder knows.
const (
	insChangePIN  = 0x24
	insUnblockPIN = 0x2C
)

// sealedBits of the class say that secure messaging carries the data (ISO/IEC
// 7816-4 §5.4.1).
const sealedBits = 0x0C

// asked is a short command APDU as a reader of a trace sees it.
type asked struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               byte
	hasLe            bool
	malformed        bool
}

// readAPDU takes a short command apart (ISO/IEC 7816-3 §12.1.3).
func readAPDU(apdu []byte) asked {
	if len(apdu) < 4 {
		return asked{malformed: true}
	}
	c := asked{cla: apdu[0], ins: apdu[1], p1: apdu[2], p2: apdu[3]}
	body := apdu[4:]
	if len(body) > 1 {
		n := int(body[0])
		if n == 0 || n > len(body)-1 {
			return asked{malformed: true}
		}
		c.data, body = body[1:1+n], body[1+n:]
	}
	switch len(body) {
	case 0:
	case 1:
		c.le, c.hasLe = body[0], true
	default:
		return asked{malformed: true}
	}
	return c
}

// secret reports whether the command carries a PIN or a PUK, in clear or sealed.
func (c asked) secret() bool {
	return c.ins == insVerify || c.ins == insChangePIN || c.ins == insUnblockPIN
}

// random reports whether the data are other ones each time.
func (c asked) random() bool {
	return c.cla&sealedBits != 0 || c.ins == insInternalAuthenticate || c.ins == insExternalAuthenticate ||
		c.ins == insMSE && c.p2 == templateAgree
}

// words says what the command asks for.
func (c asked) words() string {
	if c.malformed {
		return "ask something"
	}
	words := c.plainWords()
	if c.cla&sealedBits != 0 {
		words += ", sealed"
	}
	if c.cla&claChained != 0 {
		words += ", more follows"
	}
	return words
}

func (c asked) plainWords() string {
	switch c.ins {
	case insSelect:
		return c.selectWords()
	case insReadBinary:
		if c.p1&0x80 != 0 {
			return fmt.Sprintf("read file %02X of this directory from byte %d", c.p1&0x1F, c.p2)
		}
		return fmt.Sprintf("read from byte %d", binary.BigEndian.Uint16([]byte{c.p1, c.p2}))
	case insMSE:
		return c.environmentWords()
	case insPSO:
		switch binary.BigEndian.Uint16([]byte{c.p1, c.p2}) {
		case 0x9E9A:
			return "sign with the chosen key"
		case 0x8086:
			return "decipher with the chosen key"
		case 0x00AE:
			return "check the terminal's certificate"
		}
	}
	if words, ok := instructionWords[c.ins]; ok {
		return words
	}
	return "do something"
}

var instructionWords = map[byte]string{
	insVerify:               "offer the PIN",
	insChangePIN:            "change the PIN",
	insUnblockPIN:           "unblock the PIN",
	insPSO:                  "compute with the chosen key",
	insExternalAuthenticate: "prove that the terminal is one",
	insGetChallenge:         "ask for a challenge",
	insInternalAuthenticate: "have the card answer a challenge",
	0xB1:                    "read",
	insGetResponse:          "fetch what waits",
	insGetData:              "ask for a data object",
	0xCB:                    "ask for a data object",
}

func (c asked) selectWords() string {
	sealed := c.cla&sealedBits != 0
	switch {
	case sealed:
		return "select"
	case len(c.data) == 0:
		return "select the master file"
	case c.p1 == 0x04:
		return "select an application"
	case c.p1 == 0x08:
		return fmt.Sprintf("select %s from the master file", pathWords(c.data))
	case c.p1 == 0x09:
		return fmt.Sprintf("select %s from here", pathWords(c.data))
	case len(c.data) == 2 && binary.BigEndian.Uint16(c.data) == masterFile:
		return "select the master file"
	}
	return "select " + pathWords(c.data)
}

// pathWords writes a path of two-byte identifiers.
func pathWords(path []byte) string {
	words := ""
	for ; len(path) > 2; path = path[2:] {
		words += fmt.Sprintf("%X/", path[:2])
	}
	return words + fmt.Sprintf("%X", path)
}

func (c asked) environmentWords() string {
	if c.p1 == 0xF3 {
		return fmt.Sprintf("restore security environment %d", c.p2)
	}
	checks := c.p1 == 0x81
	switch {
	case c.p2 == templateInternal && checks:
		return "choose the key to know the terminal by"
	case c.p2 == templateInternal:
		return "choose the key to authenticate with"
	case c.p2 == templateAgree:
		return "agree on a key"
	case c.p2 == templateSign && checks:
		return "choose the key to check a certificate with"
	case c.p2 == templateSign:
		return "choose the key to sign with"
	case c.p2 == 0xB8:
		return "choose the key to decipher with"
	}
	return "prepare the use of a key"
}

// answerWords says what a response means, nothing when all went well.
func answerWords(ins byte, response []byte) string {
	n := len(response) - 2
	if n < 0 {
		return "no status word"
	}
	sw := status(response[n])<<8 | status(response[n+1])
	switch {
	case sw == swOK:
		return ""
	case sw.high() == 0x61:
		return "more waits"
	case sw.high() == 0x6C:
		return fmt.Sprintf("ask for %d bytes", sw.count())
	case sw&0xFFF0 == 0x63C0:
		return fmt.Sprintf("refused, %d attempts left", sw&0xF)
	case sw == swWrongParameters && ins == insReadBinary:
		return "beyond the end"
	}
	if words, ok := statusWords[sw]; ok {
		return words
	}
	return "no"
}

var statusWords = map[status]string{
	swEndOfFile:      "end of the file",
	swPINRefused:     "refused",
	swSecurity:       "only after the PIN",
	swPINBlocked:     "blocked",
	swPINInvalidated: "invalidated",
	swFileNotFound:   "not there",
	0x6700:           "wrong length",
	0x6884:           "cannot follow a command in pieces",
	0x6985:           "not now",
	0x6987:           "a seal is missing",
	0x6988:           "a seal is wrong",
	0x6A80:           "wrong data",
	0x6A81:           "cannot do that",
	0x6A86:           "wrong parameters",
	0x6A88:           "no such reference",
	0x6B00:           "wrong parameters",
	0x6D00:           "does not know the command",
	0x6E00:           "does not know the class",
}
