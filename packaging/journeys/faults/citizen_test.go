package faults

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// cards is where the invented people of the upstream package have their keys.
const cards = "../../../kiosk/upstream/testdata"

// planted is what a submission says of its citizen, besides the name and the
// codice fiscale of the card. None of it may be found on the terminal.
var planted = map[string]string{
	"nome":     "Ermenegilda Frangipane",
	"iban":     "IT60X0542811101000000123456",
	"telefono": "+393337654321",
	"coniuge":  "FRNGLD51C44H501X",
	"domanda":  "assegno-ordinario-di-invalidita",
}

// service is one of which the name alone is health data.
const service = "assegno-ordinario-di-invalidita"

// card is that of an invented citizen, its PIN verified.
type card struct {
	smartcard.Identity
	key *rsa.PrivateKey
}

func insert(person string) (card, error) {
	cert, err := readCertificate(filepath.Join(cards, person+".pem"))
	if err != nil {
		return card{}, err
	}
	text, err := os.ReadFile(filepath.Join(cards, person+"-key.pem"))
	if err != nil {
		return card{}, err
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return card{}, err
	}
	code, _, _ := strings.Cut(cert.Subject.CommonName, "/")
	return card{
		Identity: smartcard.Identity{
			Kind: smartcard.CNS, TaxCode: smartcard.TaxCode{Private: smartcard.NewPrivate(code)}, Certificate: cert,
		},
		key: key.(*rsa.PrivateKey),
	}, nil
}

func (c card) Sign(digest []byte) ([]byte, error) {
	return rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, digest)
}

// record is submission n of the card's holder.
func (c card) record(n int) upstream.Record {
	return upstream.Record{
		ID: idOf(n), Subject: c.TaxCode, Destination: "inps", Service: service, ServiceVersion: 1,
		Class: catalog.Application, NoticeVersion: "2026-11", Language: "it", Assurance: "high", ClockTrusted: true,
		Answers: catalog.Answers(planted), CapturedAt: time.Now(),
	}
}

// client is the terminal's way to the INPS at url, with the keys in dir.
func client(dir, url string, change func(*upstream.Options)) (*upstream.Client, error) {
	pair, err1 := tls.LoadX509KeyPair(filepath.Join(dir, "terminal.pem"), filepath.Join(dir, "terminal-key.pem"))
	anchor, err2 := readCertificate(filepath.Join(dir, "ca.pem"))
	confirms, err3 := readCertificate(filepath.Join(dir, "confirmation.pem"))
	keys, err4 := sealingKeys(dir)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, fmt.Errorf("reading the keys of the terminal: %w", err)
	}
	o := upstream.Options{
		URL: url, Certificate: pair, CA: pool(anchor), SealingKeys: keys, Confirmation: confirms, Terminal: terminalID, ISTAT: "099999",
	}
	change(&o)
	return upstream.New(o)
}

func pool(cert *x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(cert)
	return p
}

func sealingKeys(dir string) (keys []upstream.SealingKey, err error) {
	list, err := upstreamsim.SealingKeys(dir)
	if err != nil {
		return nil, err
	}
	for _, k := range list {
		text, err1 := os.ReadFile(filepath.Join(dir, k.File))
		from, err2 := time.Parse(time.DateOnly, k.From)
		until, err3 := time.Parse(time.DateOnly, k.Until)
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, err
		}
		keys = append(keys, upstream.SealingKey{PEM: text, From: from, Until: until.AddDate(0, 0, 1)})
	}
	return keys, nil
}

func readCertificate(path string) (*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not PEM", path)
	}
	return x509.ParseCertificate(block.Bytes)
}
