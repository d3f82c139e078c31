package trust_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pue/devices/smartcard"
	"pue/devices/smartcard/trust"
)

// office is an authority that openssl runs, with its responder and its list on
// the loopback.
type office struct {
	t   *testing.T
	dir string
	web *httptest.Server
}

const officeConfig = `[ca]
default_ca = office
[office]
dir = .
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
serial = serial
crlnumber = crlnumber
default_md = sha256
default_days = 30
default_crl_days = 7
policy = any
x509_extensions = card
[any]
commonName = supplied
[card]
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
certificatePolicies = 1.3.76.47.4
crlDistributionPoints = URI:WEB/list.crl
authorityInfoAccess = OCSP;URI:WEB/ocsp
[responder]
extendedKeyUsage = OCSPSigning
[req]
distinguished_name = nothing
[nothing]
`

func newOffice(t *testing.T) *office {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("there is no openssl")
	}
	o := &office{t: t, dir: t.TempDir()}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /ocsp", o.answer)
	routes.HandleFunc("GET /list.crl", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join(o.dir, "list.crl")) })
	o.web = httptest.NewServer(routes)
	t.Cleanup(o.web.Close)
	for name, content := range map[string]string{
		"config": strings.ReplaceAll(officeConfig, "WEB", o.web.URL), "index.txt": "", "serial": "01\n", "crlnumber": "01\n",
	} {
		write(t, o.dir, name, []byte(content))
	}
	o.run("req", "-x509", "-config", "config", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Office", "-days", "60",
		"-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
	o.issue("card", "card")
	o.issue("responder", "responder")
	o.list()
	return o
}

func (o *office) run(args ...string) {
	o.t.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Dir = o.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		o.t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
	}
}

func (o *office) issue(name, extensions string) {
	o.t.Helper()
	o.run("req", "-new", "-config", "config", "-newkey", "rsa:2048", "-nodes", "-keyout", name+".key", "-out", name+".csr", "-subj", "/CN="+name)
	o.run("ca", "-batch", "-config", "config", "-extensions", extensions, "-in", name+".csr", "-out", name+".pem", "-notext")
}

func (o *office) list() {
	o.t.Helper()
	o.run("ca", "-config", "config", "-gencrl", "-out", "list.pem")
	o.run("crl", "-in", "list.pem", "-outform", "DER", "-out", "list.crl")
}

// answer has openssl read the question and write the answer.
func (o *office) answer(w http.ResponseWriter, r *http.Request) {
	question, err := io.ReadAll(r.Body)
	if err == nil {
		err = os.WriteFile(filepath.Join(o.dir, "question"), question, 0o600)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	cmd := exec.CommandContext(r.Context(), "openssl", "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "responder.pem", "-rkey", "responder.key",
		"-reqin", "question", "-respout", "answer", "-ndays", "1")
	cmd.Dir = o.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		o.t.Errorf("openssl ocsp: %v\n%s", err, out)
	}
	http.ServeFile(w, r, filepath.Join(o.dir, "answer"))
}

// anywhere reaches the loopback too, where the office is.
func anywhere(netip.Addr) bool { return true }

func (o *office) revocations(client *http.Client) *trust.Revocations {
	o.t.Helper()
	r, err := trust.OpenRevocations(trust.RevocationOptions{
		Anchors: anchors(o.t, readPEM(o.t, filepath.Join(o.dir, "ca.pem"))), Folder: o.t.TempDir(),
		Client: client, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(r.Close)
	return r
}

func TestOpenSSLsAnswersAndListsAreUnderstood(t *testing.T) {
	o := newOffice(t)
	card := readPEM(t, filepath.Join(o.dir, "card.pem"))
	listOnly := *card // the same certificate, for who reads no responder's address
	listOnly.OCSPServer = nil
	answerOnly := *card
	answerOnly.CRLDistributionPoints = nil
	client := trust.Client(new(net.Dialer).DialContext, anywhere)
	for _, step := range []struct {
		happens func()
		want    smartcard.RevocationState
	}{
		{func() {}, smartcard.RevocationGood},
		{func() {
			o.run("ca", "-config", "config", "-revoke", "card.pem", "-crl_reason", "keyCompromise")
			o.list()
		}, smartcard.RevocationRevoked},
	} {
		step.happens()
		if got := o.revocations(client).Check(t.Context(), &answerOnly); got.State != step.want || got.By != "ocsp" || time.Since(got.CheckedAt) > time.Hour {
			t.Errorf("responder: %+v, want %s", got, step.want)
		}
		if got := o.revocations(client).Check(t.Context(), &listOnly); got.State != step.want || got.By != "crl" || time.Since(got.CheckedAt) > time.Hour {
			t.Errorf("list: %+v, want %s", got, step.want)
		}
	}
}

func TestACertificateDoesNotMakeTheTerminalKnockAtItsNeighbours(t *testing.T) {
	o := newOffice(t)
	dialled := 0
	client := trust.Client(func(context.Context, string, string) (net.Conn, error) { dialled++; return nil, net.ErrClosed }, trust.Public)
	if got := o.revocations(client).Check(t.Context(), readPEM(t, filepath.Join(o.dir, "card.pem"))); got != unknown || dialled != 0 {
		t.Errorf("%+v after %d connections", got, dialled)
	}
}
