package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
)

// world is everything around a session, in memory and under the test's clock.
type world struct {
	*Session
	card   *testCard
	inps   *testINPS
	outbox *testOutbox
	disk   *testDisk
	paper  *testPaper
	papers *testPapers
	audit  *testAudit
	log    *bytes.Buffer
}

var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

var testCertificate = sync.OnceValue(func() *x509.Certificate {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, testKey().Public(), testKey())
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return c
})

// live starts a session with a card that can be put in; the bubble's clock is
// the only one.
func live(t *testing.T) *world {
	t.Helper()
	return liveWith(t, func(*Options, *machine) {})
}

// liveWith is live at another terminal.
func liveWith(t *testing.T, change func(*Options, *machine)) *world {
	t.Helper()
	testCertificate() // outside of the first use: making a key takes long
	// A bubble begins in the year 2000, when the answers lie in the future.
	time.Sleep(time.Until(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)))
	w := &world{card: &testCard{pin: "12345678"}, inps: &testINPS{}, outbox: &testOutbox{}, disk: &testDisk{}, papers: &testPapers{}, paper: &testPaper{}, audit: &testAudit{}, log: &bytes.Buffer{}}
	m := testMachine(t)
	services := m.catalog
	o := Options{
		Catalog: func() *catalog.Catalog { return services }, Resume: time.Minute, Presence: 30 * time.Minute,
		ClockTrusted: func() bool { return true },
		Notice:       NoticeView{Version: "2026-1"},
		Officers:     map[[32]byte]Enrolled{},
		Cards:        w.card, INPS: w.inps, Filing: map[string]Filing{"inps": {w.inps, NoticeView{Version: "2026-1"}}}, Outbox: w.outbox, Desk: w.outbox, Claims: w.outbox, Phones: w.outbox, Disk: w.disk, Paper: w.paper, Papers: w.papers, Audit: w.audit,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	change(&o, m)
	w.Session = New(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return w
}

func (w *world) touch(act Act, value string) {
	w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: w.Snapshot().Screen, Act: act, Value: value})
	synctest.Wait()
}

// open leads to the first question of a service, if it can be had.
func (w *world) open(service string) {
	w.touch(Open, service)
	if w.Snapshot().Screen == Bring {
		w.touch(Continue, "")
	}
}

func (w *world) slot(s smartcard.Slot) {
	w.Report(CardChange{Change: smartcard.Change{Reader: "A", Slot: s}})
	synctest.Wait()
}

func (w *world) typePIN(pin string) {
	for _, d := range pin {
		w.touch(Digit, string(d))
	}
	w.touch(OK, "")
}

func (w *world) logIn(t *testing.T) {
	t.Helper()
	w.touch(Start, "")
	w.touch(Continue, "")
	w.slot(smartcard.CardIn)
	w.typePIN("12345678")
	w.wants(t, Home)
}

// fill answers an application up to the second PIN.
func (w *world) fill(t *testing.T) {
	t.Helper()
	w.open("naspi")
	for range goodAnswers {
		w.Touch(Touch{Visit: w.Snapshot().Visit, Screen: Form, Act: Answer, Fields: goodAnswers})
		synctest.Wait()
	}
	w.wants(t, Review)
	w.touch(Confirm, "")
}

func (w *world) apply(t *testing.T) {
	t.Helper()
	w.fill(t)
	w.typePIN("12345678")
	time.Sleep(filingPatience)
	synctest.Wait()
	w.wants(t, Result)
}

func (w *world) wants(t *testing.T, screen Screen) {
	t.Helper()
	if s := w.Snapshot().Screen; s != screen {
		t.Fatalf("screen %s, want %s; log:\n%s", s, screen, w.log)
	}
}
