package upstream

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream/upstreamsim"
)

var update = flag.Bool("update", false, "record the exchanges anew")

const exchangesFolder = "testdata/exchanges"

// playedAt is when the exchanges were recorded, as far as the clocks in them go.
var playedAt = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// tape is the line: it compares each request with the recorded one, byte for byte,
// and gives the recorded answer. When it records, the reference side answers.
type tape struct {
	t    *testing.T
	n    int
	name string // of the step that asks
	side http.Handler
	cert *x509.Certificate
}

// RoundTrip implements [http.RoundTripper].
func (p *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	p.n++
	file := filepath.Join(exchangesFolder, fmt.Sprintf("%02d-%s", p.n, p.name))
	var asked bytes.Buffer
	if err := r.Write(&asked); err != nil {
		return nil, err
	}
	if *update {
		p.record(file, asked.Bytes())
	}
	cryptotest.SetGlobalRandom(p.t, uint64(p.n)) // the terminal's, for the next question
	want, err := os.ReadFile(file + ".request.http")
	if err != nil {
		return nil, err
	}
	if diff := cmp.Diff(string(want), asked.String()); diff != "" {
		p.t.Errorf("%s (-recorded +asked):\n%s", file, diff)
	}
	given, err := os.ReadFile(file + ".answer.http")
	if err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(given)), r)
}

func (p *tape) record(file string, asked []byte) {
	p.t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(asked)))
	if err != nil {
		p.t.Fatal(err)
	}
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{p.cert}, VerifiedChains: [][]*x509.Certificate{{p.cert}}}
	w := httptest.NewRecorder()
	cryptotest.SetGlobalRandom(p.t, uint64(1000+p.n)) // the reference side's, as when it is played back to
	p.side.ServeHTTP(w, r)
	var given bytes.Buffer
	answer := w.Result()
	answer.ContentLength = int64(w.Body.Len())
	if err := answer.Write(&given); err != nil {
		p.t.Fatal(err)
	}
	for kind, data := range map[string][]byte{"request": asked, "answer": given.Bytes()} {
		if err := os.WriteFile(file+"."+kind+".http", data, 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

// The terminal asks exactly what was recorded, and takes what was answered. The
// reference side is played the same in its own package.
func TestTheTerminalAsksAsWasRecorded(t *testing.T) {
	if *update {
		old, _ := filepath.Glob(exchangesFolder + "/*.http")
		for _, f := range old {
			os.Remove(f)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(playedAt))
		line, client := newTape(t)
		card := playedCard(t)
		var token, assisted Token
		cryptotest.SetGlobalRandom(t, 0)
		for _, step := range []struct {
			name string
			do   func() error
		}{
			{"status", func() error { return client.Reachable(t.Context()) }},
			{"log-in", func() (err error) {
				token, err = client.LogIn(t.Context(), card.id, card, "")
				return err
			}},
			{"log-in-with-officer", func() (err error) {
				assisted, err = client.LogIn(t.Context(), card.id, card, "F-03")
				return err
			}},
			{"statement", func() error {
				s, err := client.Statement(t.Context(), assisted, "")
				if err == nil && s.Total() == 0 {
					err = fmt.Errorf("a statement without a week")
				}
				return err
			}},
			{"revoke", func() error { return client.Revoke(t.Context(), token) }},
			{"not-known", func() error { return expect(outbox.ErrNotKnown)(client.Ask(t.Context(), playedParcel(t))) }},
			{"submit", func() error {
				conf, err := client.Send(t.Context(), playedParcel(t))
				if err == nil && conf.Protocol == "" {
					err = fmt.Errorf("filed without a protocol number")
				}
				return err
			}},
		} {
			line.name = step.name
			if err := step.do(); err != nil {
				t.Errorf("%s: %v", step.name, err)
			}
		}
		recorded, err := filepath.Glob(exchangesFolder + "/*.request.http")
		if err != nil || len(recorded) != line.n {
			t.Errorf("%d exchanges of %d", line.n, len(recorded))
		}
	})
}

// newTape is a client whose line is a tape.
func newTape(t *testing.T) (*tape, *Client) {
	t.Helper()
	const side = exchangesFolder + "/side"
	pair, err := tls.LoadX509KeyPair(side+"/terminal.pem", side+"/terminal-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := os.ReadFile(side + "/sealing-1.pem")
	if err != nil {
		t.Fatal(err)
	}
	client, err := New(Options{
		Destination: "inps", URL: "https://inps.example", Certificate: pair, CA: x509.NewCertPool(), Terminal: "PUE-0421", ISTAT: "099999",
		SealingKeys:  []SealingKey{{PEM: sealing, From: playedAt, Until: playedAt.AddDate(1, 0, 0)}},
		Confirmation: readTestCertificate(t, "exchanges/side/confirmation.pem"),
	})
	if err != nil {
		t.Fatal(err)
	}
	line := &tape{t: t, cert: readTestCertificate(t, "exchanges/side/terminal.pem")}
	client.http.Transport = line
	if !*update {
		return line, client
	}
	anchors := x509.NewCertPool()
	anchors.AddCert(readTestCertificate(t, "anchor.pem"))
	s, err := upstreamsim.New(upstreamsim.Options{Dir: side, Anchors: anchors})
	if err != nil {
		t.Fatal(err)
	}
	line.side = s.Handler()
	return line, client
}

// inserted is carla's card, its PIN verified.
type inserted struct {
	softCard
	id smartcard.Identity
}

func playedCard(t *testing.T) inserted {
	return inserted{softCard{readTestKey[*rsa.PrivateKey](t, "carla-key.pem")}, carlaIdentity(t)}
}

// playedParcel is the submission of the vectors, as it was sealed there.
func playedParcel(t *testing.T) outbox.Parcel {
	v, r := loadVectors(t), vectorRecord()
	return outbox.Parcel{
		ID: r.ID, Class: outbox.Class(r.Class), CapturedAt: r.CapturedAt, KeyID: v.KeyID, Sealed: v.Sealed,
	}
}

// expect turns the one error that is right into none.
func expect(want error) func(outbox.Confirmation, error) error {
	return func(_ outbox.Confirmation, err error) error {
		if errors.Is(err, want) {
			return nil
		}
		return fmt.Errorf("got %v, want %w", err, want)
	}
}
