package smartcard_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/cardsim"
)

const authorityHost = "inps.example"

// site is the certificate of a server, and what believes it.
func site(t *testing.T) (tls.Certificate, *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(3), DNSNames: []string{authorityHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, &tls.Config{RootCAs: pool, ServerName: authorityHost}
}

func citizens() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cardsim.Anchor())
	return pool
}

// serveOnce gives the client's end of a connection to a server, and what became
// of the server.
func serveOnce(t *testing.T, config *tls.Config) (net.Conn, <-chan tls.ConnectionState) {
	t.Helper()
	here, there := net.Pipe()
	seen := make(chan tls.ConnectionState, 1)
	go func() {
		defer close(seen)
		s := tls.Server(there, config)
		defer there.Close()
		if s.HandshakeContext(t.Context()) == nil {
			seen <- s.ConnectionState()
			io.Copy(io.Discard, s)
		}
	}()
	t.Cleanup(func() { here.Close() })
	return here, seen
}

func TestACardLogsInToAServerThatAsksForIt(t *testing.T) {
	for kind, person := range signingPeople {
		card, id := admitted(t, person)
		cert, client := site(t)
		conn, seen := serveOnce(t, &tls.Config{
			Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: citizens(),
		})
		secure, err := smartcard.Handshake(t.Context(), conn, client, card, id)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		state, ok := <-seen
		if !ok || state.Version != tls.VersionTLS12 || !state.PeerCertificates[0].Equal(id.Certificate) {
			t.Errorf("%s: the server did not see the card", kind)
		}
		secure.Close()
	}
}

func TestAServerThatACardCannotSpeakToIsSaidSo(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*tls.Config)
		want   error
	}{
		"TLS 1.3 only":    {func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, smartcard.ErrTLS13Only},
		"does not ask":    {func(c *tls.Config) { c.ClientAuth = tls.NoClientCert }, smartcard.ErrNotAsked},
		"is another site": {func(c *tls.Config) { c.Certificates[0], _ = site(t) }, x509.UnknownAuthorityError{}},
	} {
		card := &signer{key: cardKey()}
		id := smartcard.Identity{Certificate: &x509.Certificate{PublicKey: cardKey().Public()}}
		cert, client := site(t)
		server := &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert}
		c.change(server)
		conn, _ := serveOnce(t, server)
		_, err := smartcard.Handshake(t.Context(), conn, client, card, id)
		if unknown := (x509.UnknownAuthorityError{}); !errors.Is(err, c.want) && !(errors.As(c.want, &unknown) && errors.As(err, &unknown)) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if len(card.signed) != 0 {
			t.Errorf("%s: the card signed", name)
		}
	}
}

func TestACardWithoutItsPINCompletesNoHandshake(t *testing.T) {
	card, _ := open(t, issue(t, nil))
	id, err := card.Identity(now)
	if err != nil {
		t.Fatal(err)
	}
	cert, client := site(t)
	conn, _ := serveOnce(t, &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert})
	if _, err := smartcard.Handshake(t.Context(), conn, client, card, id); !errors.Is(err, smartcard.ErrPINRequired) {
		t.Errorf("%v, want ErrPINRequired", err)
	}
}

// The server gives tickets, and the caller brings a place to keep them.
func TestNoLaterConnectionDoesWithoutTheCard(t *testing.T) {
	card, id := admitted(t, "anna")
	cert, client := site(t)
	client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	server := &tls.Config{Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert}
	for n := range 2 {
		conn, seen := serveOnce(t, server)
		secure, err := smartcard.Handshake(t.Context(), conn, client, card, id)
		if err != nil {
			t.Fatalf("connection %d: %v", n+1, err)
		}
		if state := <-seen; state.DidResume {
			t.Errorf("connection %d goes on with an older one", n+1)
		}
		secure.Close()
	}
}

func TestAServerThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	card := &signer{key: cardKey()}
	id := smartcard.Identity{Certificate: &x509.Certificate{PublicKey: cardKey().Public()}}
	_, client := site(t)
	here, there := net.Pipe()
	defer there.Close()
	go func() { bufio.NewReader(there).Peek(1); stop() }() // a server that never answers
	if _, err := smartcard.Handshake(ctx, here, client, card, id); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the end of the context", err)
	}
}

// OpenSSL judges what crypto/tls on both ends could agree on by mistake.
func TestOpenSSLAcceptsTheCardOfAClient(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	for kind, person := range signingPeople {
		card, id := admitted(t, person)
		cert, client := site(t)
		conn, said := opensslServer(t, openssl, cert)
		secure, err := smartcard.Handshake(t.Context(), conn, client, card, id)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if _, err := secure.Write([]byte("hello from the card\n")); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		secure.Close()
		out := said()
		for _, want := range []string{"Peer signing digest: SHA256", "Peer signature type: RSA\n", "hello from the card"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: openssl did not say %q:\n%s", kind, want, out)
			}
		}
	}
}

// opensslServer is a connection to openssl, which asks for a citizen's card and
// takes no other; said waits for its end and returns what it printed.
func opensslServer(t *testing.T, openssl string, cert tls.Certificate) (conn net.Conn, said func() string) {
	t.Helper()
	dir := t.TempDir()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"anchors": cardsim.Anchor(),
		"cert":    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
		"key":     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), openssl, "s_server", "-unix", "socket", "-naccept", "1", "-cert", "cert", "-key", "key",
		"-Verify", "3", "-verify_return_error", "-CAfile", "anchors", "-client_sigalgs", "RSA-PSS+SHA256:RSA+SHA256")
	cmd.Dir = dir
	stdin, err := cmd.StdinPipe() // openssl would take its end for ours
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	for line := ""; !strings.HasPrefix(line, "ACCEPT"); {
		if line, err = out.ReadString('\n'); err != nil {
			t.Fatalf("waiting for openssl: %v", err)
		}
	}
	if conn, err = net.Dial("unix", filepath.Join(dir, "socket")); err != nil {
		t.Fatal(err)
	}
	return conn, func() string {
		text, _ := io.ReadAll(out)
		stdin.Close()
		cmd.Wait()
		return string(text)
	}
}
