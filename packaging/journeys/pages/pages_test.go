// Package pages looks at every page of the terminal with the eyes of a browser
// engine: is it accessible, does it fit on the screen, can keys alone walk it.
package pages

import (
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pue/packaging/journeys/browser"
)

const tree = "../../.."

// library is every story of package ui, drawn for two screens in nine manners.
type library struct {
	dir    string
	server *httptest.Server
}

// openLibrary has the stories drawn by package ui's own tests and serves them.
func openLibrary(t *testing.T) *library {
	t.Helper()
	dir := t.TempDir()
	draw := exec.Command("go", "test", "-C", tree, "-count=1", "-run", "^TestStoriesCanBeTakenElsewhere$", "./ui", "-args", "-elsewhere", dir)
	if out, err := draw.CombinedOutput(); err != nil {
		t.Fatalf("drawing the stories: %v\n%s", err, out)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		<-r.Context().Done() // nothing ever changes
	})
	mux.HandleFunc("POST /touch", func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done() // a page that finds no camera says so, and nothing comes of it
	})
	mux.HandleFunc("GET /picture/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		_ = jpeg.Encode(w, image.NewGray(image.Rect(0, 0, 1240, 1754)), nil) // a page of A4
	})
	l := &library{dir: dir, server: httptest.NewServer(mux)}
	t.Cleanup(func() { l.server.CloseClientConnections(); l.server.Close() })
	return l
}

// pages are the stories of one screen in one manner, as addresses under it.
func (l *library) pages(t *testing.T, screen, manner string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(l.dir, screen, manner, "*.html"))
	if err != nil || len(found) < 43 { // there are that many screens alone
		t.Fatalf("%d stories for %s %s: %v", len(found), screen, manner, err)
	}
	for i := range found {
		found[i] = strings.TrimPrefix(found[i], l.dir)
	}
	return found
}

// browse opens a browser with a screen of this size on the library.
func (l *library) browse(t *testing.T, width, height int) *browser.Page {
	t.Helper()
	p, err := browser.Open(t.Context(), l.server.URL, width, height)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// see opens one story and waits for its fonts.
func (l *library) see(t *testing.T, p *browser.Page, page string) {
	t.Helper()
	if err := p.Go(l.server.URL + page); err != nil {
		t.Fatal(err)
	}
	var ready bool
	if err := p.Await(`document.fonts.ready.then(() => true)`, &ready); err != nil {
		t.Fatalf("%s: %v", page, err)
	}
}

// axePath is where packaging/setup puts the accessibility engine.
func axePath(t *testing.T) string {
	t.Helper()
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "pue", "npm", "node_modules", "axe-core", "axe.min.js")
}

// violations are what axe finds against WCAG 2.2 levels A and AA.
const violations = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]})
	.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 160))))`

func TestNoPageBreaksARuleOfAccessibility(t *testing.T) {
	axe, err := os.ReadFile(axePath(t))
	if err != nil {
		t.Fatalf("reading axe-core (packaging/setup test installs it): %v", err)
	}
	l := openLibrary(t)
	p := l.browse(t, 1280, 1024)
	check := func(page string) []string {
		var found []string
		l.see(t, p, page)
		if err := p.Ask(string(axe)+";0", nil); err != nil {
			t.Fatal(err)
		}
		if err := p.Await(violations, &found); err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		return found
	}
	for _, manner := range []string{"it-m-normal", "de-xl-dark"} {
		for _, page := range l.pages(t, "1280x1024", manner) {
			for _, v := range check(page) {
				t.Errorf("%s: %s", page, v)
			}
		}
	}

	bad := `<!doctype html><title></title><img src=x><p style="color:#aaa;background:#fff">hardly to be read</p>`
	if err := os.WriteFile(filepath.Join(l.dir, "bad.html"), []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(check("/bad.html")); !strings.Contains(got, "image-alt") || !strings.Contains(got, "color-contrast") {
		t.Errorf("axe finds only %s in a page full of faults, so it proves nothing", got)
	}
}

// outside lists what a person cannot see whole: a page that would have to be
// scrolled, a control that reaches over an edge, words that do not fit into
// theirs, a line of text that something else covers. What is hidden on purpose has
// no size or is clipped to a point.
const outside = `(() => {
	const found = [], {clientWidth: w, clientHeight: h} = document.documentElement;
	const root = document.scrollingElement;
	if (root.scrollWidth > w || root.scrollHeight > h) found.push("the page is " + root.scrollWidth + "x" + root.scrollHeight);
	const name = e => e.tagName.toLowerCase() + " " + (e.innerText || e.name || e.id).slice(0, 40).replace(/\s+/g, " ");
	for (const e of document.querySelectorAll("h1,h2,p,li,td,th,label,legend,button,input:not([type=hidden]),svg,.card,.tile")) {
		const r = e.getBoundingClientRect();
		if (r.width <= 1 || r.height <= 1 || e.closest(".vh") || e.closest("[hidden]") || !e.checkVisibility()) continue;
		if (e.closest(".field:not(.active)") && getComputedStyle(e.closest(".field")).clipPath !== "none") continue;
		if (e.matches("input[type=radio]")) continue;
		if (r.left < -0.5 || r.top < -0.5 || r.right > w + 0.5 || r.bottom > h + 0.5)
			found.push(name(e) + " is at " + [r.left, r.top, r.right, r.bottom].map(Math.round));
		const tall = e.matches("button") && e.scrollHeight > e.clientHeight + 1;
		if (tall || e.matches("button,h1,label") && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
			found.push(name(e) + " holds " + e.scrollWidth + "x" + e.scrollHeight + " in " + e.clientWidth + "x" + e.clientHeight);
	}
	const main = document.querySelector("main");
	if (main && main.scrollHeight > main.clientHeight + 1) found.push("main holds " + main.scrollHeight + " in " + main.clientHeight);
	const buttons = [...document.querySelectorAll("button")].filter(b => b.checkVisibility() && !b.closest(".vh") && b.getBoundingClientRect().width > 1);
	for (const [i, a] of buttons.entries()) for (const b of buttons.slice(i + 1)) {
		const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
		if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1)
			found.push(name(a) + " lies over " + name(b));
	}
	const clipped = e => e && (getComputedStyle(e).clipPath !== "none" || clipped(e.parentElement));
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), line = document.createRange();
	while (texts.nextNode()) {
		const t = texts.currentNode, e = t.parentElement, part = e.closest("label") || e;
		if (!t.data.trim() || e.closest(".vh,[hidden]") || !e.checkVisibility() || clipped(e)) continue;
		line.selectNodeContents(t);
		for (const r of line.getClientRects()) {
			if (r.width <= 1 || r.height <= 1) continue;
			const over = document.elementFromPoint((r.left + r.right) / 2, (r.top + r.bottom) / 2);
			if (over && !part.contains(over) && !over.contains(e)) found.push(name(over) + " covers " + name(e));
		}
	}
	return found;
})()`

// open shows what a page keeps folded, if anything.
const open = `(() => { const rest = document.querySelector("details"); if (rest) rest.open = true; return !!rest; })()`

// misfits are what outside finds on the page that p shows, and once more with its
// fold open.
func misfits(t *testing.T, p *browser.Page) []string {
	t.Helper()
	var found []string
	if err := p.Ask(outside, &found); err != nil {
		t.Fatal(err)
	}
	var folded bool
	if err := p.Ask(open, &folded); err != nil {
		t.Fatal(err)
	}
	if !folded {
		return found
	}
	var more []string
	if err := p.Ask(outside, &more); err != nil {
		t.Fatal(err)
	}
	return append(found, more...)
}

// Italian and German are seen in all sizes on both screens. The others are seen
// where there is the least room.
func TestEveryPageFitsOnTheScreen(t *testing.T) {
	l := openLibrary(t)
	inFull := []string{"it-m-normal", "de-l-normal", "it-xl-normal", "de-xl-dark"}
	for _, s := range []struct {
		name          string
		width, height int
		manners       []string
	}{
		{"1280x1024", 1280, 1024, append(inFull, "fr-xl-dark", "sl-xl-dark", "en-xl-dark")},
		{"1920x1080", 1920, 1080, inFull},
	} {
		for _, manner := range s.manners {
			t.Run(s.name+"/"+manner, func(t *testing.T) {
				p := l.browse(t, s.width, s.height)
				for _, page := range l.pages(t, s.name, manner) {
					l.see(t, p, page)
					for _, f := range misfits(t, p) {
						t.Errorf("%s: %s", page, f)
					}
				}
			})
		}
	}

	p := l.browse(t, 800, 600)
	l.see(t, p, "/1920x1080/de-xl-dark/form-problems.html")
	if len(misfits(t, p)) == 0 {
		t.Error("a page for a large screen fits on a small one, so this proves nothing")
	}
	p = l.browse(t, 1280, 1024)
	l.see(t, p, "/1280x1024/de-xl-dark/review.html")
	if err := p.Ask(`document.querySelector("summary").style.translate = "0 -100px"`, nil); err != nil {
		t.Fatal(err)
	}
	if found := misfits(t, p); !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, " covers ") }) {
		t.Errorf("a button over the last answers is not noticed: %v", found)
	}
}
