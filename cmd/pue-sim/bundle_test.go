package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

func TestABundleIsHandedInAndItsConfirmationsComeBack(t *testing.T) {
	dir := t.TempDir()
	sim, err := authority("inps", dir, terminalID, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	socket := filepath.Join(dir, "inps.knobs")
	knobs, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serveHTTP(ctx, knobs, inpsKnobs(sim)) }()
	defer func() { stop(); <-ended }()

	client := terminalClient(t, dir)
	p := packedBy(t, client, "anna")
	good := filepath.Join(dir, "bundle.zip")
	if err := os.WriteFile(good, bundleOf(t, client, p), 0o600); err != nil {
		t.Fatal(err)
	}
	confirmations := filepath.Join(dir, "confirmations.txt")
	importing := func(bundle string) error {
		return dispatch(t.Context(), []string{"inps", "import", "--control", socket, "--bundle", bundle, "--confirmations", confirmations})
	}
	if err := importing(filepath.Join(dir, "ca.pem")); err == nil || !strings.Contains(err.Error(), "bundle refused: not a ZIP file") {
		t.Errorf("a file that is no bundle: %v", err)
	}
	if _, err := os.Stat(confirmations); err == nil {
		t.Error("confirmations of nothing were written")
	}
	if err := importing(good); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(confirmations)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.ReadConfirmation(bytes.TrimSpace(text))
	if filed := sim.Filed(); err != nil || c.ID != p.ID || len(filed) != 1 || filed[0].Protocol != c.Protocol {
		t.Errorf("confirmed %+v, %v, filed %+v", c, err, filed)
	}
}

// terminalClient is the terminal that Provision set up in dir.
func terminalClient(t *testing.T, dir string) *upstream.Client {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "terminal.pem"), filepath.Join(dir, "terminal-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	block, _ := pem.Decode(read("confirmation.pem"))
	confirmation, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	list, err := upstreamsim.SealingKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	client, err := upstream.New(upstream.Options{
		URL: "https://127.0.0.1:1", Certificate: pair, CA: x509.NewCertPool(), Confirmation: confirmation,
		SealingKeys: []upstream.SealingKey{{PEM: read(list[0].File), Until: time.Now().Add(time.Hour)}},
		Terminal:    terminalID, ISTAT: "099999",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// packedBy is an application of a simulated person.
func packedBy(t *testing.T, client *upstream.Client, person string) outbox.Parcel {
	t.Helper()
	soft, err := cardsim.Person(person)
	if err != nil {
		t.Fatal(err)
	}
	readers := cardsim.NewReaders(readerName)
	if err := readers.Insert(readerName, soft); err != nil {
		t.Fatal(err)
	}
	line, err := readers.Connect(t.Context(), readerName)
	if err != nil {
		t.Fatal(err)
	}
	card, err := smartcard.Open(line, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer card.Close()
	id, err := card.Identity(time.Now())
	if err == nil {
		err = card.VerifyPIN([]byte("12345678"))
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := client.Pack(upstream.Record{
		ID: "0192f0c1-7a3e-7c55-9d1b-000000000001", Subject: id.TaxCode, Destination: "inps", Service: "naspi", ServiceVersion: 1,
		Class: catalog.Application, NoticeVersion: "1", Language: "it", Assurance: "high", ClockTrusted: true,
		CapturedAt: time.Now().Add(-time.Minute),
	}, id, card)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func bundleOf(t *testing.T, client *upstream.Client, p outbox.Parcel) []byte {
	t.Helper()
	sum := sha256.Sum256(p.Sealed)
	manifest, err := json.Marshal(map[string]any{
		"schema": "pue-bundle/1", "terminal": terminalID, "made_at": time.Now().UTC(),
		"items": []map[string]any{{
			"id": p.ID, "class": p.Class, "key_id": p.KeyID, "digest": hex.EncodeToString(sum[:]),
			"captured_at": p.CapturedAt.UTC(), "size": len(p.Sealed),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	jws, err := client.SignManifest(manifest)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range map[string][]byte{"manifest.jws": jws, p.ID + ".sealed": p.Sealed} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
