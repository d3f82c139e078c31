package smartcard_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pue/devices/smartcard"
)

// identity reads who a card says it is, guarded.
func identity(t *testing.T, change func(*issued)) (smartcard.Identity, error) {
	t.Helper()
	transport, _ := insert(t, issue(t, change))
	card, err := smartcard.Open(guard(t, transport), anchors(t, authority(t)))
	if err != nil {
		t.Fatal(err)
	}
	return card.Identity(now)
}

func lyingLengths(t *testing.T) {
	nested := []byte{0x30, 0x03, 0x02, 0x01, 0x00}
	for range 1000 {
		nested = append([]byte{0x30, 0x82, byte(len(nested) >> 8), byte(len(nested))}, nested...)
	}
	for name, file := range map[string][]byte{
		"84 FFFFFFFF":     unhex("3084FFFFFFFF" + "00000000"),
		"indefinite":      unhex("3080" + "0201000000"),
		"beyond the file": unhex("30821000" + "020100"),
		"shorter inside":  unhex("30820100" + "3082FFFF"),
		"zero tags":       make([]byte, 2048),
		"no bytes":        {},
		"one byte":        {0x30},
		"erased":          bytes.Repeat([]byte{0xFF}, 2048),
		"nested deeply":   nested,
		"empty sequence":  unhex("30820000" + "0000"),
	} {
		if _, err := identity(t, func(i *issued) { i.file = file }); !errors.Is(err, smartcard.ErrUnreadable) {
			t.Errorf("certificate, %s: %v", name, err)
		}
	}
	for name, data := range map[string]string{
		"longer than the file": "000FF0" + strings.Repeat("00", 20),
		"longer than allowed":  "FFFFFF" + strings.Repeat("00", 20),
		"field too long":       "00000CFF9999",
		"not hexadecimal":      "00000g",
		"signed":               "-00001",
	} {
		if _, err := identity(t, func(i *issued) { i.personal = []byte(data) }); !errors.Is(err, smartcard.ErrUnreadable) {
			t.Errorf("personal data, %s: %v", name, err)
		}
	}
}

func badCertificates(t *testing.T) {
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short := &rsa.PublicKey{N: new(big.Int).SetBytes(bytes.Repeat([]byte{0xC1}, 64)), E: 65537}
	for name, c := range map[string]struct {
		change func(*issued)
		want   error
		chain  smartcard.Chain
	}{
		"a megabyte":                   {func(i *issued) { i.file = append(unhex("30830FFFFF"), make([]byte, 30000)...) }, smartcard.ErrUnreadable, ""},
		"as long as two bytes can say": {func(i *issued) { i.file = append(unhex("3082FFFF"), make([]byte, 32000)...) }, smartcard.ErrUnreadable, ""},
		"expired":                      {func(i *issued) { i.certificate.NotAfter = now.AddDate(0, 0, -1) }, nil, smartcard.ChainExpired},
		"not yet valid":                {func(i *issued) { i.certificate.NotBefore = now.AddDate(0, 0, 1) }, nil, smartcard.ChainExpired},
		"for another use":              {func(i *issued) { i.certificate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, nil, smartcard.ChainUntrusted},
		"elliptic curve":               {func(i *issued) { i.public = elliptical.Public() }, smartcard.ErrUnsupported, ""},
		"RSA of 512 bits":              {func(i *issued) { i.public = short }, smartcard.ErrUnsupported, ""},
		"extension twice":              {func(i *issued) { i.file = twice(t) }, smartcard.ErrUnreadable, ""},
		"NUL in the name":              {func(i *issued) { i.certificate.Subject.CommonName = taxCode + "\x00/" + cardID + "." }, smartcard.ErrInconsistent, ""},
		"two names":                    {twoNames, smartcard.ErrInconsistent, ""},
	} {
		id, err := identity(t, c.change)
		if !errors.Is(err, c.want) || id.Chain != c.chain {
			t.Errorf("%s: chain %q, %v; want %q, %v", name, id.Chain, err, c.chain, c.want)
		}
	}
}

// twice is a certificate with one extension twice, which no parser here takes.
func twice(t *testing.T) []byte {
	t.Helper()
	template, extension := leaf(), pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: []byte{5, 0}}
	template.ExtraExtensions = []pkix.Extension{extension, extension}
	der, err := x509.CreateCertificate(rand.Reader, template, authority(t), cardKey().Public(), authorityKey())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestAnErrorQuotesNothingFromABadCertificate(t *testing.T) {
	template := leaf()
	address := "http://[" + taxCode
	names, err := asn1.Marshal([]asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(address)}})
	if err != nil {
		t.Fatal(err)
	}
	template.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: names}}
	der, err := x509.CreateCertificate(rand.Reader, template, authority(t), cardKey().Public(), authorityKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParseCertificate(der); err == nil || !strings.Contains(err.Error(), taxCode) {
		t.Fatalf("the parser says %v: this test proves nothing", err)
	}
	_, err = identity(t, func(i *issued) { i.file = der })
	if !errors.Is(err, smartcard.ErrUnreadable) || strings.Contains(err.Error(), taxCode) {
		t.Errorf("error is %v", err)
	}
}

// twoNames is a certificate that two readers could read as two people's.
func twoNames(i *issued) {
	name := asn1.ObjectIdentifier{2, 5, 4, 3}
	i.certificate.Subject.ExtraNames = []pkix.AttributeTypeAndValue{
		{Type: name, Value: "VRDNNA55D41F205P/" + cardID + "."},
		{Type: name, Value: taxCode + "/" + cardID + "."},
	}
}

func badNames(t *testing.T) {
	for name, c := range map[string]struct{ from, want string }{
		"right to left":    {"\u202EISSOR\u202C", "ISSOR"},
		"printer commands": {"ROSSI\x1B@\x1Dk\x04", "ROSSI @ k"},
		"markup":           {"<script>ROSSI</script>", "<script>ROSSI</script>"},
		"marks piled up":   {"ROSSI" + strings.Repeat("\u0308", 200), "ROSS\u00CF\u0308\u0308"},
	} {
		if id, err := identity(t, named(c.from, "MARIA")); err != nil || id.Surname.Reveal() != c.want {
			t.Errorf("%s: %+q, %v; want %+q", name, id.Surname.Reveal(), err, c.want)
		}
	}
	for name, from := range map[string]string{"1 KB": strings.Repeat("ROSSI ", 180), "nothing to see": "\u200B\x00\u202E"} {
		if _, err := identity(t, named(from, "MARIA")); !errors.Is(err, smartcard.ErrInconsistent) {
			t.Errorf("%s: %v, want ErrInconsistent", name, err)
		}
	}
	// Ten thousand letters do not fit the file of a certificate.
	_, err := identity(t, func(i *issued) { i.file = append(unhex("30822710"), bytes.Repeat([]byte("A"), 10000)...) })
	if !errors.Is(err, smartcard.ErrUnreadable) {
		t.Errorf("10 KB: %v", err)
	}
}

func taxCodes(t *testing.T) {
	for name, c := range map[string]struct{ onCard, want string }{
		"as it should be":  {taxCode, taxCode},
		"wrong letter":     {"RSSMRA80A01H501X", ""},
		"omocodia":         {"RSSMRA80A01H50MM", "RSSMRA80A01H50MM"},
		"lower case":       {strings.ToLower(taxCode), taxCode},
		"look-alikes":      {"RSSMRA80A01H5O1U", ""},
		"another alphabet": {"RSSMRА80A01H501", ""},
		"NUL":              {"RSSMRA80A01H501\x00", ""},
		"empty":            {"", ""},
	} {
		id, err := identity(t, func(i *issued) {
			old := fmt.Sprintf("%02X%s", len(taxCode), taxCode)
			fields := strings.Replace(string(personalData("VIA 1")[6:]), old, fmt.Sprintf("%02X%s", len(c.onCard), c.onCard), 1)
			i.personal = fmt.Appendf(nil, "%06X%s", len(fields), fields)
			i.hashed = i.personal
			i.certificate.Subject.CommonName = "" // made from the codice fiscale of the test
			named("ROSSI", "MARIA")(i)
			cn := &i.certificate.Subject.ExtraNames[2]
			cn.Value = strings.Replace(cn.Value.(string), taxCode, c.onCard, 1)
		})
		switch {
		case c.want == "" && !errors.Is(err, smartcard.ErrUnreadable):
			t.Errorf("%s: %v, want ErrUnreadable", name, err)
		case c.want != "" && (err != nil || id.TaxCode.Reveal() != c.want):
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && c.onCard != "" && strings.Contains(err.Error(), c.onCard) {
			t.Errorf("%s: the error shows it: %v", name, err)
		}
	}
}
