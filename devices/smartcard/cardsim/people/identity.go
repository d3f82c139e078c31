//go:build ignore

package main

import (
	"crypto/dsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// identityCard is a CIE and its holder.
type identityCard struct {
	person
	atr        string // without its check byte
	document   string // number, 9 characters
	services   string // NIS, 12 digits
	about      string // EF.ATR
	forms      []string
	namesFirst bool // the authority's, before its key
	padded     bool // files are longer than what they hold
	signed     signedContent
}

// The answers to reset have the historical bytes of four families of chips.
var identityCards = []identityCard{
	{
		person: person{"carla", "MODELLO", "CARLA", time.Date(1948, 3, 21, 0, 0, 0, 0, time.UTC), "F", "Z999", 6},
		atr:    "3B8F800180318065B085040011120FFF829000", document: "XX00006XX", services: "999000000006",
		about: "8000" + "4301B8" + "4F0A496173456363526F6F74", forms: []string{"each", "all"},
		signed: signedContent{version: 0, narrow: true},
	},
	{
		person: person{"enzo", "CAMPIONE", "ENZO", time.Date(1951, 10, 30, 0, 0, 0, 0, time.UTC), "M", "Z999", 7},
		atr:    "3B8F80018031806549544A3442120FFF829000", document: "XX00007XX", services: "999000000007",
		about:      "8000" + "4301B8" + "47039441C0" + "E010020200FF020200FF0202010002020100" + "780806062B8122F87802",
		namesFirst: true, padded: true, signed: signedContent{version: 1, narrow: true},
	},
	{
		person: person{"fulvia", "FINZIONE", "FULVIA", time.Date(1985, 6, 4, 0, 0, 0, 0, time.UTC), "F", "Z999", 8},
		atr:    "3B8F80018031806549544E5850120FFF829000", document: "XX00008XX", services: "999000000008",
		about:  "8000" + "4301B8" + "460410101010" + "4703940180" + "E01002020104020200E6020200E6020200E6" + "780806062B8122F87802",
		signed: signedContent{version: 0},
	},
	{
		person: person{"tina", "PASSATO", "TINA", time.Date(1955, 1, 15, 0, 0, 0, 0, time.UTC), "F", "Z999", 11},
		atr:    "3B8B80018066475000B8007F829000", document: "XX00011XX", services: "999000000011",
		about: "8000" + "4301B9" + "460400000010" + "4703940181" + "4F0CA000000095000000008A0001" + "E010020200FF020200FF0202010002020100" + "780806062B8122F87802",
		forms: []string{"each", "all"}, signed: signedContent{version: 0, narrow: true},
	},
}

type ias struct {
	Keys      map[string]string  `json:"keys"`
	Serial    string             `json:"serial,omitempty"`
	Group     *group             `json:"group,omitempty"`
	Authority *terminalAuthority `json:"authority,omitempty"`
}

type group struct {
	G     string   `json:"g"`
	P     string   `json:"p"`
	Q     string   `json:"q"`
	Forms []string `json:"forms,omitempty"`
}

type terminalAuthority struct {
	N    string `json:"n"`
	E    string `json:"e"`
	Name string `json:"name"`
	Role string `json:"role"`

	NamesFirst bool `json:"namesFirst,omitempty"`
}

// file is one that has a short identifier or a condition.
type file struct {
	Content string `json:"content"`
	ShortID int    `json:"shortID,omitempty"`
	Guarded bool   `json:"guarded,omitempty"`
}

// ministry stands for the Ministry of the Interior: it issues the certificates
// of the citizens and, through document signers, what the cards hold.
type ministry struct {
	root, citizens, documents, signer *x509.Certificate
	citizensKey, signerKey            *rsa.PrivateKey
	terminals                         terminalAuthority
}

func makeMinistry(dir string) (*ministry, error) {
	keys := map[string]*rsa.PrivateKey{}
	for _, name := range []string{"ministry-root", "ministry-citizens", "ministry-documents", "ministry-signer", "ministry-terminals"} {
		key, err := keptKey(filepath.Join(dir, name+".key"), 2048, readPEM)
		if err != nil {
			return nil, err
		}
		keys[name] = key
	}
	m := &ministry{citizensKey: keys["ministry-citizens"], signerKey: keys["ministry-signer"]}
	name := func(cn string) pkix.Name {
		return pkix.Name{Country: []string{"IT"}, Organization: []string{"Ministero di prova"}, CommonName: cn + " - nessun valore"}
	}
	root := authorityTemplate(1, name("Root CA di prova per la CIE"), keys["ministry-root"])
	citizens := authorityTemplate(2, name("Sub CA di prova per la CIE"), m.citizensKey)
	documents := authorityTemplate(1, name("CSCA di prova"), keys["ministry-documents"])
	signer := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      name("Document signer di prova"),
		NotBefore:    notBefore, NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	var errs [4]error
	m.root, errs[0] = issue(root, root, keys["ministry-root"], keys["ministry-root"])
	m.citizens, errs[1] = issue(citizens, root, m.citizensKey, keys["ministry-root"])
	m.documents, errs[2] = issue(documents, documents, keys["ministry-documents"], keys["ministry-documents"])
	m.signer, errs[3] = issue(signer, documents, m.signerKey, keys["ministry-documents"])
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	var err error
	m.terminals, err = makeTerminalAuthority(dir, keys["ministry-terminals"])
	return m, err
}

// makeTerminalAuthority makes the key whose private exponent is the one that
// all readers of the CIE have: a card can be given any modulus and the public
// exponent that belongs to both.
func makeTerminalAuthority(dir string, key *rsa.PrivateKey) (terminalAuthority, error) {
	text, err := os.ReadFile(filepath.Join(dir, "terminal-authority.hex"))
	if err != nil {
		return terminalAuthority{}, err
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		return terminalAuthority{}, err
	}
	one := big.NewInt(1)
	p, q := new(big.Int).Sub(key.Primes[0], one), new(big.Int).Sub(key.Primes[1], one)
	lambda := new(big.Int).Mul(p, q)
	lambda.Div(lambda, new(big.Int).GCD(nil, nil, p, q))
	e := new(big.Int).ModInverse(new(big.Int).SetBytes(b), lambda)
	if e == nil {
		return terminalAuthority{}, errors.New("ministry-terminals.key does not go with the exponent: remove it and try again")
	}
	return terminalAuthority{
		N: fmt.Sprintf("%X", key.N.Bytes()), E: fmt.Sprintf("%X", e.Bytes()),
		Name: "00000000" + "4954505255454141", Role: "A00000000039" + "00",
	}, nil
}

func writeIdentityCard(dir string, c identityCard, m *ministry) error {
	path := filepath.Join(dir, c.name+".json")
	var kept card
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &kept)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	if kept.IAS == nil {
		if kept.IAS, err = newIAS(); err != nil {
			return err
		}
	}
	keys := map[string]*rsa.PrivateKey{}
	for reference, text := range kept.IAS.Keys {
		if keys[reference], err = parseKey(text); err != nil {
			return err
		}
	}
	certificate, err := c.certificate(keys["81"], m)
	if err != nil {
		return err
	}
	chip, services := publicKey(keys["82"]), publicKey(keys["83"])
	parameters := c.parameters(*kept.IAS.Group)
	sod, err := c.signed.make(m, map[byte][]byte{
		0xA1: []byte(c.services), 0xA2: []byte(c.document), 0xA3: certificate.Raw,
		0xA4: chip, 0xA5: services, 0x1B: parameters,
	})
	if err != nil {
		return err
	}
	serial := c.serialFile()
	kept.IAS.Serial = fmt.Sprintf("%X", serial[len(serial)-8:])
	kept.IAS.Group.Forms = c.forms
	terminals := m.terminals
	terminals.NamesFirst = c.namesFirst
	kept.IAS.Authority = &terminals
	about, err := hex.DecodeString(c.about)
	if err != nil {
		return err
	}
	open := func(content []byte, shortID int) file {
		return file{Content: fmt.Sprintf("%X", c.fill(content)), ShortID: shortID}
	}
	return writeCard(dir, c.name, card{
		About:  fmt.Sprintf("%s %s, an invented person with a CIE.", c.givenName, c.surname),
		Holder: c.holder(),
		ATR:    withCheckByte(c.atr),
		PIN:    "12345678", PUK: "87654321",
		Files: map[string]any{
			"2F01": file{Content: fmt.Sprintf("%X", about), ShortID: 0x1D},
			"D003": fmt.Sprintf("%X", serial),
			"D004": open(parameters, 0x1B),
		},
		Applications: map[string]any{
			"A0000000308000000009816001": map[string]any{
				"info": "6F0F840DA0000000308000000009816001",
			},
			"A00000000039": map[string]any{
				"info": "6F088406A00000000039",
				"files": map[string]any{
					"1001": open([]byte(c.services), 1),
					"1002": file{Content: fmt.Sprintf("%X", c.document), ShortID: 2, Guarded: true},
					"1003": file{Content: fmt.Sprintf("%X", c.fill(certificate.Raw)), ShortID: 3, Guarded: true},
					"1004": open(chip, 4),
					"1005": open(services, 5),
					"1006": open(sod, 6),
				},
			},
		},
		IAS: kept.IAS,
	})
}

// writeCopy makes a card with the files of one and the keys of another, as
// whoever copies a card can read its files and not its keys.
func writeCopy(dir, name, files, keys string) error {
	data, err := os.ReadFile(filepath.Join(dir, keys+".json"))
	if err != nil {
		return err
	}
	var other card
	if err := json.Unmarshal(data, &other); err != nil {
		return err
	}
	return writeCard(dir, name, card{
		Like:  files,
		About: "A copy of a CIE: the files are those of " + files + ", and the keys are not.",
		IAS:   &ias{Keys: other.IAS.Keys},
	})
}

// newIAS makes the keys of a card that has none.
func newIAS() (*ias, error) {
	s := &ias{Keys: map[string]string{}}
	for _, reference := range []string{"81", "82", "83"} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		if s.Keys[reference], err = keyText(key); err != nil {
			return nil, err
		}
	}
	var p dsa.Parameters // of the same form as those of a key agreement
	if err := dsa.GenerateParameters(&p, rand.Reader, dsa.L2048N256); err != nil {
		return nil, err
	}
	s.Group = &group{G: fmt.Sprintf("%0512X", p.G), P: fmt.Sprintf("%0512X", p.P), Q: fmt.Sprintf("%064X", p.Q)}
	return s, nil
}

// fill makes a file of c longer than its content, if its files are.
func (c identityCard) fill(content []byte) []byte {
	if !c.padded {
		return content
	}
	return append(content[:len(content):len(content)], make([]byte, 16)...)
}

// serialFile is EF.SN.ICC: the digits of the services' number are in its bytes
// 5 to 10.
func (c identityCard) serialFile() []byte {
	b, _ := hex.DecodeString("5A0A803800" + c.services + "0F")
	return b
}

func (c identityCard) certificate(key *rsa.PrivateKey, m *ministry) (*x509.Certificate, error) {
	hash := sha1.Sum([]byte(c.document))
	return issue(&x509.Certificate{
		SerialNumber: big.NewInt(c.serial),
		Subject: pkix.Name{
			Country: []string{"IT"}, Organization: []string{"Ministero di prova"}, OrganizationalUnit: []string{"Carta di prova"},
			ExtraNames: []pkix.AttributeTypeAndValue{
				{Type: asn1.ObjectIdentifier{2, 5, 4, 4}, Value: c.surname},
				{Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: c.givenName},
				{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: c.taxCode() + "/" + c.document + "." + base64.StdEncoding.EncodeToString(hash[:])},
			},
		},
		NotBefore: notBefore, NotAfter: c.end(),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		PolicyIdentifiers:     []asn1.ObjectIdentifier{{1, 3, 76, 47, 4}},
		Policies:              []x509.OID{mustOID(1, 3, 76, 47, 4)},
		CRLDistributionPoints: []string{"http://crl.autorita.example/cie.crl"},
		OCSPServer:            []string{"http://ocsp.autorita.example/cie"},
		IssuingCertificateURL: []string{"http://crl.autorita.example/cie.cer"},
	}, m.citizens, key, m.citizensKey)
}

// parameters is EF.DH: g, p and q.
func (c identityCard) parameters(g group) []byte {
	var three [3]*big.Int
	for i, text := range []string{g.G, g.P, g.Q} {
		three[i], _ = new(big.Int).SetString(text, 16)
	}
	der, err := asn1.Marshal(struct{ G, P, Q *big.Int }{three[0], three[1], three[2]})
	if err != nil {
		panic(err) // numbers can be marshalled
	}
	return der
}

func publicKey(key *rsa.PrivateKey) []byte { return x509.MarshalPKCS1PublicKey(&key.PublicKey) }

// digest is the hash of a signed content of this version.
func (s signedContent) digest(b []byte) []byte {
	if s.version == 0 {
		sum := sha256.Sum256(b)
		return sum[:]
	}
	return sum512(b)
}
