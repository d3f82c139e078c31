package kiosk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pue/devices/printer"
	"pue/devices/printer/printersim"
	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/config"
	"pue/kiosk/session"
	"pue/kiosk/upstream/upstreamsim"
)

// patience bounds every wait; nothing is asserted about how long one took.
const patience = time.Minute

// rig is a kiosk on simulated devices.
type rig struct {
	*Kiosk
	t       testing.TB
	readers *cardsim.Readers
	paper   *printersim.Sim
	log     *journal
}

// journal is a log that many write.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// provision writes what a technician would, with an INPS side at url.
func provision(t testing.TB, url string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys")
	if err := upstreamsim.Provision(keys, "PUE-0421", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	anchors, documents, err := cardsim.Provision(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &config.Config{
		Terminal: config.Terminal{ID: "PUE-0421", Municipality: "Borgo Esempio", ISTAT: "099999"},
		Privacy:  config.Privacy{Controller: "INPS", Processor: "Comune", Contact: "privacy@comune.example", NoticeVersion: "1"},
		Cards:    config.Cards{Anchors: anchors, DocumentAnchors: documents},
		Printer:  config.Printer{Profile: "epson"},
		INPS: config.INPS{
			URL: url, CA: filepath.Join(keys, "ca.pem"),
			Certificate: filepath.Join(keys, "terminal.pem"), Key: filepath.Join(keys, "terminal-key.pem"),
			SealingKeys:  []config.SealingKey{{File: filepath.Join(keys, "sealing-1.pem"), From: "2020-01-01", Until: "2099-12-31"}},
			Confirmation: filepath.Join(keys, "confirmation.pem"),
		},
		Session:  config.Session{Resume: time.Minute, PresenceLimit: 30 * time.Minute},
		Officers: []config.Officer{{Pseudonym: "op-1", Name: "Olga R.", CardSHA256: fingerprint(t, "olga")}},
		Data:     config.Data{Directory: filepath.Join(dir, "data")},
		Sockets:  config.Sockets{Control: filepath.Join(dir, "control.sock")},
	}
}

// fingerprint is the SHA-256 of the certificate of a simulated person.
func fingerprint(t testing.TB, person string) string {
	t.Helper()
	readers := cardsim.NewReaders("desk")
	if err := readers.Insert("desk", card(t, person)); err != nil {
		t.Fatal(err)
	}
	line, err := readers.Connect(t.Context(), "desk")
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	c, err := smartcard.Open(line, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := c.Identity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(id.Certificate.Raw)
	return hex.EncodeToString(sum[:])
}

func card(t testing.TB, person string) *cardsim.Card {
	t.Helper()
	c, err := cardsim.Person(person)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newRig opens a kiosk that nobody runs yet.
func newRig(t testing.TB, c *config.Config) *rig {
	t.Helper()
	return newRigOn(t, c, func(l printer.Line) printer.Line { return l })
}

// newRigOn is newRig with something in the cable of the printer.
func newRigOn(t testing.TB, c *config.Config, cable func(printer.Line) printer.Line) *rig {
	t.Helper()
	r := &rig{t: t, readers: cardsim.NewReaders("A", "B"), paper: printersim.New("epson"), log: &journal{}}
	r.paper.SetSpeed(0)
	k, err := New(Options{
		Config: c, Readers: r.readers, Version: "test", Log: slog.New(slog.NewTextHandler(r.log, nil)),
		OpenPrinter: func(context.Context) (printer.Line, error) {
			line, err := r.paper.Line()
			if err != nil {
				return nil, err
			}
			return cable(line), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	r.Kiosk = k
	return r
}

// run lives the kiosk until the test ends.
func run(t *testing.T, c *config.Config) *rig {
	t.Helper()
	r := newRig(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := r.Run(ctx, func() {}); err != nil {
			t.Errorf("running: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	return r
}

// until waits for a snapshot that is as wanted.
func (r *rig) until(what string, wanted func(session.Snapshot) bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	for range r.session.Watch(ctx) {
		if wanted(r.session.Snapshot()) {
			return
		}
	}
	r.t.Fatalf("waited for %s on %s; log:\n%s", what, r.session.Snapshot().Screen, r.log)
}

func (r *rig) shows(screen session.Screen) {
	r.t.Helper()
	r.until(string(screen), func(s session.Snapshot) bool { return s.Screen == screen })
}

func (r *rig) touch(act session.Act, value string) {
	s := r.session.Snapshot()
	r.session.Touch(session.Touch{Visit: s.Visit, Screen: s.Screen, Act: act, Value: value})
}

func (r *rig) insert(reader, person string) {
	r.t.Helper()
	if err := r.readers.Insert(reader, card(r.t, person)); err != nil {
		r.t.Fatal(err)
	}
}

// unlock brings the officer to the board.
func (r *rig) unlock() {
	r.t.Helper()
	r.insert("A", "olga")
	r.shows(session.OfficerPIN)
	for _, digit := range strings.Split("12345678", "") {
		r.touch(session.Digit, digit)
	}
	r.touch(session.OK, "")
	r.shows(session.Board)
}

// nowhere is an address of this machine at which nobody listens.
const nowhere = "https://127.0.0.1:1"

// openPort is where a side can be served, and the address that leads there. It is open
// from the beginning: a port that is free now may be another program's a moment later.
func openPort(t *testing.T) (net.Listener, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, "https://" + l.Addr().String()
}

// inps serves the reference INPS side on l until the test ends.
func inps(t *testing.T, c *config.Config, l net.Listener) *upstreamsim.Server {
	t.Helper()
	anchors := x509.NewCertPool()
	block, _ := pem.Decode(cardsim.Anchor())
	anchor, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	anchors.AddCert(anchor)
	dir := filepath.Dir(c.INPS.CA)
	s, err := upstreamsim.New(upstreamsim.Options{Dir: dir, Anchors: anchors, Ledger: filepath.Join(dir, "ledger"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { s.Serve(ctx, l) })
	t.Cleanup(func() { cancel(); running.Wait(); s.Close() })
	return s
}
