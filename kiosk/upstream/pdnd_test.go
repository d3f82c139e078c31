package upstream_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// withPDND is a client of the PDND in dir, whose vouchers come from url.
func withPDND(t *testing.T, dir, url string) func(*upstream.Options) {
	t.Helper()
	c := provisionPDND(t, dir)
	block, _ := pem.Decode(readFile(t, c.KeyFile))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *upstream.Options) {
		o.PDND = &upstream.PDND{
			TokenURL: url + upstreamsim.PDNDPath, Audience: upstreamsim.PDNDAudience,
			ClientID: c.ID, KeyID: c.KeyID, Key: key, PurposeID: c.PurposeID,
		}
	}
}

// provisionPDND gives dir a client of the PDND with a key that is there: to make
// one takes long.
func provisionPDND(t *testing.T, dir string) upstreamsim.PDNDClient {
	t.Helper()
	key := readFile(t, "testdata/exchanges/side/terminal-key.pem")
	if err := os.WriteFile(dir+"/pdnd-key.pem", key, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := upstreamsim.ProvisionPDND(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newPDNDRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	if err := upstreamsim.Provision(dir, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	provisionPDND(t, dir)
	sim, err := upstreamsim.New(upstreamsim.Options{Dir: dir, Anchors: cardAnchors(t)})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{dir: dir, sim: sim, url: serve(t, sim)}
	r.client = newClient(t, dir, r.url, withPDND(t, dir, r.url))
	return r
}

func TestWithVouchersOfThePDNDEverythingWorksAsWithout(t *testing.T) {
	r := newPDNDRig(t)
	if err := r.client.Reachable(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, officer := range []string{"", "F-03"} {
		token := logIn(t, r.client, insert(t, "carla"), officer)
		if _, err := r.client.Statement(t.Context(), token, ""); err != nil {
			t.Errorf("officer %q: %v", officer, err)
		}
		if err := r.client.Revoke(t.Context(), token); err != nil {
			t.Errorf("officer %q: %v", officer, err)
		}
	}
	if conf, err := r.client.Send(t.Context(), pack(t, r.client, 1)); err != nil || conf.Protocol == "" || len(r.sim.Filed()) != 1 {
		t.Errorf("%+v, %v", conf, err)
	}
	r.sim.SetSigning(upstreamsim.Unsigned)
	if _, err := r.client.Ask(t.Context(), pack(t, r.client, 1)); meaning(err) != "unknown" {
		t.Errorf("not signed: %v", err)
	}
}

// pdnd is a PDND that gives what it is told, behind the reference side's own
// certificate; INPS behind it takes everything.
type pdnd struct {
	given  int
	claims func(map[string]any) // changes the voucher that would be right
	header map[string]any
	answer func(w http.ResponseWriter) bool // answers in place of the PDND
	life   int
}

func (p *pdnd) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(unsignedMark, "yes")
	if p.answer != nil && p.answer(w) {
		return
	}
	p.given++
	asked := claimsOf(r.PostFormValue("client_assertion"))
	claims := map[string]any{
		"aud": "https://" + r.Host, "exp": time.Now().Add(10 * time.Minute).Unix(),
		"client_id": asked["iss"], "purposeId": asked["purposeId"],
	}
	if d, ok := asked["digest"]; ok {
		claims["digest"] = d
	}
	if p.claims != nil {
		p.claims(claims)
	}
	header := map[string]any{"typ": "at+jwt", "alg": "ES256"}
	maps.Copy(header, p.header)
	life := p.life
	if life == 0 {
		life = 600
	}
	w.Header().Set("Content-Type", jsonType)
	json.NewEncoder(w).Encode(map[string]any{
		"access_token": part(header) + "." + part(claims) + ".c2lnbmF0dXJl", "token_type": "Bearer", "expires_in": life,
	})
}

func part(v any) string {
	data, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(data)
}

// client speaks with a hostile INPS that says it is up, or h.
func (p *pdnd) client(t *testing.T, h http.HandlerFunc) *upstream.Client {
	t.Helper()
	if h == nil {
		h = answering(200, jsonType, `{"status":"up"}`)
	}
	client, _ := hostileWith(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == upstreamsim.PDNDPath {
			p.serve(w, r)
			return
		}
		h(w, r)
	}, signer{pdnd: true})
	return client
}

func TestAVoucherThatIsNotTheOneAskedForIsNotUsed(t *testing.T) {
	for name, p := range map[string]*pdnd{
		"for another service": {claims: func(c map[string]any) { c["aud"] = "https://other.example" }},
		"of another client":   {claims: func(c map[string]any) { c["client_id"] = "x" }},
		"for another purpose": {claims: func(c map[string]any) { c["purposeId"] = "x" }},
		"over":                {claims: func(c map[string]any) { c["exp"] = time.Now().Unix() }},
		"of another evidence": {claims: func(c map[string]any) {
			c["digest"] = map[string]any{"alg": "SHA256", "value": strings.Repeat("0", 64)}
		}},
		"without its evidence":   {claims: func(c map[string]any) { delete(c, "digest") }},
		"of another type":        {header: map[string]any{"typ": "dpop+jwt"}},
		"of a second":            {life: 1},
		"no JWT":                 {answer: says(200, `{"access_token":"K7QZP3M2V6TADXW4NLR5YJHB2C","token_type":"Bearer","expires_in":600}`)},
		"for a proof":            {answer: says(200, `{"access_token":"a.b.c","token_type":"DPoP","expires_in":600}`)},
		"a page":                 {answer: says(200, portal)},
		"a page of no use":       {answer: says(404, portal)},
		"a redirect elsewhere":   {answer: says(302, portal)},
		"a connection that ends": {answer: func(http.ResponseWriter) bool { panic(http.ErrAbortHandler) }},
	} {
		inps := 0
		client := p.client(t, func(http.ResponseWriter, *http.Request) { inps++ })
		if _, err := client.Send(t.Context(), pack(t, client, 1)); meaning(err) != "no-line" || inps != 0 {
			t.Errorf("%s: %v, INPS was asked %d times", name, err, inps)
		}
	}
}

func says(status int, body string) func(http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(status)
		io.WriteString(w, body)
		return true
	}
}

func TestWhatThePDNDRefusesIsTheTerminalsTroubleAndNotTheSubmissions(t *testing.T) {
	for answer, want := range map[string]string{
		`401 {"error":"invalid_client"}`:          "paused",
		`400 {"error":"invalid_grant"}`:           "paused",
		`400 {"error":"invalid_scope"}`:           "paused",
		`400 {"error":"invalid_request"}`:         "paused",
		`400 {"error":"unsupported_grant_type"}`:  "paused",
		`500 {"error":"server_error"}`:            "busy",
		`503 {"error":"temporarily_unavailable"}`: "busy",
		`429 slow down`:                           "busy",
	} {
		var status int
		fmt.Sscanf(answer, "%d", &status)
		client := (&pdnd{answer: says(status, answer[4:])}).client(t, nil)
		_, err := client.Send(t.Context(), pack(t, client, 1))
		if meaning(err) != want {
			t.Errorf("%s: %v", answer, err)
		}
		var paused *outbox.PausedError
		if errors.As(err, &paused) && paused.Reason != "voucher" {
			t.Errorf("%s: reason %q", answer, paused.Reason)
		}
	}
}

func TestAVoucherServesManyRequestsOfOneUser(t *testing.T) {
	p := &pdnd{}
	evidence := map[string]int{}
	client := p.client(t, func(w http.ResponseWriter, r *http.Request) {
		evidence[r.Header.Get("Agid-JWT-TrackingEvidence")]++
		answering(200, jsonType, `{"status":"up"}`)(w, r)
	})
	for range 3 {
		if err := client.Reachable(t.Context()); err != nil {
			t.Fatal(err)
		}
		client.Ask(t.Context(), pack(t, client, 1))
	}
	if p.given != 2 || len(evidence) != 2 || evidence[""] != 3 {
		t.Errorf("%d vouchers, %d evidences", p.given, len(evidence))
	}
}

func TestAVoucherThatINPSDoesNotTakeIsReplaced(t *testing.T) {
	p := &pdnd{}
	client := p.client(t, answering(401, problemType, `{"type":"urn:pue:problem:terminal-signature"}`))
	for range 2 {
		if client.Reachable(t.Context()) == nil {
			t.Fatal("reachable")
		}
	}
	if p.given != 2 {
		t.Errorf("%d vouchers", p.given)
	}
}

func TestAProvisioningOfThePDNDThatCannotWorkIsNamed(t *testing.T) {
	r := newRig(t)
	good := withPDND(t, r.dir, r.url)
	for want, change := range map[string]func(*upstream.PDND){
		"https://host/path":  func(p *upstream.PDND) { p.TokenURL = "http://pdnd.example/token" },
		"without audience":   func(p *upstream.PDND) { p.Audience = "" },
		"client, key or pur": func(p *upstream.PDND) { p.PurposeID = "" },
		"not RSA":            func(p *upstream.PDND) { p.Key = nil },
	} {
		o := options(t, r.dir, r.url)
		good(&o)
		change(o.PDND)
		if _, err := upstream.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Without a voucher INPS cannot be asked for the time, so that the PDND's answer
// has to tell it; else a clock that is off reads as a key that nobody knows.
func TestAClockThatIsOffIsNamedThoughThePDNDGivesNothing(t *testing.T) {
	for _, off := range []time.Duration{-time.Hour, time.Hour} {
		r := newPDNDRig(t)
		r.sim.SetClock(off)
		if err := r.client.Reachable(t.Context()); !errors.Is(err, upstream.ErrClock) || meaning(err) != "no-line" {
			t.Errorf("%s off: %v", off, err)
		}
		if _, err := r.client.Send(t.Context(), pack(t, r.client, 1)); !errors.Is(err, upstream.ErrClock) || meaning(err) != "no-line" {
			t.Errorf("%s off: %v", off, err)
		}
		r.sim.SetClock(0)
		if err := r.client.Reachable(t.Context()); err != nil {
			t.Errorf("the clock is right again: %v", err)
		}
	}
}
