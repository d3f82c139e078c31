//go:build ignore

// Generate writes the embedded cards and their authority. Private keys that
// exist are kept, and all else follows from them, so that a second run changes
// nothing:
//
//	go run people/generate.go people/identity.go people/sod.go -dir people
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// mask is how a CNS was made.
type mask struct {
	atr      string // without its check byte
	bits     int    // of the key
	stepwise bool   // selects one step of a path at a time
	pin      string // reference, in hexadecimal; empty for any common one
}

// mask2021 is a common one with the letters of a CNS, version 1.1: OpenSC
// believes only from that version on that a key has 2048 bits.
var mask2021 = mask{atr: "3BFF1800FF8131FE55006B02091617011101434E53113180", bits: 2048}

// masks are of those who have another. The answer to reset of the first ones,
// version 1.0, is common in Lombardy.
var masks = map[string]mask{
	"rita": {atr: "3BFF1800FFC10A31FE55006B0508C805011101434E53103180", bits: 1024, stepwise: true, pin: "10"},
}

type person struct {
	name, surname, givenName string
	birth                    time.Time
	sex                      string
	residence                string // place code
	serial                   int64
}

var persons = []person{
	{"anna", "ESEMPIO", "ANNA", time.Date(1963, 5, 14, 0, 0, 0, 0, time.UTC), "F", "Z999", 2},
	{"bruno", "PROVA", "BRUNO", time.Date(1957, 11, 3, 0, 0, 0, 0, time.UTC), "M", "Z999", 3},
	{"olga", "FINZIONE", "OLGA", time.Date(1981, 2, 27, 0, 0, 0, 0, time.UTC), "F", "Z999", 4},
	{"rita", "ESEMPIO", "RITA", time.Date(1939, 7, 2, 0, 0, 0, 0, time.UTC), "F", "Z999", 9},
	{"sergio", "PASSATO", "SERGIO", time.Date(1944, 12, 24, 0, 0, 0, 0, time.UTC), "M", "Z999", 10},
	{"dario", "CAMPIONE", "DARIO", time.Date(1990, 8, 9, 0, 0, 0, 0, time.UTC), "M", "Z999", 5},
}

var (
	notBefore = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	notAfter  = time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC)
)

// past are the ends of cards that are no longer good.
var past = map[string]time.Time{
	"sergio": time.Date(2024, 12, 24, 23, 59, 59, 0, time.UTC),
	"tina":   time.Date(2025, 1, 15, 23, 59, 59, 0, time.UTC),
}

// end is when the card of p stops being good.
func (p person) end() time.Time {
	if t, ok := past[p.name]; ok {
		return t
	}
	return notAfter
}

// card is what the package reads.
type card struct {
	Like         string         `json:"like,omitempty"`
	About        string         `json:"about"`
	Holder       *holder        `json:"holder,omitempty"`
	ATR          string         `json:"atr,omitempty"`
	Stepwise     bool           `json:"stepwise,omitempty"`
	PINReference string         `json:"pinReference,omitempty"`
	Mute         bool           `json:"mute,omitempty"`
	PIN          string         `json:"pin,omitempty"`
	PUK          string         `json:"puk,omitempty"`
	Key          string         `json:"key,omitempty"`
	Files        map[string]any `json:"files,omitempty"`
	Applications map[string]any `json:"applications,omitempty"`
	IAS          *ias           `json:"ias,omitempty"`
}

type holder struct {
	TaxCode   string `json:"taxCode"`
	Surname   string `json:"surname"`
	GivenName string `json:"givenName"`
}

func (p person) holder() *holder { return &holder{p.taxCode(), p.surname, p.givenName} }

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", ".", "where the cards are")
	flag.Parse()
	if err := generate(*dir); err != nil {
		log.Fatal(err)
	}
}

func generate(dir string) error {
	authorityKey, err := keptKey(filepath.Join(dir, "authority.key"), 2048, readPEM)
	if err != nil {
		return err
	}
	authority, err := makeAuthority(authorityKey)
	if err != nil {
		return err
	}
	ministry, err := makeMinistry(dir)
	if err != nil {
		return err
	}
	if err := writeCertificates(dir, "anchor", authority, ministry.root, ministry.citizens); err != nil {
		return err
	}
	if err := writeCertificates(dir, "documents", ministry.documents); err != nil {
		return err
	}
	for _, p := range persons {
		if err := writePerson(dir, p, authority, authorityKey); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	for _, c := range identityCards {
		if err := writeIdentityCard(dir, c, ministry); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if err := writeCopy(dir, "carla-copy", "carla", "enzo"); err != nil {
		return err
	}
	bank := card{
		About: "A bank card: it answers to the payment environment and knows no CNS.",
		ATR:   "3B6800000073C84013009000",
		Applications: map[string]any{
			// The payment system environment (EMV book 1, §12.2.2).
			"325041592E5359532E4444463031": map[string]string{"info": "6F15840E325041592E5359532E4444463031A503880101"},
			"315041592E5359532E4444463031": map[string]string{"info": "6F15840E315041592E5359532E4444463031A503880101"},
		},
	}
	if err := writeCard(dir, "banco", bank); err != nil {
		return err
	}
	return writeCard(dir, "muta", card{About: "A card that is in upside down: no contact, no answer to reset.", Mute: true})
}

func makeAuthority(key *rsa.PrivateKey) (*x509.Certificate, error) {
	template := authorityTemplate(1, pkix.Name{
		Country: []string{"IT"}, Organization: []string{"Autorità di prova"},
		CommonName: "CA di prova - nessun valore",
	}, key)
	return issue(template, template, key, key)
}

func authorityTemplate(serial int64, name pkix.Name, key *rsa.PrivateKey) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      name,
		NotBefore:    notBefore, NotAfter: notAfter,
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:     x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		SubjectKeyId: keyID(key),
	}
}

// issue makes a certificate of key, signed by the parent's.
func issue(template, parent *x509.Certificate, key, parentKey *rsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func writeCertificates(dir, name string, certificates ...*x509.Certificate) error {
	var b []byte
	for _, c := range certificates {
		b = append(b, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return os.WriteFile(filepath.Join(dir, name+".pem"), b, 0o644)
}

func writePerson(dir string, p person, authority *x509.Certificate, authorityKey *rsa.PrivateKey) error {
	made, ok := masks[p.name]
	if !ok {
		made = mask2021
	}
	key, err := keptKey(filepath.Join(dir, p.name+".json"), made.bits, readCard)
	if err != nil {
		return err
	}
	code, cardID, data := p.taxCode(), p.cardID(), p.personalData()
	hash := sha1.Sum(data)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(p.serial),
		Subject: pkix.Name{
			Country: []string{"IT"}, Organization: []string{"Ente di prova"}, OrganizationalUnit: []string{"Carta di prova"},
			ExtraNames: []pkix.AttributeTypeAndValue{
				{Type: asn1.ObjectIdentifier{2, 5, 4, 4}, Value: p.surname},
				{Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: p.givenName},
				{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: code + "/" + cardID + "." + base64.StdEncoding.EncodeToString(hash[:])},
			},
		},
		NotBefore: notBefore, NotAfter: p.end(),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		PolicyIdentifiers:     []asn1.ObjectIdentifier{{1, 3, 76, 16, 2, 1}},
		Policies:              []x509.OID{mustOID(1, 3, 76, 16, 2, 1)},
	}
	certificate, err := issue(template, authority, key, authorityKey)
	if err != nil {
		return err
	}
	text, err := keyText(key)
	if err != nil {
		return err
	}
	return writeCard(dir, p.name, card{
		About:  fmt.Sprintf("%s %s, an invented person.", p.givenName, p.surname),
		Holder: p.holder(),
		ATR:    withCheckByte(made.atr), Stepwise: made.stepwise, PINReference: made.pin,
		PIN: "12345678", PUK: "87654321",
		Key: text,
		Files: map[string]any{
			"1000/1003": fmt.Sprintf("%X", cardID),
			"1100/1101": fmt.Sprintf("%X", filled(certificate.Raw, 2048)),
			"1100/1102": fmt.Sprintf("%X", filled(data, 400)),
		},
	})
}

func mustOID(arcs ...uint64) x509.OID {
	oid, err := x509.OIDFromInts(arcs)
	if err != nil {
		panic(err)
	}
	return oid
}

func keyID(key *rsa.PrivateKey) []byte {
	sum := sha1.Sum(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	return sum[:]
}

func filled(b []byte, size int) []byte {
	return append(b, make([]byte, size-len(b))...)
}

// withCheckByte appends TCK (ISO/IEC 7816-3 §8.2.5).
func withCheckByte(atr string) string {
	var b []byte
	fmt.Sscanf(atr, "%X", &b)
	tck := byte(0)
	for _, c := range b[1:] {
		tck ^= c
	}
	return fmt.Sprintf("%s%02X", atr, tck)
}

// personalData is the file 1102: a length, then sixteen fields with lengths.
func (p person) personalData() []byte {
	const day = "02012006"
	fields := []string{
		"9999", "01012020", p.end().Format(day), p.surname, p.givenName, p.birth.Format(day), p.sex, "",
		p.taxCode(), "", "Z999", "", "", p.residence, "VIA DEGLI ESEMPI 1", "",
	}
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%02X%s", len(f), f)
	}
	return fmt.Appendf(nil, "%06X%s", b.Len(), b.String())
}

// cardID is a citizen's card of an invented regional issuer, with a Luhn digit.
func (p person) cardID() string {
	digits := fmt.Sprintf("6999%011d", p.serial)
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return fmt.Sprintf("%s%d", digits, (10-sum%10)%10)
}

func (p person) taxCode() string {
	day := p.birth.Day()
	if p.sex == "F" {
		day += 40
	}
	s := letters(p.surname, false) + letters(p.givenName, true) +
		fmt.Sprintf("%02d%c%02d", p.birth.Year()%100, "ABCDEHLMPRST"[p.birth.Month()-1], day) + "Z999"
	return s + check(s)
}

// letters takes three of a name: consonants first, then vowels. A given name
// with four consonants or more gives up its second.
func letters(name string, given bool) string {
	var consonants, vowels string
	for _, r := range name {
		if strings.ContainsRune("AEIOU", r) {
			vowels += string(r)
		} else {
			consonants += string(r)
		}
	}
	if given && len(consonants) > 3 {
		consonants = consonants[:1] + consonants[2:]
	}
	return (consonants + vowels + "XXX")[:3]
}

func check(s string) string {
	const ranks = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	odd := []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i, r := range s {
		rank := strings.IndexRune(ranks, r)
		if rank >= 10 {
			rank -= 10
		}
		if i%2 == 0 {
			rank = odd[rank]
		}
		sum += rank
	}
	return string(rune('A' + sum%26))
}

// keptKey returns the key that is already in path, or makes one.
func keptKey(path string, bits int, read func([]byte) (string, error)) (*rsa.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil || filepath.Ext(path) != ".key" {
			return key, err
		}
		text, err := keyText(key)
		if err != nil {
			return nil, err
		}
		return key, os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		return nil, err
	}
	text, err := read(data)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	return key.(*rsa.PrivateKey), nil
}

func keyText(key *rsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

func readPEM(data []byte) (string, error) { return string(data), nil }

func readCard(data []byte) (string, error) {
	var c card
	err := json.Unmarshal(data, &c)
	return c.Key, err
}

func writeCard(dir, name string, c card) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".json"), b.Bytes(), 0o644)
}
