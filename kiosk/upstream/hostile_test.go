package upstream_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
	"pue/kiosk/upstream/upstreamsim"
)

// hostile is a server with INPS's own certificate and key, and whatever manners
// the handler has.
func hostile(t *testing.T, h http.HandlerFunc, change ...func(*upstream.Options)) (*upstream.Client, string) {
	t.Helper()
	return hostileWith(t, h, signer{}, change...)
}

func hostileWith(t *testing.T, h http.HandlerFunc, sign signer, change ...func(*upstream.Options)) (*upstream.Client, string) {
	t.Helper()
	dir := t.TempDir()
	if err := upstreamsim.Provision(dir, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(dir+"/inps/server.pem", dir+"/inps/server-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	sign.t, sign.dir = t, dir
	s := httptest.NewUnstartedServer(sign.wrap(h))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	if sign.pdnd {
		change = append(change, withPDND(t, dir, s.URL))
	}
	return newClient(t, dir, s.URL, change...), dir
}

// answering gives every request the same answer.
func answering(status int, media, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		if media != "" {
			w.Header().Set("Content-Type", media)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
	portal      = `<!doctype html><title>Benvenuti nella rete ospiti</title><p>Accetti le condizioni.`
)

// meaning names the outbox error that err is, and finds more than one.
func meaning(err error) string {
	var names []string
	var busy *outbox.BusyError
	var refused *outbox.RefusedError
	var paused *outbox.PausedError
	for name, is := range map[string]bool{
		"no-line": errors.Is(err, outbox.ErrNoLine), "unknown": errors.Is(err, outbox.ErrUnknownOutcome),
		"processing": errors.Is(err, outbox.ErrProcessing), "not-known": errors.Is(err, outbox.ErrNotKnown),
		"busy": errors.As(err, &busy), "refused": errors.As(err, &refused), "paused": errors.As(err, &paused),
	} {
		if is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, "+")
}

// publicKeyOf is the public key of a certificate, in a file of its own.
func publicKeyOf(t *testing.T, path string) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(readCertificate(t, path).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestEveryAnswerHasOneMeaningForASubmission(t *testing.T) {
	problem := func(key string) string { return `{"type":"urn:pue:problem:` + key + `"}` }
	for _, c := range []struct {
		name      string
		h         http.HandlerFunc
		send, ask string
	}{
		{"captive portal", answering(200, "text/html", portal), "unknown", "unknown"},
		{"portal that redirects", answering(302, "text/html", portal, "Location", "/elsewhere"), "unknown", "unknown"},
		{"redirect that keeps the body", answering(307, "", "", "Location", "/elsewhere"), "unknown", "unknown"},
		{"200 in place of 202", answering(200, jsonType, `{}`), "unknown", "unknown"},
		{"JSON called text", answering(200, "text/plain", `{}`), "unknown", "unknown"},
		{"gateway's 404", answering(404, "text/html", portal), "unknown", "unknown"},
		{"problem 404 of another type", answering(404, problemType, problem("no-such-path")), "paused", "unknown"},
		{"not known", answering(404, problemType, problem("not-known")), "paused", "not-known"},
		{"not known, but HTML", answering(404, "text/html", problem("not-known")), "unknown", "unknown"},
		{"an operation that was retired", answering(410, problemType, problem("retired")), "paused", "unknown"},
		{"400 of a proxy", answering(400, "text/plain", "Bad Request"), "unknown", "unknown"},
		{"422", answering(422, problemType, problem("schema")), "refused", "unknown"},
		{"422 with a nonsense type", answering(422, problemType, problem("RSSMRA80A01H501U")), "unknown", "unknown"},
		{"408", answering(408, problemType, problem("timeout")), "unknown", "unknown"},
		{"425", answering(425, problemType, problem("early")), "busy", "busy"},
		{"429", answering(429, problemType, problem("quota")), "busy", "busy"},
		{"503", answering(503, problemType, problem("busy")), "busy", "busy"},
		{"503 of a gateway", answering(503, "text/html", portal), "unknown", "busy"},
		{"429 of a gateway", answering(429, "text/plain", "slow down"), "unknown", "busy"},
		{"429 of a gateway that speaks RFC 9457", answering(429, problemType, `{"type":"https://gateway.example/quota"}`), "unknown", "busy"},
		{"503 of a gateway with a time", answering(503, "text/html", portal, "Retry-After", "3600"), "busy+unknown", "busy"},
		{"503 without a body, with a time", answering(503, "", "", "Retry-After", "3600"), "busy+unknown", "busy"},
		{"429 of a gateway in JSON, with a time", answering(429, jsonType, `{"error":"slow"}`, "Retry-After", "3600"), "busy+unknown", "busy"},
		{"503 that speaks RFC 9457, with a time", answering(503, problemType, `{"type":"about:blank"}`, "Retry-After", "3600"), "busy+unknown", "busy"},
		{"413 of a gateway with a time", answering(413, "text/html", portal, "Retry-After", "3600"), "unknown", "unknown"},
		{"422 of a gateway that speaks JSON", answering(422, jsonType, `{"error":"inspection"}`), "unknown", "unknown"},
		{"500", answering(500, problemType, problem("ledger")), "unknown", "unknown"},
		{"502", answering(502, "text/html", portal), "unknown", "unknown"},
		{"401", answering(401, problemType, problem("terminal-certificate")), "paused", "paused"},
		{"403", answering(403, problemType, problem("terminal-unknown")), "paused", "paused"},
		{"401 of a gateway", answering(401, "", ""), "unknown", "paused"},
		{"403 of a gateway", answering(403, "text/html", portal), "unknown", "paused"},
		{"403 of a gateway that speaks JSON", answering(403, jsonType, `{"error":"forbidden"}`), "unknown", "paused"},
		{"state of another", answering(200, jsonType, `{"id":"x","state":"filed"}`), "unknown", "unknown"},
		{"cut body", answering(200, jsonType, `{}`, "Content-Length", "100"), "unknown", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := hostile(t, c.h)
			p := pack(t, client, 1)
			if _, err := client.Send(t.Context(), p); meaning(err) != c.send {
				t.Errorf("send: %q, want %q: %v", meaning(err), c.send, err)
			}
			if _, err := client.Ask(t.Context(), p); meaning(err) != c.ask {
				t.Errorf("ask: %q, want %q: %v", meaning(err), c.ask, err)
			}
		})
	}
}

// What INPS has said that it has must never be sent again without asking,
// whatever comes of the first question about it.
func TestAfterINPSHasSaidThatItHasASubmissionNothingTakesThatBack(t *testing.T) {
	problem := func(key string) string { return `{"type":"urn:pue:problem:` + key + `"}` }
	state := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			answering(200, jsonType, fmt.Sprintf(`{"id":%q,"state":%q,"reason":"other"}`, strings.Split(r.URL.Path, "/")[2], s))(w, r)
		}
	}
	for said, receipt := range map[string]http.HandlerFunc{
		"202": answering(202, jsonType, `{}`),
		"409": answering(409, problemType, problem("other-body")),
	} {
		for _, c := range []struct {
			name string
			ask  http.HandlerFunc
			want string
		}{
			{"401", answering(401, problemType, problem("terminal-certificate")), "unknown"},
			{"403", answering(403, problemType, problem("terminal-unknown")), "unknown"},
			{"403 of a gateway", answering(403, "text/html", portal), "unknown"},
			{"429", answering(429, problemType, problem("quota")), "busy+unknown"},
			{"503", answering(503, problemType, problem("busy")), "busy+unknown"},
			{"500", answering(500, problemType, problem("ledger")), "unknown"},
			{"not known", answering(404, problemType, problem("not-known")), "unknown"},
			{"portal", answering(200, "text/html", portal), "unknown"},
			{"processing", state("processing"), "processing"},
			{"refused", state("refused"), "refused"},
		} {
			t.Run(said+", then "+c.name, func(t *testing.T) {
				client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodPost {
						receipt(w, r)
						return
					}
					c.ask(w, r)
				})
				if _, err := client.Send(t.Context(), pack(t, client, 1)); meaning(err) != c.want {
					t.Errorf("got %q, want %q: %v", meaning(err), c.want, err)
				}
			})
		}
		t.Run(said+", then no line", func(t *testing.T) {
			dials := 0
			client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Connection", "close")
				receipt(w, r)
			}, func(o *upstream.Options) {
				o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					if dials++; dials > 1 {
						return nil, errBroken
					}
					return (&net.Dialer{}).DialContext(ctx, network, addr)
				}
			})
			if _, err := client.Send(t.Context(), pack(t, client, 1)); meaning(err) != "unknown" || dials != 2 {
				t.Errorf("got %q after %d dials: %v", meaning(err), dials, err)
			}
		})
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	for _, c := range []struct {
		header   string
		from, to time.Duration
	}{
		{"120", 120 * time.Second, 120 * time.Second},
		{time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 58 * time.Minute, time.Hour},
		{"0", time.Second, time.Second},
		{time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), time.Second, time.Second},
		{"", time.Minute, time.Minute},
		{"soon", time.Minute, time.Minute},
		{"-5", time.Minute, time.Minute},
		{"2000000000", 24 * time.Hour, 24 * time.Hour},
		{"99999999999999999999", time.Minute, time.Minute},
	} {
		client, _ := hostile(t, answering(503, problemType, `{}`, "Retry-After", c.header))
		var busy *outbox.BusyError
		if err := client.Reachable(t.Context()); !errors.As(err, &busy) || busy.After < c.from || busy.After > c.to {
			t.Errorf("%q: %v", c.header, err)
		}
	}
}

func TestTheTimeAGatewayAsksForIsCarriedThoughTheOutcomeIsUnknown(t *testing.T) {
	receipt := answering(202, jsonType, `{}`)
	later := answering(503, "text/html", portal, "Retry-After", "3600")
	for name, h := range map[string]http.HandlerFunc{
		"instead of a receipt": later,
		"after the receipt": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				receipt(w, r)
				return
			}
			later(w, r)
		},
	} {
		client, _ := hostile(t, h)
		var busy *outbox.BusyError
		_, err := client.Send(t.Context(), pack(t, client, 1))
		if !errors.Is(err, outbox.ErrUnknownOutcome) || !errors.As(err, &busy) || busy.After != time.Hour {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What stands in an error goes into the log, and the reason goes on the disk, to
// the board and into the audit record.
func TestNoWordThatINPSIsFreeToChooseGetsIntoAnError(t *testing.T) {
	const word = "ap70-gia-presentata"
	problem := `{"type":"urn:pue:problem:` + word + `"}`
	refused := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			answering(202, jsonType, `{}`)(w, r)
			return
		}
		answering(200, jsonType, fmt.Sprintf(`{"id":%q,"state":"refused","reason":%q}`, strings.Split(r.URL.Path, "/")[2], word))(w, r)
	}
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want string
	}{
		"a refusal":                 {answering(422, problemType, problem), "refused"},
		"a refusal after a receipt": {refused, "refused"},
		"a refusal of the terminal": {answering(403, problemType, problem), "paused"},
		"an operation that is not":  {answering(404, problemType, problem), "paused"},
		"a media type":              {answering(422, "application/vnd."+word+"+json", "{}"), "unknown"},
		"a state":                   {answering(200, jsonType, `{"id":"x","state":"`+word+`"}`), "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := hostile(t, c.h)
			p := pack(t, client, 1)
			_, sent := client.Send(t.Context(), p)
			_, asked := client.Ask(t.Context(), p)
			for _, err := range []error{sent, asked} {
				if err == nil || strings.Contains(err.Error(), word) {
					t.Errorf("got %v", err)
				}
			}
			if meaning(sent) != c.want {
				t.Errorf("send: %q, want %q", meaning(sent), c.want)
			}
			var refused *outbox.RefusedError
			if errors.As(sent, &refused) && refused.Reason != outbox.RefusedOther {
				t.Errorf("reason %q, want other", refused.Reason)
			}
			var paused *outbox.PausedError
			if errors.As(sent, &paused) && paused.Reason != "other" {
				t.Errorf("reason %q, want other", paused.Reason)
			}
		})
	}
}

func TestTheReferenceSidesQuotaIsUnderstood(t *testing.T) {
	r := newRig(t)
	r.sim.SetQuota(time.Hour)
	var busy *outbox.BusyError
	_, err := r.client.Send(t.Context(), pack(t, r.client, 1))
	if !errors.As(err, &busy) || busy.After > time.Hour+time.Second || busy.After < 58*time.Minute {
		t.Errorf("got %v", err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	var followed atomic.Int32
	client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			followed.Add(1)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	carla := insert(t, "carla")
	if err := client.Reachable(t.Context()); err == nil {
		t.Error("reachable")
	}
	if _, err := client.LogIn(t.Context(), carla.Identity, carla, ""); !errors.Is(err, upstream.ErrContract) {
		t.Errorf("log-in: %v", err)
	}
	if _, err := client.Send(t.Context(), pack(t, client, 1)); err == nil {
		t.Error("sent")
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("%d redirects followed", n)
	}
}

func TestABodyWithoutEndIsNotReadToItsEnd(t *testing.T) {
	const tooMuch = 64 << 20
	var wrote atomic.Int64
	client, _ := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		chunk := make([]byte, 64<<10)
		for wrote.Load() < 4*tooMuch { // "without end", as far as a test machine goes
			n, err := w.Write(chunk)
			wrote.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	if err := client.Reachable(t.Context()); !errors.Is(err, upstream.ErrContract) {
		t.Errorf("status: %v", err)
	}
	if _, err := client.Send(t.Context(), pack(t, client, 1)); meaning(err) != "unknown" {
		t.Errorf("send: %v", err)
	}
	if n := wrote.Load(); n > tooMuch {
		t.Errorf("read on for %d MiB", n>>20)
	}
}

func TestAServerThatNeverAnswersLeavesTheOutcomeUnknown(t *testing.T) {
	arrived := make(chan struct{}, 2)
	client, _ := hostile(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	p := pack(t, client, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := client.Send(ctx, p); meaning(err) != "unknown" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAStatementThatCannotBeTrueIsNotShown(t *testing.T) {
	const asOf = `"as_of":"2026-11-22T09:00:00Z"`
	for name, body := range map[string]string{
		"another person":   `{"subject":"PRVDNI85C15X999U","periods":[],` + asOf + `}`,
		"nobody":           `{"subject":"","periods":[],` + asOf + `}`,
		"no date":          `{"periods":[]}`,
		"future":           `{"periods":[],"as_of":"2126-01-01T00:00:00Z"}`,
		"weeks":            `{"periods":[{"year":2012,"from":"2012-01-01","to":"2012-12-31","kind":"employee","weeks":54}],` + asOf + `}`,
		"negative":         `{"periods":[{"year":2012,"from":"2012-01-01","to":"2012-12-31","kind":"employee","weeks":-1}],` + asOf + `}`,
		"year":             `{"periods":[{"year":1812,"from":"1812-01-01","to":"1812-12-31","kind":"employee","weeks":1}],` + asOf + `}`,
		"two years":        `{"periods":[{"year":2012,"from":"2012-01-01","to":"2013-12-31","kind":"employee","weeks":1}],` + asOf + `}`,
		"backwards":        `{"periods":[{"year":2012,"from":"2012-12-31","to":"2012-01-01","kind":"employee","weeks":1}],` + asOf + `}`,
		"no date at all":   `{"periods":[{"year":2012,"from":"x","to":"y","kind":"employee","weeks":1}],` + asOf + `}`,
		"kind":             `{"periods":[{"year":2012,"from":"2012-01-01","to":"2012-12-31","kind":"idle","weeks":1}],` + asOf + `}`,
		"escape sequences": `{"periods":[{"year":2012,"from":"2012-01-01","to":"2012-12-31","kind":"employee","employer":"\u001b@","weeks":1}],` + asOf + `}`,
		"out of order": `{"periods":[{"year":2013,"from":"2013-01-01","to":"2013-12-31","kind":"employee","weeks":1},` +
			`{"year":2012,"from":"2012-01-01","to":"2012-12-31","kind":"employee","weeks":1}],` + asOf + `}`,
		"too many": `{"periods":[{}` + strings.Repeat(`,{}`, 2000) + `],` + asOf + `}`,
		"not JSON": `RSSMRA80A01H501U`,
	} {
		if name != "another person" {
			body = strings.Replace(body, "{", `{"subject":"PRVCRL63P41X999U",`, 1)
		}
		client, _ := hostile(t, statementServer(body))
		token := logIn(t, client, insert(t, "carla"), "")
		_, err := client.Statement(t.Context(), token, "")
		if !errors.Is(err, upstream.ErrContract) || meaning(err) != "" {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "RSSMRA") {
			t.Errorf("%s: the error quotes the body", name)
		}
	}
}

// statementServer logs everybody in and answers with this statement.
func statementServer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		switch r.URL.Path {
		case "/auth/challenge":
			io.WriteString(w, `{"nonce":"K7QZP3M2V6TADXW4NLR5YJHB2C","expires_in":120}`)
		case "/auth/token":
			io.WriteString(w, `{"access_token":"N4XQ7TZ2KPVB6MDAJH3RLWYC5E","token_type":"Bearer","expires_in":900}`)
		default:
			io.WriteString(w, body)
		}
	}
}

func TestATokenThatCouldBreakAHeaderIsRefused(t *testing.T) {
	for _, token := range []string{"short", "with space in the middle", `new\r\nline-in-the-middle`, ""} {
		client, _ := hostile(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			if r.URL.Path == "/auth/challenge" {
				io.WriteString(w, `{"nonce":"K7QZP3M2V6TADXW4NLR5YJHB2C","expires_in":120}`)
				return
			}
			io.WriteString(w, `{"access_token":"`+token+`","token_type":"Bearer","expires_in":900}`)
		})
		carla := insert(t, "carla")
		if _, err := client.LogIn(t.Context(), carla.Identity, carla, ""); !errors.Is(err, upstream.ErrContract) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

func TestAProvisioningThatCannotWorkIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := upstreamsim.Provision(dir, terminal, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*upstream.Options){
		"https://host/path":     func(o *upstream.Options) { o.URL = "http://inps.example" },
		"form https":            func(o *upstream.Options) { o.URL = "https://inps.example?x=1" },
		"device certificate":    func(o *upstream.Options) { o.Certificate = tls.Certificate{} },
		"anchors":               func(o *upstream.Options) { o.CA = nil },
		"no sealing key":        func(o *upstream.Options) { o.SealingKeys = nil },
		"sealing key 2":         func(o *upstream.Options) { o.SealingKeys[1].PEM = []byte("x") },
		"not a PEM public key":  func(o *upstream.Options) { o.SealingKeys[0].PEM = readFile(t, dir+"/ca.pem") },
		"not an X25519 key":     func(o *upstream.Options) { o.SealingKeys[0].PEM = publicKeyOf(t, dir+"/ca.pem") },
		"before it begins":      func(o *upstream.Options) { o.SealingKeys[0].Until = o.SealingKeys[0].From },
		"the same as another":   func(o *upstream.Options) { o.SealingKeys[1].PEM = o.SealingKeys[0].PEM },
		"check confirmations":   func(o *upstream.Options) { o.Confirmation = nil },
		"neither a P-256":       func(o *upstream.Options) { o.Confirmation = &x509.Certificate{PublicKey: crypto.PublicKey("x")} },
		`terminal id "" is not`: func(o *upstream.Options) { o.Terminal = "" },
		`ISTAT code "1272"`:     func(o *upstream.Options) { o.ISTAT = "1272" },
	} {
		o := options(t, dir, "https://inps.example")
		change(&o)
		if _, err := upstream.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
