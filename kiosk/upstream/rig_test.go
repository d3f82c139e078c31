package upstream_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

const terminal = "PUE-0421"

// rig is a terminal's client, and the reference side it talks to over loopback.
type rig struct {
	dir    string
	url    string
	sim    *upstreamsim.Server
	client *upstream.Client
}

func newRig(t *testing.T, change ...func(*upstream.Options)) *rig {
	t.Helper()
	dir := t.TempDir()
	if err := upstreamsim.Provision(dir, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	sim, err := upstreamsim.New(upstreamsim.Options{Dir: dir, Anchors: cardAnchors(t)})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{dir: dir, sim: sim, url: serve(t, sim)}
	r.client = newClient(t, dir, r.url, change...)
	return r
}

// serve runs the reference side until the test ends and returns its address.
func serve(t *testing.T, sim *upstreamsim.Server) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, sim, ln)
}

// serveOn is serve on a listener of the caller's.
func serveOn(t *testing.T, sim *upstreamsim.Server, ln net.Listener) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- sim.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := sim.Close(); err != nil {
			t.Error(err)
		}
	})
	return "https://" + ln.Addr().String()
}

func newClient(t *testing.T, dir, url string, change ...func(*upstream.Options)) *upstream.Client {
	t.Helper()
	o := options(t, dir, url)
	for _, f := range change {
		f(&o)
	}
	c, err := upstream.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func options(t *testing.T, dir, url string) upstream.Options {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "terminal.pem"), filepath.Join(dir, "terminal-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	ca := x509.NewCertPool()
	ca.AddCert(readCertificate(t, filepath.Join(dir, "ca.pem")))
	return upstream.Options{
		URL: url, Certificate: pair, CA: ca, SealingKeys: sealingKeys(t, dir),
		Confirmation: readCertificate(t, filepath.Join(dir, "confirmation.pem")), Terminal: terminal, ISTAT: "099999",
	}
}

// sealingKeys are all that the reference side gave out.
func sealingKeys(t *testing.T, dir string) []upstream.SealingKey {
	t.Helper()
	list, err := upstreamsim.SealingKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	var keys []upstream.SealingKey
	for _, k := range list {
		from, until := day(t, k.From), day(t, k.Until).AddDate(0, 0, 1)
		keys = append(keys, upstream.SealingKey{PEM: readFile(t, filepath.Join(dir, k.File)), From: from, Until: until})
	}
	return keys
}

func day(t *testing.T, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func cardAnchors(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(readCertificate(t, "testdata/anchor.pem"))
	pool.AddCert(readCertificate(t, "testdata/cie-root.pem"))
	return pool
}

// card is a card of the test authority, its PIN verified.
type card struct {
	smartcard.Identity
	key *rsa.PrivateKey
}

func (c card) Sign(digest []byte) ([]byte, error) {
	return rsa.SignPKCS1v15(rand.Reader, c.key, crypto.SHA256, digest)
}

func insert(t *testing.T, person string) card {
	t.Helper()
	cert := readCertificate(t, "testdata/"+person+".pem")
	block, _ := pem.Decode(readFile(t, "testdata/"+person+"-key.pem"))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	code, _, _ := strings.Cut(cert.Subject.CommonName, "/")
	id := smartcard.Identity{
		Kind: smartcard.CNS, TaxCode: smartcard.TaxCode{Private: smartcard.NewPrivate(code)}, Certificate: cert, Chain: smartcard.ChainOK,
	}
	if person == "enzo" {
		id.Kind, id.DocumentSigner = smartcard.CIE, smartcard.ChainOK
		id.Issuers = []*x509.Certificate{readCertificate(t, "testdata/cie-issuer.pem")}
	}
	return card{id, key.(*rsa.PrivateKey)}
}

// record is a submission of the card's holder; n tells its id.
func record(c card, n int) upstream.Record {
	return upstream.Record{
		ID: fmt.Sprintf("0192f0c1-7a3e-7c55-9d1b-%012x", n), Subject: c.TaxCode, Destination: "inps",
		Service: "naspi", ServiceVersion: 1, Class: catalog.Application,
		NoticeVersion: "2026-11", Language: "it", Assurance: "high", ClockTrusted: true,
		Answers:    catalog.Answers{"data-cessazione": "2026-10-31"},
		CapturedAt: time.Now().Add(-time.Minute),
	}
}

func pack(t *testing.T, client *upstream.Client, n int) outbox.Parcel {
	t.Helper()
	carla := insert(t, "carla")
	p, err := client.Pack(record(carla, n), carla.Identity, carla)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func logIn(t *testing.T, client *upstream.Client, c card, actor string) upstream.Token {
	t.Helper()
	token, err := client.LogIn(t.Context(), c.Identity, c, actor)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readCertificate(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(readFile(t, path))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
