package upstream_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

func TestASubmissionIsFiledWithEverythingTheCitizenSaid(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	rec := record(carla, 1)
	rec.Actor = "F-03"
	rec.Answers = catalog.Answers{"iban": "IT60X0542811101000000123456", "nota": "perché è così <&>"}
	rec.Deadline = time.Now().AddDate(0, 0, 68)
	p, err := r.client.Pack(rec, carla.Identity, carla)
	if err != nil {
		t.Fatal(err)
	}
	conf, err := r.client.Send(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	filed := r.sim.Filed()
	if len(filed) != 1 {
		t.Fatalf("filed %d times", len(filed))
	}
	f := filed[0]
	if f.Protocol != conf.Protocol || !f.FiledAt.Equal(conf.FiledAt) || f.ID != rec.ID || conf.ID != rec.ID {
		t.Errorf("filed %+v, confirmed %+v", f, conf)
	}
	if f.Subject != carla.TaxCode.Reveal() || f.Actor != "F-03" || f.Terminal != terminal || f.ISTAT != "099999" {
		t.Errorf("filed %+v", f)
	}
	if diff := cmp.Diff(map[string]string(rec.Answers), f.Answers); diff != "" {
		t.Error(diff)
	}
	if sum := sha256.Sum256(p.Sealed); conf.Digest != hex.EncodeToString(sum[:]) || len(conf.Signed) == 0 {
		t.Errorf("confirmed digest %s", conf.Digest)
	}
}

func TestARecordThatINPSWouldRefuseIsNotPacked(t *testing.T) {
	r := newRig(t)
	carla, dino := insert(t, "carla"), insert(t, "dino")
	for name, change := range map[string]func(*upstream.Record){
		"id":              func(r *upstream.Record) { r.ID = "1" },
		"id upper case":   func(r *upstream.Record) { r.ID = "0192F0C1-7A3E-7C55-9D1B-000000000001" },
		"service":         func(r *upstream.Record) { r.Service = "na\x00spi" },
		"version":         func(r *upstream.Record) { r.ServiceVersion = 0 },
		"class":           func(r *upstream.Record) { r.Class = catalog.Query },
		"subject":         func(r *upstream.Record) { r.Subject = dino.TaxCode },
		"captured":        func(r *upstream.Record) { r.CapturedAt = time.Time{} },
		"other terminal":  func(r *upstream.Record) { r.Terminal = "PUE-0422" },
		"destination":     func(r *upstream.Record) { r.Destination = "" },
		"notice":          func(r *upstream.Record) { r.NoticeVersion = " " },
		"language":        func(r *upstream.Record) { r.Language = "" },
		"assurance":       func(r *upstream.Record) { r.Assurance = "" },
		"without measure": func(r *upstream.Record) { r.Answers = catalog.Answers{"a": string(make([]byte, 5<<20))} },
	} {
		rec := record(carla, 1)
		change(&rec)
		if _, err := r.client.Pack(rec, carla.Identity, carla); err == nil {
			t.Errorf("%s: packed", name)
		}
	}
}

func TestTheSameSubmissionTwiceHasOneProtocol(t *testing.T) {
	r := newRig(t)
	p := pack(t, r.client, 1)
	first, err := r.client.Send(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.client.Send(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	if n := len(r.sim.Filed()); n != 1 {
		t.Errorf("filed %d times", n)
	}
}

func TestTwoSubmissionsHaveTwoProtocols(t *testing.T) {
	r := newRig(t)
	a, errA := r.client.Send(t.Context(), pack(t, r.client, 1))
	b, errB := r.client.Send(t.Context(), pack(t, r.client, 2))
	if errA != nil || errB != nil || a.Protocol == b.Protocol {
		t.Errorf("%v %v, %q %q", errA, errB, a.Protocol, b.Protocol)
	}
}

func TestAnotherBodyUnderAUsedIdIsAPersonsToSortOut(t *testing.T) {
	r := newRig(t)
	first, other := pack(t, r.client, 1), pack(t, r.client, 1)
	if _, err := r.client.Send(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	_, err := r.client.Send(t.Context(), other)
	var refused *outbox.RefusedError
	if !errors.As(err, &refused) || refused.Status != 409 || refused.Reason != "other-body" {
		t.Errorf("got %v", err)
	}
	if _, err := r.client.Ask(t.Context(), other); !errors.Is(err, outbox.ErrUnknownOutcome) {
		t.Errorf("asked for the other body: %v", err)
	}
}

// INPS may have what a damaged disk has lost: its signed word for the id counts.
func TestASubmissionWhoseBodyIsLostHereIsFoundByItsId(t *testing.T) {
	r := newRig(t)
	p := pack(t, r.client, 1)
	sent, err := r.client.Send(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	found, err := r.client.Ask(t.Context(), outbox.Parcel{ID: p.ID})
	if diff := cmp.Diff(sent, found); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestASwappedOrTamperedParcelIsRefused(t *testing.T) {
	r := newRig(t)
	for name, change := range map[string]func(*outbox.Parcel){
		"swapped id":    func(p *outbox.Parcel) { p.ID = "0192f0c1-7a3e-7c55-9d1b-00000000ffff" },
		"swapped class": func(p *outbox.Parcel) { p.Class = "query" },
		"flipped bit":   func(p *outbox.Parcel) { p.Sealed[100] ^= 1 },
	} {
		p := pack(t, r.client, 1)
		change(&p)
		_, err := r.client.Send(t.Context(), p)
		var refused *outbox.RefusedError
		if !errors.As(err, &refused) || refused.Status != 422 || refused.Reason != "seal" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(r.sim.Filed()); n != 0 {
		t.Errorf("filed %d of them", n)
	}
}

func TestAnIdNobodySentIsNotKnown(t *testing.T) {
	r := newRig(t)
	if _, err := r.client.Ask(t.Context(), pack(t, r.client, 1)); !errors.Is(err, outbox.ErrNotKnown) {
		t.Errorf("got %v", err)
	}
}

func TestASubmissionThatTakesItsTimeIsProcessing(t *testing.T) {
	r := newRig(t)
	r.sim.SetFilingDelay(time.Hour)
	p := pack(t, r.client, 1)
	if _, err := r.client.Send(t.Context(), p); !errors.Is(err, outbox.ErrProcessing) {
		t.Errorf("sent: %v", err)
	}
	if _, err := r.client.Ask(t.Context(), p); !errors.Is(err, outbox.ErrProcessing) {
		t.Errorf("asked: %v", err)
	}
	if n := len(r.sim.Filed()); n != 0 {
		t.Errorf("filed %d already", n)
	}
}

func TestASubmissionSignedAfterItsTermIsRefusedByINPS(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	rec := record(carla, 1)
	rec.Deadline = time.Now().AddDate(0, 0, -2)
	p, err := r.client.Pack(rec, carla.Identity, carla)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.client.Send(t.Context(), p)
	var refused *outbox.RefusedError
	if !errors.As(err, &refused) || refused.Reason != outbox.RefusedOther {
		t.Errorf("got %v", err)
	}
}

func TestALostAnswerIsAnUnknownOutcomeThatAskingResolves(t *testing.T) {
	r := newRig(t)
	r.sim.LoseAnswers(1)
	p := pack(t, r.client, 1)
	// On a connection that was used before, where net/http would repeat an
	// idempotent request by itself.
	if err := r.client.Reachable(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Send(t.Context(), p); !errors.Is(err, outbox.ErrUnknownOutcome) {
		t.Fatalf("sent: %v", err)
	}
	if n := r.sim.Requests()["POST /applications"]; n != 1 {
		t.Errorf("sent %d times without being told to", n)
	}
	conf, err := r.client.Ask(t.Context(), p)
	if err != nil || conf.Protocol != r.sim.Filed()[0].Protocol {
		t.Errorf("asked: %+v, %v", conf, err)
	}
}

func TestWithoutALineNothingIsAnAttempt(t *testing.T) {
	r := newRig(t)
	p := pack(t, r.client, 1)
	r.sim.SetLine(false)
	if _, err := r.client.Send(t.Context(), p); !errors.Is(err, outbox.ErrNoLine) {
		t.Errorf("sent: %v", err)
	}
	if _, err := r.client.Ask(t.Context(), p); !errors.Is(err, outbox.ErrNoLine) {
		t.Errorf("asked: %v", err)
	}
	refusing := newClient(t, r.dir, "https://127.0.0.1:1")
	if _, err := refusing.Send(t.Context(), p); !errors.Is(err, outbox.ErrNoLine) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestBusyIsNotRefused(t *testing.T) {
	r := newRig(t)
	p := pack(t, r.client, 1)
	r.sim.SetBusy(5 * time.Minute)
	_, err := r.client.Send(t.Context(), p)
	var busy *outbox.BusyError
	if !errors.As(err, &busy) || busy.After != 5*time.Minute {
		t.Errorf("got %v", err)
	}
}

func TestATerminalThatINPSDoesNotKnowPauses(t *testing.T) {
	r, stranger := newRig(t), t.TempDir()
	if err := upstreamsim.Provision(stranger, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	p := pack(t, r.client, 1)
	t.Run("its certificate comes from elsewhere", func(t *testing.T) {
		c := newClient(t, r.dir, r.url, func(o *upstream.Options) { o.Certificate = options(t, stranger, r.url).Certificate })
		wantPaused(t, c, p, "terminal-certificate")
	})
	t.Run("it shows none that is asked for", func(t *testing.T) {
		c := newClient(t, r.dir, r.url, func(o *upstream.Options) {
			server, err := tls.LoadX509KeyPair(r.dir+"/inps/server.pem", r.dir+"/inps/server-key.pem")
			if err != nil {
				t.Fatal(err)
			}
			o.Certificate = server // right authority, wrong key usage
		})
		wantPaused(t, c, p, "terminal-certificate")
	})
	t.Run("the other side is not INPS", func(t *testing.T) {
		c := newClient(t, r.dir, r.url, func(o *upstream.Options) { o.CA = options(t, stranger, r.url).CA })
		wantPaused(t, c, p, "server-certificate")
	})
	if n := len(r.sim.Requests()); n != 0 {
		t.Errorf("%d kinds of request reached INPS", n)
	}
}

// wantPaused asks first: with TLS 1.3 the alert can be overtaken by the reset
// of a connection that still carries a body, which is honestly unknown.
func wantPaused(t *testing.T, c *upstream.Client, p outbox.Parcel, reason string) {
	t.Helper()
	_, err := c.Ask(t.Context(), p)
	var paused *outbox.PausedError
	if !errors.As(err, &paused) || paused.Reason != reason {
		t.Errorf("asked: %v", err)
	}
	if _, err := c.Send(t.Context(), p); !errors.As(err, &paused) && !errors.Is(err, outbox.ErrUnknownOutcome) {
		t.Errorf("sent: %v", err)
	}
}

func TestNobodyIsServedWithoutACertificate(t *testing.T) {
	r := newRig(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		conn, err := tls.Dial("tcp", r.url[len("https://"):], &tls.Config{
			RootCAs: options(t, r.dir, r.url).CA, MinVersion: version, MaxVersion: version,
		})
		if err == nil {
			// TLS 1.3 tells the client with the first read.
			conn.Write([]byte("GET /status HTTP/1.1\r\nHost: inps\r\n\r\n"))
			_, err = conn.Read(make([]byte, 1))
			conn.Close()
		}
		if err == nil {
			t.Errorf("TLS %x: served", version)
		}
	}
	if n := len(r.sim.Requests()); n != 0 {
		t.Errorf("%d requests were counted", n)
	}
}

// Whatever the line does, one id is filed once, and whoever asks long enough
// learns the protocol number.
func TestOneIdIsFiledOnceHoweverTheLineBreaks(t *testing.T) {
	const parcels = 48
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	r := newRig(t, func(o *upstream.Options) { o.Dial = breakingDial(rng) })
	unknown, again, protocols := 0, 0, map[string]bool{}
	for n := range parcels {
		p := pack(t, r.client, n)
		r.sim.LoseAnswers(rng.IntN(2))
		conf, lost, resent := deliver(t, r.client, p)
		unknown, again = unknown+lost, again+resent
		protocols[conf.Protocol] = true
	}
	if unknown == 0 || again == 0 {
		t.Fatalf("%d outcomes unknown, %d sent again: this run proved nothing", unknown, again)
	}
	filed := r.sim.Filed()
	if len(filed) != parcels || len(protocols) != parcels {
		t.Errorf("%d filed, %d protocols heard of, %d submissions", len(filed), len(protocols), parcels)
	}
	t.Logf("%d submissions, %d unknown outcomes, %d sent again, %d filed", parcels, unknown, again, len(filed))
}

// deliver does what the outbox does, without its waiting.
func deliver(t *testing.T, c *upstream.Client, p outbox.Parcel) (conf outbox.Confirmation, lost, resent int) {
	t.Helper()
	ask := false
	for range 200 {
		var err error
		if ask {
			conf, err = c.Ask(t.Context(), p)
		} else {
			conf, err = c.Send(t.Context(), p)
		}
		switch {
		case err == nil:
			return conf, lost, resent
		case errors.Is(err, outbox.ErrNotKnown):
			resent++
			ask = false
		case errors.Is(err, outbox.ErrUnknownOutcome):
			lost++
			ask = true
		case errors.Is(err, outbox.ErrProcessing):
			ask = true
		case errors.Is(err, outbox.ErrNoLine):
		default:
			t.Fatalf("no error of this meaning was called for: %v", err)
		}
	}
	t.Fatal("never delivered")
	return conf, lost, resent
}

// breakingDial gives connections of which most break after some bytes, in
// either direction.
func breakingDial(rng *rand.Rand) func(context.Context, string, string) (net.Conn, error) {
	var mu sync.Mutex
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		const never = 1 << 30
		in, out := never, never
		mu.Lock()
		switch rng.IntN(3) { // a handshake and a signed submission are about 11 KiB out
		case 0:
			out = 1000 + rng.IntN(11000)
		case 1:
			in = 1000 + rng.IntN(5000)
		}
		mu.Unlock()
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &breakingConn{Conn: conn, in: in, out: out}, nil
	}
}

type breakingConn struct {
	net.Conn
	mu      sync.Mutex
	in, out int // bytes until it breaks
}

var errBroken = errors.New("the line broke")

func (c *breakingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.spend(&c.in, n) {
		c.Conn.Close()
		return 0, errBroken
	}
	return n, err
}

func (c *breakingConn) Write(p []byte) (int, error) {
	if c.spend(&c.out, len(p)) {
		n, _ := c.Conn.Write(p[:len(p)/2])
		c.Conn.Close()
		return n, errBroken
	}
	return c.Conn.Write(p)
}

func (c *breakingConn) spend(budget *int, n int) (broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*budget -= n
	return *budget < 0
}
