package cardsim

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
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

func TestTheKeysAreThoseComputedElsewhere(t *testing.T) {
	data, err := os.ReadFile("testdata/channel.json")
	if err != nil {
		t.Fatal(err)
	}
	var dialogues []struct{ Name, Shared, Encryption, MAC string }
	if err := json.Unmarshal(data, &dialogues); err != nil || len(dialogues) == 0 {
		t.Fatalf("%d dialogues: %v", len(dialogues), err)
	}
	for _, d := range dialogues {
		keys := deriveKeys(fromHex(t, d.Shared))
		if !bytes.Equal(keys.encryption[:], fromHex(t, d.Encryption)) || !bytes.Equal(keys.mac[:], fromHex(t, d.MAC)) {
			t.Errorf("%s: the keys are %X, want %s and %s", d.Name, keys, d.Encryption, d.MAC)
		}
	}
}

// FuzzSecured sends commands that are sealed well and hold anything, over a
// channel in which terminal and card know each other.
func FuzzSecured(f *testing.F) {
	f.Add([]byte{0x00, 0x20, 0x00, 0x81}, []byte("12345678"), byte(0))
	f.Add([]byte{0x00, 0x22, 0x41, 0xA4}, []byte{0x80, 0x01, 0x02, 0x84, 0x01, 0x81}, byte(0))
	f.Add([]byte{0x00, 0x22, 0x41, 0xA6}, []byte{0x80, 0x01, 0x9B, 0x83, 0x01, 0x81, 0x91, 0x01, 0x02}, byte(0))
	f.Add([]byte{0x00, 0x22, 0x81, 0xB6}, []byte{0x80, 0x01, 0x41, 0x83, 0x01, 0x84}, byte(0))
	f.Add([]byte{0x00, 0x2A, 0x00, 0xAE}, []byte{0x7F, 0x21, 0x03, 0x5F, 0x37, 0x00}, byte(0))
	f.Add([]byte{0x10, 0x82, 0x00, 0x00}, []byte{0x01}, byte(0))
	f.Add([]byte{0x00, 0xCB, 0x3F, 0xFF}, []byte{0x4D, 0x04, 0xA6, 0x02, 0x91, 0x00}, byte(0))
	f.Add([]byte{0x00, 0xB0, 0x86, 0x00}, []byte{}, byte(0xE0))
	f.Add([]byte{0x00, 0x88, 0x00, 0x00}, []byte{0x01, 0x02, 0x03}, byte(0))
	c, err := Person("carla")
	if err != nil {
		f.Fatal(err)
	}
	keys := deriveKeys([]byte("any secret"))
	f.Fuzz(func(t *testing.T, header, data []byte, le byte) {
		if len(header) != 4 || len(data) > 224 {
			return
		}
		c.Reset()
		c.Transmit([]byte("\x00\xA4\x04\x0C\x06\xA0\x00\x00\x00\x00\x39"))
		c.active.keys = chosen{verifying: true, terminal: make([]byte, 12), internal: c.ias.keys[keyChip], reference: keyChip}
		c.active.channel = &channel{
			keys: keys, terminalKnown: true, cardKnown: true,
			terminalKey: []byte{2}, cardKey: []byte{3}, challenge: make([]byte, 8), challenged: true,
			terminal: publicKey{big.NewInt(3233), big.NewInt(17)}, terminalName: make([]byte, 12),
		}
		counter := c.active.channel.counter + 1
		header = append([]byte{header[0]&^0xEC | classSecured}, header[1:]...)
		var body []byte
		if len(data) > 0 {
			sealed := keys.encrypt(data)
			if header[1]&1 == 0 {
				body = wrap(tagBody, []byte{0x01}, sealed)
			} else {
				body = wrap(tagOddBody, sealed)
			}
		}
		body = append(body, wrap(tagLength, []byte{le})...)
		mac := retailMAC(keys.mac, pad(pad(binary.BigEndian.AppendUint64(nil, counter), header), body))
		body = append(body, wrap(tagMAC, mac[:])...)
		apdu := append(append(header, byte(len(body))), body...)
		if got := c.Transmit(append(apdu, 0)); len(got) < 2 || len(got) > 258 {
			t.Errorf("answers %d bytes", len(got))
		} else if status := binary.BigEndian.Uint16(got[len(got)-2:]); status == swObjectWrong || status == swObjectMissing {
			t.Errorf("a well sealed command is answered %04X", status)
		}
		if c.pin.triesLeft < c.pin.tries && header[1] != insVerify && header[1] != insChangeReference {
			t.Errorf("%X costs an attempt", header)
		}
		c.pin.triesLeft, c.puk.triesLeft, c.pin.value = c.pin.tries, c.puk.tries, "12345678"
	})
}
