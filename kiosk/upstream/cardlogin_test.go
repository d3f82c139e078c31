package upstream_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"path/filepath"
	"testing"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// withDoor gives the reference side a second address, which asks for cards.
func withDoor(t *testing.T) func(*upstream.Options, *rig) {
	return func(o *upstream.Options, r *rig) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- r.sim.ServeCards(ctx, ln) }()
		t.Cleanup(func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		o.CardURL = "https://" + ln.Addr().String()
	}
}

// doorRig is a rig whose client logs citizens in by their card.
func doorRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.client = newClient(t, r.dir, r.url, func(o *upstream.Options) { withDoor(t)(o, r) })
	return r
}

// counted is a card that knows how often it signed, and may be out of order.
type counted struct {
	card
	signed int
	broken error
}

func (c *counted) Sign(digest []byte) ([]byte, error) {
	c.signed++
	if c.broken != nil {
		return nil, c.broken
	}
	return c.card.Sign(digest)
}

func TestACardLogsInByTheConnectionItMakes(t *testing.T) {
	for _, person := range []string{"carla", "enzo"} {
		for _, officer := range []string{"", "F-03"} {
			r, c := doorRig(t), &counted{card: insert(t, person)}
			token, err := r.client.LogIn(t.Context(), c.Identity, c, officer)
			if err != nil {
				t.Fatalf("%s, officer %q: %v", person, officer, err)
			}
			if _, err := r.client.Statement(t.Context(), token, ""); err != nil {
				t.Errorf("%s, officer %q: %v", person, officer, err)
			}
			if c.signed != 1 {
				t.Errorf("%s signed %d times for one log-in", person, c.signed)
			}
			if err := r.client.Revoke(t.Context(), token); err != nil {
				t.Fatal(err)
			}
			if _, err := r.client.Statement(t.Context(), token, ""); err == nil {
				t.Error("the token is good after its revocation")
			}
		}
	}
}

func TestTheNextLogInTakesTheCardAgain(t *testing.T) {
	r, c := doorRig(t), &counted{card: insert(t, "carla")}
	for n := 1; n <= 2; n++ {
		if _, err := r.client.LogIn(t.Context(), c.Identity, c, ""); err != nil {
			t.Fatal(err)
		}
		if c.signed != n {
			t.Errorf("log-in %d: the card has signed %d times", n, c.signed)
		}
	}
}

func TestWhatACardSaysInTheHandshakeIsNotTheLinesFault(t *testing.T) {
	r := doorRig(t)
	for _, broken := range []error{smartcard.ErrRemoved, smartcard.ErrPINRequired} {
		c := &counted{card: insert(t, "carla"), broken: broken}
		if _, err := r.client.LogIn(t.Context(), c.Identity, c, ""); !errors.Is(err, broken) || errors.Is(err, outbox.ErrNoLine) {
			t.Errorf("%v, want %v", err, broken)
		}
	}
	if n := r.sim.Requests()["POST /auth/token"]; n != 0 {
		t.Errorf("%d requests for a token without a card", n)
	}
}

// lone is a server with the reference side's name that is not its card door.
func lone(t *testing.T, dir string, config *tls.Config) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "inps", "server.pem"), filepath.Join(dir, "inps", "server-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	config.Certificates = []tls.Certificate{pair}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conn.(*tls.Conn).Handshake() // the client sees how it ends
			conn.Close()
		}
	}()
	return "https://" + ln.Addr().String()
}

func TestAServerThatNoCardCanSpeakToIsOutsideTheContract(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		config *tls.Config
		why    error
	}{
		"TLS 1.3 only":     {&tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAnyClientCert}, smartcard.ErrTLS13Only},
		"asks for no card": {&tls.Config{}, smartcard.ErrNotAsked},
	} {
		client := newClient(t, r.dir, r.url, func(o *upstream.Options) { o.CardURL = lone(t, r.dir, c.config) })
		card := &counted{card: insert(t, "carla")}
		_, err := client.LogIn(t.Context(), card.Identity, card, "")
		if !errors.Is(err, upstream.ErrContract) || !errors.Is(err, c.why) || card.signed != 0 {
			t.Errorf("%s: %v, signed %d times", name, err, card.signed)
		}
	}
}

func TestADoorThatNobodyOpensIsALineThatIsDown(t *testing.T) {
	r := newRig(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	client := newClient(t, r.dir, r.url, func(o *upstream.Options) { o.CardURL = "https://" + ln.Addr().String() })
	carla := insert(t, "carla")
	if _, err := client.LogIn(t.Context(), carla.Identity, carla, ""); !errors.Is(err, outbox.ErrNoLine) {
		t.Errorf("%v", err)
	}
}

func TestACardThatInpsDoesNotKnowIsRefusedNotTheTerminal(t *testing.T) {
	r := doorRig(t)
	enzo := insert(t, "enzo")
	enzo.Issuers = nil // nobody knows what lies between it and its root
	_, err := r.client.LogIn(t.Context(), enzo.Identity, enzo, "")
	if refused := (*outbox.RefusedError)(nil); !errors.As(err, &refused) || refused.Reason != "invalid_grant" {
		t.Errorf("%v", err)
	}
}

func TestAnAddressForCardsIsHTTPSAndGoesWithNoVouchers(t *testing.T) {
	r := newRig(t)
	for name, change := range map[string]func(*upstream.Options){
		"http":     func(o *upstream.Options) { o.CardURL = "http://127.0.0.1:1" },
		"vouchers": func(o *upstream.Options) { withPDND(t, r.dir, r.url)(o); o.CardURL = "https://127.0.0.1:1" },
	} {
		o := options(t, r.dir, r.url)
		change(&o)
		if _, err := upstream.New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
