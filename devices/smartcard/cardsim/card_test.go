package cardsim_test

import (
	"encoding/hex"
	"path/filepath"
	"strings"
	"testing"

	"pue/devices/smartcard/cardsim"
)

const small = `{
	"atr": "3B 80 80 01 01", "pin": "12345678", "puk": "87654321",
	"files": {"1000/1003": "31323334", "1100/1102": "000102030405060708090A0B0C0D0E0F", "1100/1103": ""},
	"applications": {"A00000000112": {"info": "6F028400", "data": {"0180": "4A53"}}}
}`

func parse(t testing.TB, description string) *cardsim.Card {
	t.Helper()
	c, err := cardsim.Parse([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// talk sends commands and compares the answers, both as hexadecimal text.
func talk(t *testing.T, c *cardsim.Card, dialogue ...string) {
	t.Helper()
	for i := 0; i < len(dialogue); i += 2 {
		command, err := hex.DecodeString(strings.ReplaceAll(dialogue[i], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ToUpper(hex.EncodeToString(c.Transmit(command)))
		if want := strings.ReplaceAll(dialogue[i+1], " ", ""); got != want {
			t.Errorf("%s is answered %s, want %s", dialogue[i], got, want)
		}
	}
}

func TestFilesAreSelectedAndRead(t *testing.T) {
	talk(t, parse(t, small),
		"00B0 0000 00", "6986", // nothing is selected
		"00A4 080C 04 11001102", "9000", // by path
		"00A4 0800 04 11001102 00", "6F0B 80020010 820101 83021102 9000", // with control information
		"00B0 0000 10", "000102030405060708090A0B0C0D0E0F 9000",
		"00B0 0000 00", "000102030405060708090A0B0C0D0E0F 9000", // all there is
		"00B0 0008 10", "08090A0B0C0D0E0F 6282", // the end, sooner than asked
		"00B0 0010 01", "6B00", // beyond the end
		"00B0 0000", "6700",
		"00B0 8100 00", "6A82", // short identifiers
		"00A4 0000 02 1103", "9000", // a sister, from the current directory
		"00B0 0000 00", "6B00",
		"00A4 0000 02 3F00", "9000",
		"00A4 0000 02 1102", "6A82", // not under the master file
		"00A4 0000 02 1100 00", "6F0B 80020000 820138 83021100 9000",
		"00A4 0900 02 1102", "9000", // from the current directory
		"00A4 0000", "9000", // the master file
		"00A4 0000 02 2F00", "6A82",
		"00A4 080C 04 11001104", "6A82",
		"00A4 080C 03 110011", "6700",
		"00A4 030C 00", "6A86",
		"00A4 0400 06 A00000000112 00", "6F028400 9000",
		"00CA 0180 00", "4A53 9000",
		"00CA 0181 00", "6A88",
		"00A4 0400 02 A000 00", "6A82",
	)
}

func TestWhatTheCardDoesNotKnowItRefuses(t *testing.T) {
	talk(t, parse(t, small),
		"00", "6700",
		"00A408", "6700",
		"00A4 0000 02 3F", "6700",
		"00A4 0000 01 3F0000", "6700",
		"00B0 0000 00 0010", "6700", // extended length
		"80A4 0000", "6E00",
		"00D6 0000 01 00", "6D00",
		"10A4 0000 02 3F00", "6884", // chaining, where there is none
		"00C0 0000 00", "6985", // nothing waits
		"0022 F303 00", "6D00", // no key
		"002A 9E9A 01 00 00", "6D00",
	)
}

func TestTheAnswerWaitsWhenNoLengthIsAsked(t *testing.T) {
	talk(t, parse(t, small),
		"00A4 0400 06 A00000000112", "6104",
		"00C0 0000 02", "6F02 6102",
		"00C0 0000 02", "8400 9000",
		"00C0 0000 02", "6985",
		"00A4 0400 06 A00000000112", "6104",
		"00A4 0000 02 3F00", "9000", // another command drops it
		"00C0 0000 02", "6985",
	)
}

func TestThePINIsCountedAndUnblocked(t *testing.T) {
	c := parse(t, small)
	const right, wrong = "0020 0010 08 3132333435363738", "0020 0010 08 30303030FFFFFFFF"
	talk(t, c,
		"0020 0010", "63C3",
		wrong, "63C2",
		right, "9000",
		"0020 0010", "9000",
		wrong, "63C2", // and no longer verified
		"0020 0010", "63C2",
		"0020 0090 08 30303030FFFFFFFF", "63C1", // with backtracking it is the same PIN
		"0020 0010 04 30303030", "6700",
		wrong, "63C0",
		wrong, "6983",
		right, "6983",
		"0020 0010", "6983",
		"002C 0010 10 3030303030303030 3132333435FFFFFF", "63C9",
		"002C 0010 10 3837363534333231 3132333435FFFFFF", "9000",
		"0020 0010 08 3132333435FFFFFF", "9000",
		"0020 0011 08 3132333435363738", "6A88",
	)
	if c.TriesLeft() != 3 {
		t.Errorf("%d attempts left", c.TriesLeft())
	}
}

func TestAMaskMayKnowItsPINByOneNameAndBeSilent(t *testing.T) {
	const right, wrong = "08 3132333435363738", "08 30303030FFFFFFFF"
	talk(t, person(t, "rita"), "0020 0090"+right, "6A88", "0020 0010"+right, "9000")
	talk(t, person(t, "anna-backtracking"), "0020 0010"+right, "6A88", "0020 0090"+right, "9000")
	talk(t, person(t, "anna-silent"),
		"0020 0010"+wrong, "6300",
		"0020 0010"+wrong, "6300",
		"0020 0010"+wrong, "6300",
		"0020 0010"+wrong, "6983",
	)
}

func TestAResetForgetsThePINAndTheFileButNotTheCounter(t *testing.T) {
	c := parse(t, small)
	talk(t, c,
		"0020 0010 08 3132333435363738", "9000",
		"00A4 080C 04 11001102", "9000",
	)
	c.Reset()
	talk(t, c,
		"0020 0010", "63C3",
		"00B0 0000 00", "6986",
		"0020 0010 08 30303030FFFFFFFF", "63C2",
	)
	c.Reset()
	if c.TriesLeft() != 2 {
		t.Errorf("%d attempts left after a reset, want 2", c.TriesLeft())
	}
}

func TestTheKeyWantsAnEnvironmentALengthAndThePIN(t *testing.T) {
	c, err := cardsim.Person("anna")
	if err != nil {
		t.Fatal(err)
	}
	block := strings.Repeat("01", 255)
	talk(t, c,
		"0022 F1B6 03 830101", "6985", // before the environment
		"0022 F303 00", "9000",
		"0022 F1B6 03 830102", "6A88", // no such key
		"0022 F1A4 03 830101", "6A81",
		"002A 9E9A 01 00 00", "6985", // before the key is chosen
		"0022 F1B6 03 830101", "9000",
		"002A 8086 01 00 00", "6985", // the other operation
		"002A 9E9A 01 00 00", "6700",
		"102A 9E9A FF"+block, "9000",
		"002A 9E9A 01 01 00", "6982", // before the PIN
		"0020 0010 08 3132333435363738", "9000",
		"002A 9E9A 01 01 00", "6700", // the chain began anew
		"0022 F1B8 03 830101", "9000",
		"102A 8086 FF"+block, "9000",
		"002A 8086 02 0101 00", "6A80", // no padding indicator
	)
	for range 20 { // a chain without end
		c.Transmit(append([]byte{0x10, 0x2A, 0x80, 0x86, 0xFF}, make([]byte, 255)...))
	}
	talk(t, c, "002A 8086 02 0101 00", "6700")
}

func TestADescriptionWithAMistakeIsRefused(t *testing.T) {
	for name, d := range map[string]string{
		"no JSON":            "hello",
		"unknown key":        `{"atr": "3B80", "pni": "1"}`,
		"no ATR":             `{}`,
		"long ATR":           `{"atr": "` + strings.Repeat("3B", 34) + `"}`,
		"odd hexadecimal":    `{"atr": "3B8"}`,
		"bad path":           `{"atr": "3B80", "files": {"11/1102": ""}}`,
		"path of text":       `{"atr": "3B80", "files": {"wxyz": ""}}`,
		"bad content":        `{"atr": "3B80", "files": {"1100": "x"}}`,
		"bad application":    `{"atr": "3B80", "applications": {"x": {}}}`,
		"lengths unheard of": `{"atr": "3B80", "lengths": "short"}`,
		"like nobody":        `{"like": "nobody"}`,
		"like a variant":     `{"like": "anna-last"}`,
		"like a path":        `{"like": "../people"}`,
		"short identifier":   `{"atr": "3B80", "files": {"1001": {"content": "", "shortID": 31}}}`,
		"file with a typo":   `{"atr": "3B80", "files": {"1001": {"contnet": ""}}}`,
		"application's file": `{"atr": "3B80", "applications": {"A0": {"files": {"1": ""}}}}`,
		"IAS without all":    `{"atr": "3B80", "ias": {}}`,
		"IAS without names":  `{"atr": "3B80", "ias": {"serial": "0102030405060708"}}`,
		"key's reference":    `{"like": "carla", "ias": {"keys": {"811": ""}}}`,
		"key that is none":   `{"like": "carla", "ias": {"keys": {"81": ""}}}`,
		"group without q":    `{"like": "carla", "ias": {"group": {"q": ""}}}`,
		"bad data object":    `{"atr": "3B80", "applications": {"A0": {"data": {"1": ""}}}}`,
		"key that is no key": `{"atr": "3B80", "key": "hello"}`,
		"key of another PEM": `{"atr": "3B80", "key": "-----BEGIN X-----\nAAAA\n-----END X-----\n"}`,
	} {
		if c, err := cardsim.Parse([]byte(d)); err == nil || c != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := cardsim.Load(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("loaded a file that is not there")
	}
	if _, err := cardsim.Person("nobody"); err == nil || !strings.Contains(err.Error(), "anna") {
		t.Errorf("asking for nobody gives %v, want the names there are", err)
	}
}

// FuzzTransmit sends commands in clear to a CNS and to a CIE.
func FuzzTransmit(f *testing.F) {
	for _, s := range []string{
		"00A4080C0411001102", "102A80860100", "00A40000013F",
		"00A4040C06A00000000039", "00B0810000", "002241A406800102840183", "0088000008010203040506070800",
		"00CB3FFF0A4D087006BFA10102A38000", "002241A60980019B830181910102", "0CB081000D9701008E08010203040506070800", "0CC0000000",
	} {
		f.Add(unhex(f, s))
	}
	cards := []*cardsim.Card{person(f, "anna"), person(f, "carla")}
	f.Fuzz(func(t *testing.T, apdu []byte) {
		for _, c := range cards {
			if r := c.Transmit(apdu); len(r) < 2 || len(r) > 258 {
				t.Errorf("answers %d bytes", len(r))
			}
		}
	})
}
