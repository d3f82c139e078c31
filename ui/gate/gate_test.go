package gate

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pages stands for the daemon on a Unix socket; the returned function ends it.
func pages(t *testing.T, path string) (stop func()) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "page for %s, cookie %q", r.Host, r.Header.Get("Cookie"))
	})
	mux.HandleFunc("POST /touch", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Touch", string(body))
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: 1\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(l) }()
	stop = func() { _ = server.Close() }
	t.Cleanup(stop)
	return stop
}

// opened is a running gate before the given socket.
func opened(t *testing.T, socket string) *Gate {
	t.Helper()
	g, err := Open(Options{Socket: socket})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- g.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return g
}

func socket(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "ui.sock")
}

// browser keeps cookies and follows redirects, as a window does.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	r, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func root(g *Gate) string { return "http://" + g.listener.Addr().String() + "/" }

func TestATicketOpensTheGateOnceAndTheCookieKeepsItOpen(t *testing.T) {
	path := socket(t)
	pages(t, path)
	g := opened(t, path)
	window, thief := browser(t), browser(t)
	ticket := g.Ticket()
	code, body := get(t, window, ticket)
	if want := "page for " + g.listener.Addr().String() + `, cookie ""`; code != 200 || body != want {
		t.Errorf("got %d %q, want %q", code, body, want)
	}
	if code, _ := get(t, window, root(g)); code != 200 {
		t.Errorf("the second page: %d", code)
	}
	if code, body := get(t, thief, ticket); code != http.StatusForbidden || !strings.Contains(body, "non vale più") {
		t.Errorf("the ticket was used twice: %d %q", code, body)
	}
	if code, _ := get(t, browser(t), g.Ticket()); code != 200 {
		t.Errorf("a second ticket: %d", code)
	}
}

func TestTheCookieIsForThisGateAndForNoScript(t *testing.T) {
	path := socket(t)
	pages(t, path)
	g := opened(t, path)
	c := browser(t)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := c.Get(g.Ticket())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	cookies := r.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	if k := cookies[0]; !k.HttpOnly || k.SameSite != http.SameSiteStrictMode || k.Path != "/" || len(k.Value) < 26 || !k.Expires.IsZero() {
		t.Errorf("the cookie is %v", k)
	}
	if where := r.Header.Get("Location"); where != "/" {
		t.Errorf("the ticket stays in the address: %q", where)
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	path := socket(t)
	pages(t, path)
	g := opened(t, path)
	for name, change := range map[string]func(*http.Request){
		"no cookie":    func(*http.Request) {},
		"stale cookie": func(r *http.Request) { r.AddCookie(&http.Cookie{Name: g.cookie, Value: "OLD"}) },
		"other port":   func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "pue_1", Value: g.secret}) },
		"other host name": func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: g.cookie, Value: g.secret})
			r.Host = "evil.example"
		},
		"wrong ticket": func(r *http.Request) { r.URL.RawQuery = "ticket=AAAA" },
		"empty ticket": func(r *http.Request) { r.URL.RawQuery = "ticket=" },
	} {
		for _, where := range []string{"", "events", "touch"} {
			r, err := http.NewRequest(http.MethodGet, root(g)+where, nil)
			if err != nil {
				t.Fatal(err)
			}
			change(r)
			got, err := browser(t).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(got.Body)
			_ = got.Body.Close()
			if got.StatusCode != http.StatusForbidden || strings.Contains(string(body), "page for") {
				t.Errorf("%s at /%s: %d %q", name, where, got.StatusCode, body)
			}
		}
	}
}

func TestTouchesAndTheStreamPassThrough(t *testing.T) {
	path := socket(t)
	pages(t, path)
	g := opened(t, path)
	c := browser(t)
	get(t, c, g.Ticket())
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := c.Post(root(g)+"touch", "application/x-www-form-urlencoded", strings.NewReader("screen=welcome&act=start"))
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("X-Touch") != "screen=welcome&act=start" {
		t.Errorf("the touch became %d %q", r.StatusCode, r.Header.Get("X-Touch"))
	}
	stream, err := c.Get(root(g) + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	line, err := bufio.NewReader(stream.Body).ReadString('\n')
	if err != nil || line != "data: 1\n" {
		t.Errorf("the stream says %q, %v", line, err)
	}
}

func TestTheGateOutlivesTheDaemonAndSaysOneMoment(t *testing.T) {
	path := socket(t)
	g := opened(t, path)
	c := browser(t)
	code, body := get(t, c, g.Ticket()) // before the daemon has ever started
	if code != http.StatusServiceUnavailable || !strings.Contains(body, "Un momento") || !strings.Contains(body, `http-equiv="refresh"`) {
		t.Errorf("without a daemon: %d %q", code, body)
	}
	stop := pages(t, path)
	if code, _ := get(t, c, root(g)); code != 200 {
		t.Errorf("with the daemon: %d", code)
	}
	stop()
	if code, _ := get(t, c, root(g)); code != http.StatusServiceUnavailable {
		t.Errorf("after the daemon: %d", code)
	}
	_ = os.Remove(path)
	pages(t, path)
	if code, _ := get(t, c, root(g)); code != 200 {
		t.Errorf("with the next daemon: %d", code)
	}
}

func TestTheGateOpensOnLoopbackOnly(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "localhost:0", "nonsense"} {
		if _, err := Open(Options{Socket: "x", Listen: listen}); err == nil {
			t.Errorf("it opened on %q", listen)
		}
	}
}

func TestRunSaysWhereAndEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	ready := make(chan string, 1)
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, Options{Socket: socket(t), Ready: func(url string) { ready <- url }}) }()
	if url := <-ready; !strings.HasPrefix(url, "http://127.0.0.1:") || !strings.Contains(url, "/?ticket=") {
		t.Errorf("ready at %q", url)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestThePlainPagesAllowTheirOwnStyleAndNothingElse(t *testing.T) {
	for _, p := range []plainPage{waiting, closed} {
		if !strings.Contains(p.policy, "default-src 'none'") || !strings.Contains(p.policy, "style-src 'sha256-") {
			t.Errorf("the policy is %q", p.policy)
		}
		if strings.Contains(p.html, "<script") || !strings.Contains(p.html, `lang="de"`) {
			t.Error("a plain page with a script, or in one language only")
		}
	}
}
