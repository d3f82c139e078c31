package ui

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"pue/kiosk/session"
)

// ask sends one request to the pages.
func ask(u *UI, method, target, body string, header ...string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	u.Handler().ServeHTTP(w, r)
	return w.Result()
}

func welcome() *fake {
	return &fake{now: session.Snapshot{Rev: 4, Screen: session.Welcome, Line: true, Place: here}}
}

func TestThereAreFourKindsOfRequestAndNoOther(t *testing.T) {
	f := welcome()
	u := drawn(t, f)
	style, err := u.assets.address("style.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, target string
		want           int
	}{
		{"GET", "/", 200},
		{"HEAD", "/", 200},
		{"GET", style, 200},
		{"GET", "/static/style.css", 404},
		{"GET", "/static/", 404},
		{"GET", "/ui.go", 404},
		{"GET", "/touch", 405},
		{"POST", "/", 405},
		{"PUT", "/touch", 405},
		{"DELETE", "/", 405},
		{"POST", "/events", 405},
		{"GET", "/board", 404},
		{"GET", "/favicon.ico", 404},
	} {
		if got := ask(u, tt.method, tt.target, "").StatusCode; got != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.target, got, tt.want)
		}
	}
	if len(f.touched) > 0 {
		t.Errorf("the session was touched: %v", f.touched)
	}
}

func TestAnswersAreLockedDownAndPagesNeverKept(t *testing.T) {
	u := drawn(t, welcome())
	for _, target := range []string{"/", "/nowhere"} {
		h := ask(u, "GET", target, "").Header
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", target, name, got)
			}
		}
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: the policy is %q", target, policy)
		}
	}
}

func TestStaticFilesAreKeptForEverAndComeInGzipToWhoeverWantsIt(t *testing.T) {
	u := drawn(t, welcome())
	address, err := u.assets.address("pue.js")
	if err != nil {
		t.Fatal(err)
	}
	plain := ask(u, "GET", address, "")
	packed := ask(u, "GET", address, "", "Accept-Encoding", "gzip, br")
	if got := plain.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control is %q", got)
	}
	if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" {
		t.Error("the encoding is not what was asked for")
	}
}

func TestATouchReachesTheSessionAndTheBrowserGoesBackToThePage(t *testing.T) {
	f := welcome()
	got := ask(drawn(t, f), "POST", "/touch", "visit=0&screen=form&act=answer&f.comune=Borgo+Esempio&f.cap=39100&other=x")
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/" {
		t.Errorf("%d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	want := []session.Touch{{
		Screen: session.Form, Act: session.Answer, Fields: map[string]string{"comune": "Borgo Esempio", "cap": "39100"},
	}}
	if d := cmp.Diff(want, f.touched); d != "" {
		t.Error(d)
	}
}

func TestBadTouchesStayOutside(t *testing.T) {
	f := welcome()
	u := drawn(t, f)
	many := "visit=0&screen=form&act=answer"
	for i := range maxFields + 1 {
		many += "&f.x" + strings.Repeat("y", i) + "=1"
	}
	for name, tt := range map[string]struct {
		body string
		want int
	}{
		"nothing":           {"", 400},
		"no visit":          {"screen=pin&act=ok", 400},
		"no act":            {"visit=0&screen=pin", 400},
		"unknown screen":    {"visit=0&screen=admin&act=ok", 400},
		"unknown act":       {"visit=0&screen=pin&act=unlock", 400},
		"half an escape":    {"visit=0&screen=pin&act=ok%", 400},
		"long answer":       {"visit=0&screen=form&act=answer&f.a=" + strings.Repeat("x", maxValue+1), 400},
		"long name":         {"visit=0&screen=form&act=answer&f." + strings.Repeat("x", maxName+1) + "=1", 400},
		"control character": {"visit=0&screen=form&act=answer&f.a=%1B%40", 400},
		"broken UTF-8":      {"visit=0&screen=form&act=answer&f.a=%ff", 400},
		"many fields":       {many, 400},
		"long body":         {"visit=0&screen=form&act=answer&x=" + strings.Repeat("x", touchBytes), 413},
	} {
		if got := ask(u, "POST", "/touch", tt.body).StatusCode; got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	if len(f.touched) > 0 {
		t.Errorf("the session was touched: %v", f.touched)
	}
}

func TestOtherOriginsCannotTouchFetchOrEmbed(t *testing.T) {
	f := welcome()
	u := drawn(t, f)
	const touch = "visit=0&screen=welcome&act=start"
	for _, tt := range []struct {
		name, method, body string
		header             []string
		want               int
	}{
		{"our own form", "POST", touch, []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://example.com"}, 303},
		{"our own form, older browser", "POST", touch, []string{"Origin", "http://example.com"}, 303},
		{"foreign form", "POST", touch, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 403},
		{"foreign port", "POST", touch, []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate"}, 403},
		{"foreign origin", "POST", touch, []string{"Origin", "http://evil.example"}, 403},
		{"hidden origin", "POST", touch, []string{"Origin", "null"}, 403},
		{"foreign fetch", "GET", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"a link to us", "GET", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
	} {
		target := map[string]string{"GET": "/", "POST": "/touch"}[tt.method]
		if got := ask(u, tt.method, target, tt.body, tt.header...).StatusCode; got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	if len(f.touched) != 2 {
		t.Errorf("%d touches arrived, want the two of our own", len(f.touched))
	}
}

// Nothing that is touched may be logged, whatever becomes of it.
func TestTouchesLeaveNoTraceInTheLog(t *testing.T) {
	var log bytes.Buffer
	u := drawn(t, welcome(), func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	ask(u, "POST", "/touch", "visit=0&screen=pin&act=digit:7")
	ask(u, "POST", "/touch", "visit=0&screen=form&act=answer&f.iban=MARKER")
	ask(u, "POST", "/touch", "visit=0&screen=form&act=answer&f.iban=MARKER%1b")
	ask(u, "POST", "/touch", "visit=0&screen=MARKER&act=answer")
	if log.Len() > 0 {
		t.Errorf("the log says: %s", log.String())
	}
}

func TestAPageThatCannotBeDrawnIsLoggedByTheNameOfItsScreenOnly(t *testing.T) {
	var log bytes.Buffer
	f := &fake{now: session.Snapshot{Screen: session.Home}} // the session promised tiles
	u := drawn(t, f, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	got := ask(u, "GET", "/", "")
	if got.StatusCode != http.StatusInternalServerError || !strings.Contains(log.String(), "screen=home") {
		t.Errorf("status %d, log %q", got.StatusCode, log.String())
	}
}

func TestTheStreamSpeaksTheRevisionAtOnceAndAtEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := welcome()
		f.revs = make(chan uint64)
		u := drawn(t, f)
		near, far := net.Pipe()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- u.Serve(ctx, &pipeListener{conn: far, done: make(chan struct{})}) }()
		if _, err := io.WriteString(near, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(near)
		next := func(prefix string) string {
			for lines.Scan() {
				if strings.HasPrefix(lines.Text(), prefix) {
					return lines.Text()
				}
			}
			t.Fatalf("the stream ended before %q: %v", prefix, lines.Err())
			return ""
		}
		if got := next("data:"); got != "data: 4" {
			t.Errorf("first %q", got)
		}
		f.revs <- 9
		if got := next("data:"); got != "data: 9" {
			t.Errorf("then %q", got)
		}
		if got := next(":"); got != ":" { // the clock of the bubble runs to the next breath
			t.Errorf("silence is %q", got)
		}
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		_ = near.Close()
	})
}

// pipeListener hands out one connection.
type pipeListener struct {
	conn net.Conn
	done chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *pipeListener) Close() error   { close(l.done); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func FuzzTouch(f *testing.F) {
	f.Add("visit=0&screen=pin&act=digit:5")
	f.Add("visit=0&screen=form&act=answer&f.iban=IT60+X054&f.=")
	f.Add("visit=0&screen=home&act=open&value=naspi&act=open:requests")
	f.Add("f.a=%00&f.b=%ff&;&=&screen")
	f.Fuzz(func(t *testing.T, body string) {
		touch, err := parseTouch(body)
		if err != nil {
			if touch.Screen != "" || touch.Fields != nil {
				t.Error("an error and half a touch")
			}
			return
		}
		if len(touch.Fields) > maxFields || !plain(touch.Value) {
			t.Errorf("unbounded: %d fields", len(touch.Fields))
		}
		for name, v := range touch.Fields {
			if len(name) > maxName || !plain(v) {
				t.Errorf("an answer that no key types: %q", v)
			}
		}
	})
}
