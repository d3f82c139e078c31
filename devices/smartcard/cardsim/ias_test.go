package cardsim_test

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"pue/devices/smartcard/cardsim"
)

func person(t testing.TB, name string) *cardsim.Card {
	t.Helper()
	c, err := cardsim.Person(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends one command in clear, fetches what waits and wants success.
func ask(t testing.TB, c *cardsim.Card, command string) []byte {
	t.Helper()
	apdu, err := hex.DecodeString(strings.ReplaceAll(command, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for range 64 {
		answer := c.Transmit(apdu)
		status := answer[len(answer)-2:]
		data = append(data, answer[:len(answer)-2]...)
		switch {
		case status[0] == 0x61:
			apdu = []byte{0x00, 0xC0, 0x00, 0x00, status[1]}
		case bytes.Equal(status, []byte{0x90, 0x00}), bytes.Equal(status, []byte{0x62, 0x82}):
			return data
		default:
			t.Fatalf("%s is answered %X", command, answer)
		}
	}
	t.Fatalf("the answer to %s has no end", command)
	return nil
}

const (
	selectIAS = "00A4040C 0D A0000000308000000009816001"
	selectCIE = "00A4040C 06 A00000000039"
)

func TestACIEGivesItsNumberInThreeCommands(t *testing.T) {
	talk(t, person(t, "carla"),
		"00B0 8100 0C", "6A82", // outside the application
		selectIAS, "9000",
		selectCIE, "9000",
		"00B0 8100 0C", "393939303030303030303036 9000",
	)
}

func TestTheFilesOfACIEAreWhereReadersLook(t *testing.T) {
	c := person(t, "enzo")
	talk(t, c,
		"00A4 0000", "9000", // the master file, without data
		"00A4 0204 02 D003", "9000",
		"00B0 0000 00", "5A0A803800 999000000007 0F 9000",
		"00A4 0204 02 1001", "6A82", // not here
		"00A4 0400 06 A00000000039 00", "6F08 8406A00000000039 9000",
		"00A4 0204 02 1001 00", "620E 8002001C 820101 83021001 880108 9000",
		"00A4 0200 02 1001 00", "6F0E 8002001C 820101 83021001 880108 9000",
		"00A4 020C 02 1002", "9000",
		"00B0 0000 09", "6982", // the number of the document is the holder's affair
		"00B0 8300 00", "6982",
		"00A4 0204 02 1007", "6A82",
		"00A4 0204 02 D003", "6A82",
		"00B0 8700 00", "6A82",
		"00B0 8000 00", "6A82",
	)
	for _, sfi := range []string{"84", "85", "86"} {
		if b := ask(t, c, "00B0"+sfi+"00 00"); b[0] != 0x30 && b[0] != 0x77 {
			t.Errorf("file %s begins with %X", sfi, b[:4])
		}
	}
}

func TestTheParametersComeAtOnceOrOneByOne(t *testing.T) {
	const all = "00CB 3FFF 0A 4D087006BFA10102A380"
	const one = "00CB 3FFF 0C 4D0A7008BFA10104A302%s00"
	carla, enzo, single := person(t, "carla"), person(t, "enzo"), person(t, "carla-all")
	ask(t, single, all)
	if b := ask(t, carla, all); len(b) != 568 || !bytes.HasPrefix(b, []byte{0x70, 0x82, 0x02, 0x34, 0xBF, 0xA1, 0x01, 0x82}) {
		t.Errorf("all parameters are %d bytes: %X…", len(b), b[:12])
	}
	talk(t, enzo, all, "6A88", "00CB 3F00 0A 4D087006BFA10102A380", "6A86")
	for _, tag := range []string{"97", "98", "99"} {
		command := strings.Replace(one, "%s", tag, 1)
		talk(t, single, command, "6A88")
		if ask(t, carla, command)[0] != 0x70 || ask(t, enzo, command)[0] != 0x70 {
			t.Errorf("%s is answered with another template", command)
		}
	}
	if b := ask(t, enzo, "00CB 3FFF 0B 4D097007BFA004037F4980"); len(b) < 512 {
		t.Errorf("the authority's key is %d bytes", len(b))
	}
	// More than 255 bytes wait until fewer do.
	talk(t, enzo, "00CB 3FFF 0C 4D0A7008BFA10104A3029800", "6100")
}

func TestACIEProvesThatItIsNoCopyWithoutAPIN(t *testing.T) {
	c := person(t, "fulvia")
	talk(t, c,
		selectIAS, "9000",
		"0022 41A4 06 800102 840183", "6A88", // the key is in the application
		selectCIE, "9000",
		"0088 0000 08 0102030405060708 00", "6985",
		"0022 41A4 06 80019B 840183", "6A88",
		"0022 41A4 06 800102 840183", "9000",
		"0088 0000 68"+strings.Repeat("01", 104)+"00", "6700",
	)
	signature := ask(t, c, "0088 0000 08 0102030405060708 00")
	key := ask(t, c, "00B0 8500 00")
	key = append(key, ask(t, c, "00B0 0100 00")...)
	n := new(big.Int).SetBytes(key[9 : 9+256]) // 30 82 .. .. 02 82 01 01 00 n 02 03 01 00 01
	m := new(big.Int).Exp(new(big.Int).SetBytes(signature), big.NewInt(65537), n)
	want := "1" + strings.Repeat("ff", 256-3-8) + "000102030405060708"
	if got := m.Text(16); got != want {
		t.Errorf("the signature gives back %s", got)
	}
}

func TestTheKeysOfTheHolderWantTheChannel(t *testing.T) {
	talk(t, person(t, "carla"),
		selectIAS, "9000",
		selectCIE, "9000",
		"0020 0081 08 3132333435363738", "6982",
		"0024 0081 10 3132333435363738 3132333435363739", "6982",
		"002C 0381", "6982",
		"0022 41A4 06 800102 840181", "9000",
		"0088 0000 03 010203 00", "6982",
		"0CB0 8100 0D 970100 8E080102030405060708 00", "6985", // no channel
	)
	if left := person(t, "carla").TriesLeft(); left != 3 {
		t.Errorf("%d attempts left", left)
	}
}
