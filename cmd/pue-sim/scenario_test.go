package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"pue/kiosk/control"
	"pue/kiosk/outbox"
)

// The scenarios press the same buttons as people do: the dock's, and the forms
// of the true pages. The terminal under them is another process, so that it can
// be killed.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pue-sim": main})
}

func TestScenarios(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "crash": crash, "dock": turn, "see": see, "press": press, "pin": typePIN,
			"fill": fill, "page": page, "receipt": receipt, "paper": onPaper, "filed": filed, "traceless": traceless, "claim": claim, "number": typeNumber,
			"carry": carry, "revoke": revoke, "office": office, "sheets": sheets, "bring": bring, "shoot": shoot, "papers": papers,
		},
		Setup: func(e *testscript.Env) error {
			e.Values[terminalKey{}] = &terminal{dir: filepath.Join(e.WorkDir, "data"), log: filepath.Join(e.WorkDir, "log")}
			e.Defer(func() { e.Values[terminalKey{}].(*terminal).stop() })
			return nil
		},
	})
}

type terminalKey struct{}

// terminal is one running pue-sim and a browser of a few lines.
type terminal struct {
	dir, log    string
	process     *exec.Cmd
	kiosk, dock string
	browser     *http.Client
	visit       string          // of the page seen last
	calm        strings.Builder // every page seen on which nobody may be named
}

func of(ts *testscript.TestScript) *terminal { return ts.Value(terminalKey{}).(*terminal) }

// patience bounds every wait; nothing is asserted about how long one took.
const patience = time.Minute

// start runs the terminal on the data of this script, with more flags if need be.
func start(ts *testscript.TestScript, _ bool, flags []string) {
	t := of(ts)
	self, err := os.Executable()
	ts.Check(err)
	t.process = exec.Command(self, append([]string{"--data", t.dir, "--speed", "0"}, flags...)...)
	t.process.Args[0] = "pue-sim"
	// testscript lets a program of that name run its main.
	t.process.Path = filepath.Join(strings.Split(ts.Getenv("PATH"), ":")[0], "pue-sim")
	t.process.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	log, err := os.OpenFile(t.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	defer log.Close()
	t.process.Stderr = log
	out, err := t.process.StdoutPipe()
	ts.Check(err)
	ts.Check(t.process.Start())
	lines := bufio.NewScanner(out)
	for (t.kiosk == "" || t.dock == "") && lines.Scan() {
		switch name, where, _ := strings.Cut(lines.Text(), " "); name {
		case "kiosk":
			t.kiosk = strings.TrimSpace(where)
		case "dock":
			t.dock = strings.TrimSpace(where)
		}
	}
	if t.dock == "" {
		ts.Fatalf("the terminal did not start; its log: %s", ts.ReadFile(t.log))
	}
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	t.browser = &http.Client{Jar: jar, Timeout: patience}
	_, err = t.get(t.kiosk)
	ts.Check(err)
	u, err := url.Parse(t.kiosk)
	ts.Check(err)
	t.kiosk = "http://" + u.Host + "/"
}

// crash is kill -9.
func crash(ts *testscript.TestScript, _ bool, _ []string) {
	t := of(ts)
	ts.Check(t.process.Process.Kill())
	t.process.Wait()
	t.process, t.kiosk, t.dock = nil, "", ""
}

func (t *terminal) stop() {
	if t.process != nil {
		t.process.Process.Kill()
		t.process.Wait()
	}
}

func (t *terminal) get(where string) (string, error) {
	r, err := t.browser.Get(where)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if r.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET %s: %s", where, r.Status)
	}
	return string(b), err
}

// turn presses a knob: dock /card/insert?person=anna.
func turn(ts *testscript.TestScript, _ bool, args []string) {
	r, err := http.Post(strings.TrimSuffix(of(ts).dock, "/")+args[0], "", nil)
	ts.Check(err)
	defer r.Body.Close()
	if r.StatusCode != http.StatusNoContent {
		b, _ := io.ReadAll(r.Body)
		ts.Fatalf("%s: %s %s", args[0], r.Status, b)
	}
}

var (
	screenMark = regexp.MustCompile(`data-screen="([a-z-]+)"`)
	visitMark  = regexp.MustCompile(`name="visit" value="([0-9]+)"`)
)

// nameless are the screens before a PIN and after a goodbye.
var nameless = []string{
	"welcome", "notice", "notice-full", "insert-card", "reading", "card-problem", "no-card", "cardless", "own-code", "code-state", "out-of-order", "pin", "last-try", "pin-blocked",
	"goodbye", "removed", "officer-pin", "board", "queue", "queue-item", "ask-close", "ask-phone", "collect", "find-claim",
	"papers", "paper", "ask-paper", "report", "roll",
}

func (t *terminal) look() (screen, body string, err error) {
	body, err = t.get(t.kiosk)
	if err != nil {
		return "", "", err
	}
	if v := visitMark.FindStringSubmatch(body); v != nil {
		t.visit = v[1]
	}
	m := screenMark.FindStringSubmatch(body)
	if m == nil {
		return "", body, fmt.Errorf("a page without a screen: %.200s", body)
	}
	if slices.Contains(nameless, m[1]) {
		t.calm.WriteString(body)
	}
	return m[1], body, nil
}

// until follows the event stream, as an open page does, until holds says so.
func (t *terminal) until(what string, holds func(screen, body string) bool) (string, error) {
	r, err := (&http.Client{Jar: t.browser.Jar}).Get(t.kiosk + "events")
	if err != nil {
		return "", err
	}
	end := time.AfterFunc(patience, func() { r.Body.Close() })
	defer end.Stop()
	defer r.Body.Close()
	screen := ""
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "data:") {
			continue
		}
		var body string
		if screen, body, err = t.look(); err != nil {
			return "", err
		}
		if holds(screen, body) {
			return body, nil
		}
	}
	return "", fmt.Errorf("waited for %s, the screen is still %s", what, screen)
}

// see waits for a screen, and then for words on it.
func see(ts *testscript.TestScript, neg bool, args []string) {
	t := of(ts)
	if neg {
		_, body, err := t.look()
		ts.Check(err)
		for _, words := range args {
			if strings.Contains(html.UnescapeString(body), words) {
				ts.Fatalf("the page shows %q", words)
			}
		}
		return
	}
	_, err := t.until(strings.Join(args, " with "), func(screen, body string) bool {
		for _, words := range args[1:] {
			if !strings.Contains(html.UnescapeString(body), words) {
				return false
			}
		}
		return screen == args[0]
	})
	ts.Check(err)
}

// press posts a touch from the screen that is shown: press open:naspi, press
// answer telefono=0423... .
func press(ts *testscript.TestScript, _ bool, args []string) {
	t := of(ts)
	screen, _, err := t.look()
	ts.Check(err)
	ts.Check(t.touch(screen, args[0], args[1:]...))
}

func (t *terminal) touch(screen, act string, fields ...string) error {
	form := url.Values{"screen": {screen}, "act": {act}, "visit": {t.visit}}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		form.Set("f."+name, value)
	}
	r, err := t.browser.PostForm(t.kiosk+"touch", form)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	if r.StatusCode != http.StatusOK {
		return fmt.Errorf("touch %s on %s: %s", act, screen, r.Status)
	}
	return err
}

// typePIN presses the digits and the confirmation.
func typePIN(ts *testscript.TestScript, _ bool, args []string) {
	t := of(ts)
	screen, _, err := t.look()
	ts.Check(err)
	for _, d := range args[0] {
		ts.Check(t.touch(screen, "digit:"+string(d)))
	}
	ts.Check(t.touch(screen, "ok"))
}

// typeNumber presses the keys of a telephone number and the confirmation.
func typeNumber(ts *testscript.TestScript, _ bool, args []string) { typePIN(ts, false, args) }

var claimMark = regexp.MustCompile(`PUE-0421-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}`)

// claim NAME writes the first claim code on the page into the environment.
func claim(ts *testscript.TestScript, _ bool, args []string) {
	_, body, err := of(ts).look()
	ts.Check(err)
	code := claimMark.FindString(body)
	if code == "" {
		ts.Fatalf("the page shows no claim code")
	}
	ts.Setenv(args[0], code)
}

// fill answers question after question from a table until the review.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	t := of(ts)
	answers := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	for range 30 {
		screen, body, err := t.look()
		ts.Check(err)
		if screen != "form" {
			break
		}
		if strings.Contains(body, `aria-invalid="true"`) {
			ts.Fatalf("an answer was refused on: %s", body)
		}
		ts.Check(t.touch(screen, "answer", answers...))
	}
}

// page keeps the page that is shown in a file.
func page(ts *testscript.TestScript, _ bool, args []string) {
	_, body, err := of(ts).look()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(html.UnescapeString(body)), 0o600))
}

// onPaper looks for words on any receipt printed so far: paper WORDS.
func onPaper(ts *testscript.TestScript, neg bool, args []string) {
	found := slices.ContainsFunc(printed(ts), func(r printedReceipt) bool { return strings.Contains(r.Text, args[0]) })
	if found == neg {
		ts.Fatalf("on paper %q: %v", args[0], found)
	}
}

type printedReceipt struct {
	Number int
	Text   string
}

func printed(ts *testscript.TestScript) (list []printedReceipt) {
	ask(ts, "/printer/receipts", &list)
	return list
}

// receipt N FILE keeps the text of the Nth receipt.
func receipt(ts *testscript.TestScript, _ bool, args []string) {
	list := printed(ts)
	for _, r := range list {
		if fmt.Sprint(r.Number) == args[0] {
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(r.Text), 0o600))
			return
		}
	}
	ts.Fatalf("receipt %s was not printed, there are %d", args[0], len(list))
}

// filed N [SIDE] waits until INPS, or the other side that is named, has N submissions,
// of which the terminal may not know yet; more are never right. It writes the newest
// protocol into the environment.
func filed(ts *testscript.TestScript, _ bool, args []string) {
	side := "inps"
	if len(args) > 1 {
		side = args[1]
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var list []struct{ Protocol string }
	soon(ts, func() (string, bool) {
		ask(ts, "/"+side+"/filed", &list)
		if len(list) > want {
			ts.Fatalf("%s has %d submissions, want %d", side, len(list), want)
		}
		return fmt.Sprintf("%s has %d submissions, want %d", side, len(list), want), len(list) == want
	})
	if len(list) > 0 {
		ts.Setenv("PROTOCOL", list[len(list)-1].Protocol)
	}
}

// carry BUNDLE takes along what INPS does not have, as the technician's tool does.
func carry(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	x, err := of(ts).technician().Export(context.Background(), "inps", f)
	ts.Check(err)
	m, err := outbox.CheckBundle(f, size(ts, f))
	ts.Check(err)
	if x.Items == 0 || len(m.Items) != x.Items || m.Terminal != terminalID {
		ts.Fatalf("exported %+v as %+v", x, m)
	}
}

func size(ts *testscript.TestScript, f *os.File) int64 {
	info, err := f.Stat()
	ts.Check(err)
	return info.Size()
}

// office BUNDLE CONFIRMATIONS hands a bundle in at INPS.
func office(ts *testscript.TestScript, _ bool, args []string) {
	r, err := http.Post(strings.TrimSuffix(of(ts).dock, "/")+"/inps/bundle", "application/zip", strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	ts.Check(err)
	if r.StatusCode != http.StatusOK {
		ts.Fatalf("INPS says %s: %s", r.Status, text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), text, 0o600))
}

// bring CONFIRMATIONS OUTCOME... gives the terminal what INPS gave back, and
// demands these outcomes, line by line.
func bring(ts *testscript.TestScript, _ bool, args []string) {
	taken, err := of(ts).technician().Import(context.Background(), strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	var outcomes []string
	for _, one := range taken {
		outcomes = append(outcomes, string(one.Outcome))
	}
	if !slices.Equal(outcomes, args[1:]) {
		ts.Fatalf("the terminal makes %+v of it", taken)
	}
}

func (t *terminal) technician() *control.Client {
	return control.Dial(filepath.Join(t.dir, "control.sock"))
}

// traceless searches the log, all that the terminal has on its disk and every page
// seen on which nobody may be named for personal values, after it has found a control
// value in each.
func traceless(ts *testscript.TestScript, _ bool, args []string) {
	t := of(ts)
	places := map[string][]byte{"the pages": []byte(t.calm.String()), "the log": []byte(ts.ReadFile(t.log))}
	disk := filepath.Join(t.dir, "data")
	ts.Check(filepath.WalkDir(disk, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			name, _ := filepath.Rel(t.dir, path)
			places[name], err = os.ReadFile(path)
		}
		return err
	}))
	for place, control := range map[string]string{"the pages": "Borgo Esempio", "the log": "terminal started", "data/pue.db": "session-started"} {
		if !bytes.Contains(places[place], []byte(control)) {
			ts.Fatalf("the search is blind: it does not find %q in %s", control, place)
		}
	}
	for place, b := range places {
		for _, secret := range args {
			if how := disguised(b, secret); how != "" {
				ts.Fatalf("%s holds %q %s", place, secret, how)
			}
		}
	}
}

// sheets waits until so many documents came out on A4 and so many wait: sheets 1 0.
func sheets(ts *testscript.TestScript, _ bool, args []string) {
	want := fmt.Sprintf("%s came out, %s wait", args[0], args[1])
	soon(ts, func() (string, bool) {
		var s struct{ Printed, Waiting int }
		ask(ts, "/sheets/state", &s)
		got := fmt.Sprintf("%d came out, %d wait", s.Printed, s.Waiting)
		return got + "; want " + want, got == want
	})
}

// soon looks until it is so: beyond the terminal no stream tells of what happens.
func soon(ts *testscript.TestScript, so func() (how string, is bool)) {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		how, is := so()
		if is {
			return
		}
		if time.Since(began) > patience {
			ts.Fatalf("%s", how)
		}
	}
}

// ask reads what the dock knows about something.
func ask(ts *testscript.TestScript, about string, answer any) {
	body, err := of(ts).get(strings.TrimSuffix(of(ts).dock, "/") + about)
	ts.Check(err)
	ts.Check(json.Unmarshal([]byte(body), answer))
}
