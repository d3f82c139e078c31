package kiosk

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"pue/devices"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/config"
	"pue/kiosk/control"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream/upstreamsim"
)

// withComune adds the municipality's own side to a configuration.
func withComune(t *testing.T, c *config.Config, url string) {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "comune")
	if err := upstreamsim.Provision(keys, "PUE-0421", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	c.Comune = config.Comune{
		URL: url, CA: filepath.Join(keys, "ca.pem"),
		Certificate: filepath.Join(keys, "terminal.pem"), Key: filepath.Join(keys, "terminal-key.pem"),
		SealingKeys:  []config.SealingKey{{File: filepath.Join(keys, "sealing-1.pem"), From: "2020-01-01", Until: "2099-12-31"}},
		Confirmation: filepath.Join(keys, "confirmation.pem"),
		Controller:   "Comune di Borgo Esempio", Contact: "protocollo@comune.example", NoticeVersion: "c-1", Phone: "099 999 9999",
	}
}

// keyOf is the key to which one authority wants submissions sealed now.
func (r *rig) keyOf(destination string) string {
	r.t.Helper()
	s, err := r.lines.to(destination).Sealing(time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	return s.KeyID
}

func TestASubmissionTakesTheWayOfWhoHasItsKey(t *testing.T) {
	c := provision(t, nowhere)
	withComune(t, c, "https://127.0.0.1:2")
	r := newRig(t, c)
	for _, destination := range []string{"inps", "comune"} {
		if got, known := r.lines.route(r.keyOf(destination)); got != destination || !known {
			t.Errorf("what is sealed to %s goes to %q, %t", destination, got, known)
		}
	}
	if got, known := r.lines.route("0123456789abcdef"); got != "" || known {
		t.Errorf("what is sealed to nobody goes to %q, %t", got, known)
	}
	if _, err := r.lines.Send(t.Context(), outbox.Parcel{KeyID: "0123456789abcdef"}); !errors.Is(err, errNobody) {
		t.Errorf("sending it: %v", err)
	}
	if n := len(r.filing()); n != 2 {
		t.Errorf("%d authorities are filed with", n)
	}
}

func TestWithoutAMunicipalityThereIsOneWay(t *testing.T) {
	r := newRig(t, provision(t, nowhere))
	if len(r.lines) != 1 || r.lines.to("comune") != nil || len(r.filing()) != 1 {
		t.Errorf("%d lines, %d authorities", len(r.lines), len(r.filing()))
	}
	text, err := json.Marshal(r.Status())
	if err != nil || strings.Contains(string(text), `"comune"`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestATerminalDoesNotStartWithHalfAMunicipality(t *testing.T) {
	c := provision(t, nowhere)
	withComune(t, c, "https://127.0.0.1:2")
	c.Comune.Confirmation += "x"
	if k, err := New(Options{Config: c, Readers: cardsim.NewReaders(), Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "comune.confirmation") {
		t.Errorf("started: %v, %v", k, err)
	}
}

// The way follows from the key: with one key for both, what is the municipality's
// would go to INPS.
func TestATerminalDoesNotStartWithOneKeyForTwoAuthorities(t *testing.T) {
	c := provision(t, nowhere)
	withComune(t, c, "https://127.0.0.1:2")
	c.Comune.SealingKeys = append(c.Comune.SealingKeys, c.INPS.SealingKeys...)
	if k, err := New(Options{Config: c, Readers: cardsim.NewReaders(), Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "comune.sealing_keys") {
		t.Errorf("started: %v, %v", k, err)
	}
}

func TestEachLineIsWatchedAndToldForItself(t *testing.T) {
	port, url := openPort(t)
	c := provision(t, url)
	withComune(t, c, nowhere)
	inps(t, c, port)
	r := run(t, c)
	began := time.Now()
	for tick := time.Tick(time.Millisecond); ; <-tick { // no watch tells of what only the technician sees
		p := r.session.Public()
		if p.Line.State == devices.Ready && p.LineComune != nil && p.LineComune.State == devices.Absent {
			break
		}
		if time.Since(began) > patience {
			t.Fatalf("the lines are %+v and %+v", p.Line, p.LineComune)
		}
	}
	text, err := json.Marshal(r.Status())
	if err != nil || !strings.Contains(string(text), `"comune":{"sealing":{"key_id":"`+r.keyOf("comune")) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestNobodyIsAskedToCarryToWhomNothingGoes(t *testing.T) {
	r := newRig(t, provision(t, nowhere))
	if _, err := r.Queue().Export(t.Context(), "comune", nil); !errors.Is(err, control.ErrNoDestination) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Queue().Export(t.Context(), "inps", nil); !errors.Is(err, outbox.ErrNothingToExport) {
		t.Errorf("got %v", err)
	}
}

// someParcel is an invented submission sealed to a key.
func someParcel(keyID string) outbox.Parcel {
	return outbox.Parcel{
		ID: "00000000-0000-4000-8000-000000000001", Class: outbox.Application, CapturedAt: time.Now(),
		Owner: outbox.Owner{1}, KeyID: keyID, Sealed: []byte("sealed"),
	}
}

// confirmation is a word of the side whose keys are in a folder.
func confirmation(t *testing.T, folder string, claims map[string]any) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "inps", "confirmation-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{}).WithType("pue-confirmation+jws"))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return []byte(compact)
}

func TestAWordOfOneAuthorityIsNotBelievedForTheOther(t *testing.T) {
	c := provision(t, nowhere)
	withComune(t, c, "https://127.0.0.1:2")
	r := newRig(t, c)
	p := someParcel(r.keyOf("comune"))
	if _, err := r.outbox.Put(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(p.Sealed)
	for signer, folder := range map[string]string{"inps": filepath.Dir(c.INPS.CA), "comune": filepath.Dir(c.Comune.CA)} {
		word := confirmation(t, folder, map[string]any{
			"id": p.ID, "protocol": "Prot. 2026/0000001", "filed_at": time.Now().UTC(), "digest": hex.EncodeToString(digest[:]),
		})
		_, err := r.Queue().ReadConfirmation(word)
		if signer == "comune" && err != nil || signer == "inps" && !errors.Is(err, errNotItsWord) {
			t.Errorf("a word of %s: %v", signer, err)
		}
	}
	if _, err := r.Queue().ReadConfirmation([]byte("a.b.c")); err == nil {
		t.Error("rubbish is believed")
	}
}
