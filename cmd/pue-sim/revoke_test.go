package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/devices/smartcard/trust"
)

// revoke PERSON... takes back the CIE of some people before the terminal starts: the
// list of their authority lies on the terminal's disk as it does after a day with a
// line. Of the others the list says that they still hold.
func revoke(ts *testscript.TestScript, _ bool, people []string) {
	folder, _, err := cardsim.Provision(ts.MkAbs("authorities"))
	ts.Check(err)
	anchors, err := trust.ReadAnchors(folder)
	ts.Check(err)
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(24 * time.Hour)}
	var cert *x509.Certificate
	for _, person := range append(people, "enzo") {
		cert, err = certificateOf(person, anchors)
		ts.Check(err)
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: cert.SerialNumber, RevocationTime: list.ThisUpdate, ReasonCode: 1})
	}
	list.RevokedCertificateEntries = list.RevokedCertificateEntries[:len(people)]
	der, err := signedByMinistry(list)
	ts.Check(err)

	r, err := trust.OpenRevocations(trust.RevocationOptions{
		Anchors: anchors, Folder: filepath.Join(of(ts).dir, "data", "revocation"), Client: &http.Client{Transport: mirror(der)}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	ts.Check(err)
	defer r.Close()
	if got := r.Check(context.Background(), cert).State; got == smartcard.RevocationUnknown {
		ts.Fatalf("the list of the authority was not taken in")
	}
}

// certificateOf reads a CIE in full.
func certificateOf(person string, anchors *trust.Anchors) (*x509.Certificate, error) {
	c, err := cardsim.Person(person)
	if err != nil {
		return nil, err
	}
	readers := cardsim.NewReaders(readerName)
	if err := readers.Insert(readerName, c); err != nil {
		return nil, err
	}
	line, err := readers.Connect(context.Background(), readerName)
	if err != nil {
		return nil, err
	}
	defer line.Close()
	card, err := smartcard.Open(line, anchors)
	if err != nil {
		return nil, err
	}
	if _, err := card.Identity(time.Now()); err != nil {
		return nil, err
	}
	if err := card.VerifyPIN([]byte("12345678")); err != nil {
		return nil, err
	}
	id, err := card.Identity(time.Now())
	return id.Certificate, err
}

// signedByMinistry signs a list with the simulated authority that issues the CIE.
func signedByMinistry(list *x509.RevocationList) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(peopleFolder, "ministry-citizens.key"))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer := key.(crypto.Signer)
	for rest := cardsim.Anchor(); ; {
		if block, rest = pem.Decode(rest); block == nil {
			return nil, fmt.Errorf("no authority has the key of the ministry")
		}
		issuer, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if issuer.PublicKey.(interface{ Equal(crypto.PublicKey) bool }).Equal(signer.Public()) {
			return x509.CreateRevocationList(rand.Reader, list, issuer, signer)
		}
	}
}

// mirror answers every request with one list, and knows no responder.
type mirror []byte

func (m mirror) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := http.StatusOK, []byte(m)
	if r.Method != http.MethodGet || r.URL.Host != "crl.autorita.example" {
		status, body = http.StatusNotFound, nil
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// peopleFolder is where the simulated authorities keep their keys.
var peopleFolder = func() string {
	dir, err := filepath.Abs("../../devices/smartcard/cardsim/people")
	if err != nil {
		panic(err)
	}
	return dir
}()
