package smartcard

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestACNSIsKnownByItsHistoricalBytes(t *testing.T) {
	for name, c := range map[string]struct {
		atr      string
		cns      bool
		stincard bool
	}{
		"ST 2021":               {"3BFF1800FF8131FE55 006B0209 1617 011101 434E5311 3180 8D", true, true},
		"FVG":                   {"3BFF1800008131FE45 006B0405 0100 011101 434E5310 3180 69", true, false},
		"Siemens with TC":       {"3BFF1800FFC10A31FE55 006B0508 C805 011101 434E5310 3180 0C", true, false},
		"Athena":                {"3BDF18008131FE7D 006B020C 0182 011101 434E5310 3180 FC", true, false},
		"CIE of Gemalto":        {"3B8F8001 8031 8065B0850400 11120FFF829000 8A", false, false},
		"bank card":             {"3B6800000073C84013009000", false, false},
		"contactless, bare":     {"3B80800101", false, false},
		"letters one place off": {"3BFF1800008131FE45 6B0405 0100 011101 434E5310 3180 6900", false, false},
	} {
		hist := historical(unhex(t, c.atr))
		if got := saysCNS(hist); got != c.cns {
			t.Errorf("%s: CNS %v, want %v (historical bytes %X)", name, got, c.cns, hist)
		} else if c.cns && (hist[histMask] == maskSTIncard) != c.stincard {
			t.Errorf("%s: STIncard %v, want %v", name, !c.stincard, c.stincard)
		}
	}
}

func TestAnATRThatIsCutShortHasNoHistoricalBytes(t *testing.T) {
	atr := unhex(t, "3BFF1800FFC10A31FE55006B0508C805011101434E53103180")
	for n := range atr {
		if hist := historical(atr[:n]); hist != nil {
			t.Errorf("%d bytes of %d give %X", n, len(atr), hist)
		}
	}
}

func FuzzATR(f *testing.F) {
	f.Add([]byte{0x3B, 0xFF, 0x18, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x55})
	f.Add([]byte{0x3B, 0x80, 0x80, 0x01, 0x01})
	f.Fuzz(func(t *testing.T, atr []byte) {
		if hist := historical(atr); len(hist) > 15 {
			t.Errorf("%d historical bytes", len(hist))
		}
	})
}

// anna is personal data with a name outside ASCII, as ISO/IEC 8859-1.
const anna = "000064" + "049999" + "0801012020" + "0831122049" + "06NICOL\xD2" + "04ANNA" + "0814051963" + "01F" + "00" +
	"10RSSMRA80A01H501U" + "00" + "04Z999" + "00" + "00" + "04Z999" + "05VIA 1" + "00"

func TestPersonalDataAreReadFieldByField(t *testing.T) {
	p, err := parsePersonal([]byte(anna + strings.Repeat("\x00", 40)))
	if err != nil {
		t.Fatal(err)
	}
	if p.surname != "NICOLÒ" || p.givenName != "ANNA" || p.taxCode.Reveal() != "RSSMRA80A01H501U" {
		t.Errorf("read %q %q %q", p.surname, p.givenName, p.taxCode.Reveal())
	}
}

func TestPersonalDataThatDoNotAddUpAreUnreadable(t *testing.T) {
	for name, data := range map[string]string{
		"empty":                   "",
		"no length":               "0000",
		"length not hexadecimal":  "00ZZ64" + anna[6:],
		"longer than the file":    "0000FF" + anna[6:],
		"absurd length":           "FFFFFF" + anna[6:],
		"field longer than all":   "000064" + "FF" + anna[8:],
		"field length cut short":  "000001" + "0",
		"field length is text":    "000064" + "XY" + anna[8:],
		"no tax code":             "00000204" + "9999",
		"tax code that is wrong":  strings.Replace(anna, "H501U", "H501X", 1),
		"zeros":                   strings.Repeat("\x00", 400),
		"erased":                  strings.Repeat("\xFF", 400),
		"a sign where no sign is": "+00064" + anna[6:],
	} {
		if _, err := parsePersonal([]byte(data)); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s: error is %v, want ErrUnreadable", name, err)
		}
	}
}

func FuzzPersonal(f *testing.F) {
	f.Add([]byte(anna))
	f.Add([]byte("000002" + "00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parsePersonal(data)
		if err == nil && p.taxCode.IsZero() {
			t.Error("no error and no tax code")
		}
		if err != nil && !errors.Is(err, ErrUnreadable) {
			t.Errorf("error has no meaning: %v", err)
		}
	})
}

func FuzzDERSize(f *testing.F) {
	f.Add([]byte{0x30, 0x82, 0x05, 0x00})
	f.Add([]byte{0x30, 0x81, 0xFF, 0x00})
	f.Fuzz(func(t *testing.T, head []byte) {
		if n, err := derSize(head); err == nil && (n < 3 || n > maxCertificate) {
			t.Errorf("size %d", n)
		}
	})
}

func TestTheCommonNameIsTakenApart(t *testing.T) {
	h := parseHolder("RSSMRA80A01H501U/6999000000000024./AAAAAAAAAAAAAAAAAAAAAAAAAA=")
	if h.taxCode != "RSSMRA80A01H501U" || h.cardID != "6999000000000024" || len(h.hash) != 20 {
		t.Errorf("read %q, %q, hash of %d bytes", h.taxCode, h.cardID, len(h.hash))
	}
	for _, name := range []string{"", "/", ".", "RSSMRA80A01H501U", "RSSMRA80A01H501U/1.AAAA"} {
		if h := parseHolder(name); h.hash != nil {
			t.Errorf("%q gives a hash", name)
		}
	}
}

func TestARefusedPINSaysWhatIsLeft(t *testing.T) {
	for sw, left := range map[status]int{0x63C2: 2, 0x63C0: 0, 0x63CF: 15, 0x6300: -1, 0x6983: 0, 0x6984: 0} {
		var refused *PINError
		if err := pinVerdict(sw); !errors.As(err, &refused) || refused.Left != left {
			t.Errorf("%04X gives %v, want %d left", uint16(sw), err, left)
		}
	}
	for _, sw := range []status{0x6982, 0x6A88, 0x6700, 0x6D00, 0x61FF, 0x6C08} {
		var refused *PINError
		if err := pinVerdict(sw); errors.As(err, &refused) || !errors.Is(err, ErrUnreadable) || errors.Is(err, ErrPINRequired) {
			t.Errorf("%04X gives %v, want only ErrUnreadable", uint16(sw), err)
		}
	}
}

func FuzzSubject(f *testing.F) {
	const hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
	f.Add("RSSMRA80A01H501U/6999000000000024."+hash, "ROSSI", "MARIA", false)
	f.Add("RSSMRA80A01H501U/6999000000000024", "D'ANGELO", "NICOL\u00D2", false)
	f.Add("rssmra80a01h501u/6999000000000024.", "\u202EISSOR", "\x1B@", true)
	f.Fuzz(func(t *testing.T, common, surname, givenName string, again bool) {
		cert := &x509.Certificate{}
		add := func(oid asn1.ObjectIdentifier, value string) {
			cert.Subject.Names = append(cert.Subject.Names, pkix.AttributeTypeAndValue{Type: oid, Value: value})
		}
		add(oidCommonName, common)
		add(oidSurname, surname)
		add(oidGivenName, givenName)
		if again {
			add(oidCommonName, common)
		}
		data := []byte(anna + strings.Repeat("\x00", 40))
		p, err := parsePersonal(data)
		if err != nil {
			t.Fatal(err)
		}
		c := newCNS(nothing{}, nil)
		s, g, err := c.confirm(cert, p, "6999000000000024", data)
		switch {
		case err != nil && !errors.Is(err, ErrUnreadable):
			t.Errorf("%q is refused with %v", common, err)
		case err != nil:
		case again || !strings.HasPrefix(strings.ToUpper(common), "RSSMRA80A01H501U/6999000000000024"):
			t.Errorf("%q vouches for the card", common)
		case s == "" || g == "" || legible(s) != s || legible(g) != g:
			t.Errorf("the names are %q and %q", s, g)
		}
	})
}

// nothing is a card without a file.
type nothing struct{ Transport }

func (nothing) Transmit([]byte) ([]byte, error) { return []byte{0x6A, 0x82}, nil }

func FuzzFraming(f *testing.F) {
	f.Add([]byte{0x00, 0xA4, 0x08, 0x0C, 0x04, 0x11, 0x00, 0x11, 0x02})
	f.Add([]byte{0x00, 0x88, 0x00, 0x00, 0x02, 0x11, 0x00, 0x00})
	f.Add([]byte{0x00, 0xB0, 0x00, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, apdu []byte) {
		c := readAPDU(apdu)
		if c.malformed {
			return
		}
		le := int(c.le)
		if c.hasLe && le == 0 {
			le = leAll
		}
		back := command{cla: c.cla, ins: c.ins, p1: c.p1, p2: c.p2, data: c.data, le: le}
		if got := back.bytes(); !bytes.Equal(got, apdu) {
			t.Errorf("%X reads as %X", apdu, got)
		}
	})
}
