package cardsim

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The worked example of ICAO 9303-11, appendix D.4: SELECT EF.COM, then READ
// BINARY of its first four bytes.
func TestSecureMessagingIsThatOfTheWorkedExample(t *testing.T) {
	ch := &channel{counter: 0x887022120C06C226}
	copy(ch.keys.encryption[:], fromHex(t, "979EC13B1CBFE9DCD01AB0FED307EAE5"))
	copy(ch.keys.mac[:], fromHex(t, "F1CB1F1FB5ADF208806B89DC579DC1F8"))
	for _, step := range []struct {
		command    string
		data       string
		le         int
		give, want string
	}{
		{
			"0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800", "011E", -1,
			"", "990290008E08FA855A5D4C50A8ED",
		},
		{
			"0CB000000D9701048E08ED6705417E96BA5500", "", 4,
			"60145F01", "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED",
		},
	} {
		sealed, ok := parse(fromHex(t, step.command))
		if !ok {
			t.Fatal("the command is not understood")
		}
		plain, sw := ch.open(sealed)
		if sw != swOK || hex.EncodeToString(plain.data) != hex.EncodeToString(fromHex(t, step.data)) || plain.le != step.le {
			t.Fatalf("%s holds %X with Le %d, status %04X", step.command, plain.data, plain.le, sw)
		}
		if got := ch.seal(fromHex(t, step.give), swOK, plain.ins); !bytes.Equal(got, fromHex(t, step.want)) {
			t.Fatalf("the answer is %X, want %s", got, step.want)
		}
	}
}
