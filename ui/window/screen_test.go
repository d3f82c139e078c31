package window

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait on a loaded machine; nothing is timed with it.
const patience = 2 * time.Minute

// TestMain makes the test binary its own window program: GTK wants the main
// thread, and a window that dies must not take the tests with it.
func TestMain(m *testing.M) {
	if url := os.Getenv("PUE_TEST_SHOW"); url != "" {
		os.Exit(showUnderTest(url))
	}
	os.Exit(m.Run())
}

func showUnderTest(url string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			fmt.Println(panicAndRecover())
		}
	}()
	if err := Show(ctx, Options{URL: url, Camera: os.Getenv("PUE_TEST_CAMERA") != "", Log: slog.New(slog.NewTextHandler(os.Stdout, nil))}); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

// panicAndRecover makes the fault that Go turns into a panic.
func panicAndRecover() (verdict string) {
	defer func() { verdict = fmt.Sprint("recovered: ", recover()) }()
	var nowhere *[4]int
	return fmt.Sprint(nowhere[2])
}

// screen is an X server, a page that tells what happens to it, and a window.
type screen struct {
	t       testing.TB // of the whole test: its window outlives a subtest
	display string
	home    string
	page    *httptest.Server
	window  *exec.Cmd
	stdin   io.WriteCloser
	told    chan string // what the page and the window's log say, each in order; one may overtake the other
	ended   func()      // waits for the end of the window and of all its processes
	alone   int         // windows that are visible when only the page is
}

// openScreen shows the test page in a locked window on an X server of its own, with
// more variables in its environment.
func openScreen(t *testing.T, more ...string) *screen {
	t.Helper()
	s := &screen{t: t, home: t.TempDir(), told: make(chan string, 1000)}
	s.display = startX(t)
	s.page = httptest.NewServer(s.routes())
	t.Cleanup(s.page.CloseClientConnections)
	s.window = exec.Command(os.Args[0])
	s.window.Env = append(os.Environ(), "PUE_TEST_SHOW="+s.page.URL+"/", "DISPLAY="+s.display, "WAYLAND_DISPLAY=",
		"GDK_BACKEND=x11", "HOME="+s.home, "XDG_CACHE_HOME=", "XDG_DATA_HOME=", "XDG_CONFIG_HOME=",
		"LIBGL_ALWAYS_SOFTWARE=1", "NO_AT_BRIDGE=1")
	s.window.Env = append(s.window.Env, more...)
	out, err := s.window.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stdin, err = s.window.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.window.Start(); err != nil {
		t.Fatalf("starting the window: %v", err)
	}
	var read sync.WaitGroup
	read.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			s.tell(lines.Text())
		}
	})
	s.ended = sync.OnceFunc(func() {
		read.Wait() // the pipe has an end when nobody is left to write into it
		s.window.Wait()
	})
	t.Cleanup(func() {
		s.window.Process.Signal(syscall.SIGTERM)
		s.ended()
	})
	s.await("page: loaded /")
	s.alone = s.windows()
	return s
}

// as is the same screen for a subtest.
func (s *screen) as(t testing.TB) *screen {
	sub := *s
	sub.t = t
	return &sub
}

// startX starts an X server on a display number that it chooses itself, with an Italian
// keyboard: a letter that no key has is typed by changing the keyboard for a moment, and
// a window that is late reads the key after that moment.
func startX(t *testing.T) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{w}
	if err := server.Start(); err != nil {
		t.Fatalf("starting Xvfb (Debian package xvfb): %v", err)
	}
	w.Close()
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("asking Xvfb for its display: %v", err)
	}
	display := ":" + strings.TrimSpace(number)
	if out, err := exec.Command("setxkbmap", "-display", display, "it").CombinedOutput(); err != nil {
		t.Fatalf("setting the keyboard (Debian package x11-xkb-utils): %v\n%s", err, out)
	}
	return display
}

func (s *screen) tell(line string) {
	s.t.Logf("%s", line)
	select {
	case s.told <- line:
	default:
	}
}

// await waits until something that contains each of the wants was told, in whatever
// order, and returns all else that came before.
func (s *screen) await(wants ...string) []string {
	s.t.Helper()
	limit := time.After(patience)
	var before []string
	for len(wants) > 0 {
		select {
		case line := <-s.told:
			told := func(want string) bool { return strings.Contains(line, want) }
			if i := slices.IndexFunc(wants, told); i >= 0 {
				wants = slices.Delete(slices.Clone(wants), i, i+1)
				continue
			}
			before = append(before, line)
		case <-limit:
			s.t.Fatalf("waited in vain for %q; told instead: %q", wants, before)
		}
	}
	return before
}

// x runs xdotool on the screen.
func (s *screen) x(args ...string) {
	s.t.Helper()
	cmd := exec.Command("xdotool", args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+s.display)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("xdotool %q: %v\n%s", args, err, out)
	}
}

// windows counts what is visible on the screen: menus and dialogues are windows.
func (s *screen) windows() int {
	s.t.Helper()
	cmd := exec.Command("xdotool", "search", "--onlyvisible", "--name", ".*")
	cmd.Env = append(os.Environ(), "DISPLAY="+s.display)
	out, _ := cmd.Output() // exits 1 when there is none
	return len(strings.Fields(string(out)))
}

// photograph returns the whole screen.
func (s *screen) photograph() image.Image {
	s.t.Helper()
	cmd := exec.Command("import", "-silent", "-window", "root", "png:-")
	cmd.Env = append(os.Environ(), "DISPLAY="+s.display)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("photographing the screen (Debian package imagemagick): %v\n%s", err, stderr.Bytes())
	}
	picture, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		s.t.Fatalf("decoding the photograph: %v", err)
	}
	return picture
}

// pageProcesses are the WebKit processes that run the window's page.
func (s *screen) pageProcesses() []int {
	s.t.Helper()
	var found []int
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(stat, []byte("(WebKitWebProces)")) {
			continue // ended meanwhile, or another program; the kernel cuts names at 15 bytes
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')'):]))
		if parent, _ := strconv.Atoi(fields[2]); parent != s.window.Process.Pid {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		found = append(found, pid)
	}
	return found
}

func (s *screen) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, testPage())
	})
	mux.HandleFunc("GET /second", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, testPage())
	})
	mux.HandleFunc("POST /tell", func(w http.ResponseWriter, r *http.Request) {
		what, _ := io.ReadAll(io.LimitReader(r.Body, 1000))
		s.tell("page: " + string(what))
	})
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		io.WriteString(w, "to be saved")
	})
	mux.HandleFunc("GET /attached", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="a.html"`)
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "to be saved")
	})
	mux.HandleFunc("GET /pdf", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		io.WriteString(w, "%PDF-1.4\n%%EOF\n")
	})
	mux.HandleFunc("GET /secret", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	return mux
}

// attempts are the buttons of the test page, one below the other: what a page
// might try, and the kind of refusal it must meet, if it is ours to refuse.
var attempts = []struct{ name, script, refused string }{
	{"leave for another origin", `location.href='http://localhost:'+location.port+'/'`, "navigation"},
	{"leave for a data address", `location.href='data:text/html,out'`, "navigation"},
	{"leave for an empty page", `location.href='about:blank'`, "navigation"},
	{"open a file of the machine", `location.href='file:///etc/passwd'`, ""}, // WebKit itself says no
	{"frame another origin", `frame('http://localhost:'+location.port+'/')`, "navigation"},
	{"open a window", `window.open('/second')`, "new-window"},
	{"follow a link into a new window", `follow({href:'/second',target:'_blank'})`, "new-window"},
	{"save a file", `location.href='/file'`, "download"},
	{"save an attachment", `location.href='/attached'`, "download"},
	{"save by the download attribute", `follow({href:'/second',download:'a.html'})`, "download"},
	{"open a PDF", `location.href='/pdf'`, "download"},
	{"alert", `alert('hello')`, "dialog"},
	{"confirm", `confirm('hello')`, "dialog"},
	{"prompt", `prompt('hello')`, "dialog"},
	{"print", `print()`, "print"},
	{"choose a file", `pick('file')`, "file-chooser"},
	{"choose a color", `pick('color')`, "color-chooser"},
	{"ask where it is", `navigator.geolocation.getCurrentPosition(()=>{},()=>{})`, "permission"},
	{"ask for a password", `fetch('/secret')`, "authentication"},
}

// Places on the test page, in pixels.
const (
	rowHeight = 32
	buttonX   = 120
	wordsX    = 500
	wordsY    = 100
	linkY     = 200
	pageRed   = 0x7a // of the page's background, #7a1fa2
)

func testPage() string {
	var b strings.Builder
	b.WriteString(`<!doctype html><title>t</title><style>body{background:#7a1fa2;color:#fff;margin:0;font:16px sans-serif}
button,input,p,a{position:absolute;margin:0}button{left:10px;width:280px;height:28px}
input[type]{left:600px;top:600px}iframe{position:absolute;left:600px;top:300px}</style>
<input id=typed style="left:400px;top:10px"><p style="left:420px;top:90px;width:300px">words words words words</p>
<input type=file><input type=color><a href="/second" style="left:420px;top:190px;width:300px">a link to drag about</a>`)
	for i, a := range attempts {
		fmt.Fprintf(&b, `<button style="top:%dpx" onclick="%s">%s</button>`, i*rowHeight, a.script, a.name)
	}
	b.WriteString(`<script>
let queue=Promise.resolve();
const tell=what=>{queue=queue.then(()=>fetch('/tell',{method:'POST',body:what})).catch(()=>{})};
const follow=p=>document.body.appendChild(Object.assign(document.createElement('a'),p)).click();
const frame=src=>document.body.append(Object.assign(document.createElement('iframe'),{src}));
const pick=type=>document.querySelector('[type='+type+']').click();
addEventListener('keydown',e=>tell('key '+e.key));
addEventListener('keydown',e=>{if(e.key=='R')location.replace('/')});
addEventListener('keydown',e=>{if(e.key=='J')external.invoke('{}')});
addEventListener('keydown',e=>{const ask={V:{video:true},W:{video:true,audio:true},X:{audio:true}}[e.key];
if(ask)(async()=>navigator.mediaDevices.getUserMedia(ask))().then(m=>tell('media '+m.getTracks().map(t=>t.kind)),e=>tell('media '+e.name))});
addEventListener('paste',()=>tell('paste'));
addEventListener('contextmenu',()=>tell('contextmenu'));
addEventListener('mousedown',e=>tell('mousedown '+e.button));
document.addEventListener('selectionchange',()=>{if(getSelection().toString())tell('selection')});
document.cookie='kept=yes;max-age=99999';localStorage.kept='yes';
document.getElementById('typed').focus();
requestAnimationFrame(()=>requestAnimationFrame(()=>tell('loaded '+location.pathname)));
</script>`)
	return b.String()
}
