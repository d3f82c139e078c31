package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/store"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

const (
	terminalID = "PUE-0421"
	officer    = "op-7"
)

var quiet = slog.New(slog.DiscardHandler)

// queue is a terminal's own outbox, its client, and the INPS side it talks to.
type queue struct {
	*outbox.Outbox
	client *upstream.Client
	inps   *upstreamsim.Server
	line   net.Listener
}

func (q *queue) Export(ctx context.Context, _ string, w io.Writer) (outbox.Exported, error) {
	return q.Outbox.Export(ctx, "", w, q.client.SignManifest)
}

func (q *queue) ReadConfirmation(compact []byte) (outbox.Confirmation, error) {
	return q.client.ReadConfirmation(compact)
}

// newQueue opens an outbox that holds nothing, with INPS out of reach.
func newQueue(ts *testscript.TestScript, dir string) *queue {
	q := &queue{}
	var err error
	q.line, err = net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { q.line.Close() })
	ts.Check(upstreamsim.Provision(filepath.Join(dir, "keys"), terminalID, "127.0.0.1"))
	block, _ := pem.Decode(cardsim.Anchor())
	anchor, err := x509.ParseCertificate(block.Bytes)
	ts.Check(err)
	anchors := x509.NewCertPool()
	anchors.AddCert(anchor)
	q.inps, err = upstreamsim.New(upstreamsim.Options{
		Dir: filepath.Join(dir, "keys"), Anchors: anchors, Ledger: filepath.Join(dir, "ledger"), Log: quiet,
	})
	ts.Check(err)
	ts.Defer(func() { q.inps.Close() })
	q.client = connect(ts, filepath.Join(dir, "keys"), "https://"+q.line.Addr().String())
	st, err := store.Open(filepath.Join(dir, "state", "pue.db"), store.Options{Log: quiet})
	ts.Check(err)
	ts.Defer(func() { st.Close() })
	record, err := audit.Open(st)
	ts.Check(err)
	q.Outbox, err = outbox.New(st, record, outbox.Options{
		Terminal: terminalID, Officers: []string{officer}, MaxAttempts: 1, Log: quiet,
	})
	ts.Check(err)
	return q
}

// connect makes the terminal's client of the INPS side.
func connect(ts *testscript.TestScript, keys, url string) *upstream.Client {
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(keys, name))
		ts.Check(err)
		return b
	}
	pair, err := tls.X509KeyPair(read("terminal.pem"), read("terminal-key.pem"))
	ts.Check(err)
	ca := x509.NewCertPool()
	ca.AppendCertsFromPEM(read("ca.pem"))
	block, _ := pem.Decode(read("confirmation.pem"))
	confirmation, err := x509.ParseCertificate(block.Bytes)
	ts.Check(err)
	list, err := upstreamsim.SealingKeys(keys)
	ts.Check(err)
	client, err := upstream.New(upstream.Options{
		URL: url, Certificate: pair, CA: ca, Confirmation: confirmation, Terminal: terminalID, ISTAT: "099999", Log: quiet,
		SealingKeys: []upstream.SealingKey{{PEM: read(list[0].File), Until: time.Now().Add(time.Hour)}},
	})
	ts.Check(err)
	ts.Defer(client.Close)
	return client
}

// put has a simulated person sign and confirm an application.
func (q *queue) put(ts *testscript.TestScript, n int, person string) outbox.Entry {
	soft, err := cardsim.Person(person)
	ts.Check(err)
	readers := cardsim.NewReaders("A")
	ts.Check(readers.Insert("A", soft))
	line, err := readers.Connect(context.Background(), "A")
	ts.Check(err)
	card, err := smartcard.Open(line, nil)
	ts.Check(err)
	defer card.Close()
	id, err := card.Identity(time.Now())
	ts.Check(err)
	ts.Check(card.VerifyPIN([]byte("12345678")))
	p, err := q.client.Pack(upstream.Record{
		ID: fmt.Sprintf("0192f0c1-7a3e-7c55-9d1b-%012d", n), Subject: id.TaxCode, Destination: "inps", Service: "naspi", ServiceVersion: 1,
		Class: catalog.Application, NoticeVersion: "1", Language: "it", Assurance: "high", ClockTrusted: true,
		CapturedAt: time.Now().Add(-time.Minute),
	}, id, card)
	ts.Check(err)
	p.Owner = outbox.Owner{byte(n)}
	e, err := q.Put(context.Background(), p)
	ts.Check(err)
	return e
}

// fates is what an INPS side says of each submission.
type fates map[string]error

func (f fates) Send(_ context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	return outbox.Confirmation{}, f[p.ID]
}

func (fates) Ask(context.Context, outbox.Parcel) (outbox.Confirmation, error) {
	return outbox.Confirmation{}, outbox.ErrNotKnown
}

// meets sends until the submissions stand as wanted.
func (q *queue) meets(ts *testscript.TestScript, s outbox.Sender, want map[string]outbox.State) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	changed := q.Watch(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { q.Run(ctx, s) })
	defer stop()
	for {
		left := len(want)
		for id, state := range want {
			if e, _ := q.Find(id); e.State == state {
				left--
			}
		}
		if left == 0 {
			return
		}
		q.Kick()
		select {
		case <-changed:
		case <-ctx.Done():
			ts.Fatalf("the submissions never stood as %v", want)
		}
	}
}

// patience bounds every wait; nothing is asserted about how long one took.
const patience = 30 * time.Second

// fill puts one submission of each kind into the queue, and their claim codes
// into the environment.
func (q *queue) fill(ts *testscript.TestScript) {
	stuck, refused := q.put(ts, 1, "anna"), q.put(ts, 2, "bruno")
	q.meets(ts, fates{
		stuck.ID: outbox.ErrUnknownOutcome, refused.ID: &outbox.RefusedError{Status: 422, Reason: "schema"},
	}, map[string]outbox.State{stuck.ID: outbox.Stuck, refused.ID: outbox.Refused})
	ts.Setenv("WAITING", q.put(ts, 3, "olga").Claim)
	ts.Setenv("STUCK", stuck.Claim)
	ts.Setenv("STUCK_ID", stuck.ID)
	ts.Setenv("REFUSED", refused.Claim)
}

// office hands a bundle in at INPS: "office BUNDLE CONFIRMATIONS".
func office(ts *testscript.TestScript, _ bool, args []string) {
	bundle := ts.ReadFile(args[0])
	text, err := queueOf(ts).inps.Import(bytes.NewReader([]byte(bundle)), int64(len(bundle)))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o600))
}

// online sends by the line until all that still waited are filed: "online
// CLAIM...".
func online(ts *testscript.TestScript, _ bool, claims []string) {
	q := queueOf(ts)
	background(ts, func(ctx context.Context) { q.inps.Serve(ctx, q.line) })
	want := map[string]outbox.State{}
	for _, claim := range claims {
		want[claim] = outbox.Filed
	}
	q.meets(ts, q.client, want)
}

// filed demands that INPS's books hold so many submissions, each once.
func filed(ts *testscript.TestScript, _ bool, args []string) {
	books := queueOf(ts).inps.Filed()
	protocols := map[string]bool{}
	for _, f := range books {
		protocols[f.Protocol] = true
	}
	if got := fmt.Sprint(len(books)); got != args[0] || len(protocols) != len(books) {
		ts.Fatalf("INPS has %d submissions under %d protocols, want %s", len(books), len(protocols), args[0])
	}
}

type queueKey struct{}

func queueOf(ts *testscript.TestScript) *queue { return *ts.Value(queueKey{}).(**queue) }
