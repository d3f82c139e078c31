// Package browser is a citizen at the pages of a terminal, in a real browser
// engine: it looks, reads, presses and types, and knows nothing that is not on
// the page.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// afterChange is how long a finger stays away from a page that has just changed;
// the pages ignore faster taps as meant for the page before.
const afterChange = 450 * time.Millisecond

// patience bounds the wait for a page that should come, on a machine that has much else
// to do.
const patience = 2 * time.Minute

var errTooLate = errors.New("the page did not come in time")

// Page is one open page.
type Page struct {
	outer context.Context // ends what is waited for
	tab   context.Context // ends with Close, so that the browser can close itself
	close func()
	place string // where the last press was
}

// Engine finds the browser.
func Engine() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("chromium is not installed (Debian package chromium): run packaging/setup once")
}

// Open starts a browser with a screen of the given size and opens an address.
func Open(ctx context.Context, url string, width, height int) (*Page, error) {
	return open(ctx, url, width, height)
}

// OpenBefore is Open with a camera before which lies what the file shows: one or
// more pictures in JPEG, read anew whenever the camera is switched on.
func OpenBefore(ctx context.Context, file, url string, width, height int) (*Page, error) {
	return open(ctx, url, width, height,
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-video-capture", file))
}

func open(ctx context.Context, url string, width, height int, more ...chromedp.ExecAllocatorOption) (*Page, error) {
	engine, err := Engine()
	if err != nil {
		return nil, err
	}
	home, err := os.MkdirTemp("", "pue-browser-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(engine), chromedp.WSURLReadTimeout(patience), chromedp.WindowSize(width, height), chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", false),
		chromedp.Flag("disable-back-forward-cache", true), // a page kept there keeps its event stream open
		chromedp.UserDataDir(home), chromedp.Env("TMPDIR="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home))
	options = append(options, more...)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // chromium refuses to sandbox for root
	}
	allocator, endAllocator := chromedp.NewExecAllocator(context.WithoutCancel(ctx), options...)
	tab, endTab := chromedp.NewContext(allocator)
	p := &Page{outer: ctx, tab: tab}
	p.close = func() {
		chromedp.Cancel(tab) // waits until the browser has closed itself
		endTab()
		endAllocator()
		if a := chromedp.FromContext(tab).Allocator; a != nil { // it did start
			a.Wait()
		}
		os.RemoveAll(home)
	}
	if err = chromedp.Run(tab); err == nil { // which starts it, under the context that it lives in
		err = p.run(chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(url))
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("opening the pages: %w", err)
	}
	return p, nil
}

// Close ends the browser.
func (p *Page) Close() { p.close() }

// Go opens another address in the same browser.
func (p *Page) Go(url string) error {
	if err := p.run(chromedp.Navigate(url)); err != nil {
		return fmt.Errorf("going to %s: %w", url, err)
	}
	return nil
}

func (p *Page) run(actions ...chromedp.Action) error {
	ctx, cancel := context.WithTimeoutCause(p.tab, patience, errTooLate)
	defer cancel()
	defer context.AfterFunc(p.outer, cancel)()
	if err := chromedp.Run(ctx, actions...); err != nil {
		if p.outer.Err() != nil {
			return context.Cause(p.outer)
		}
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return err
	}
	return nil
}

// Ask evaluates an expression in the page.
func (p *Page) Ask(expression string, into any) error {
	return p.run(chromedp.Evaluate(expression, into))
}

// Await evaluates an expression that promises a value, and waits for the value.
func (p *Page) Await(expression string, into any) error {
	return p.run(chromedp.Evaluate(expression, into, func(e *runtime.EvaluateParams) *runtime.EvaluateParams {
		return e.WithAwaitPromise(true)
	}))
}

// now is what the page says of itself.
type now struct{ Screen, Step, Text string }

func (p *Page) now() (n now, err error) {
	err = p.Ask(`({screen: document.documentElement.dataset.screen || "", step: document.documentElement.dataset.step || "",
		text: document.body ? document.body.innerText : ""})`, &n)
	return n, err
}

// Screen is the name of the state that the page shows.
func (p *Page) Screen() string {
	n, err := p.now()
	if err != nil {
		return ""
	}
	return n.Screen
}

// See waits until the page shows a state and, on it, some words.
func (p *Page) See(screen string, words ...string) error {
	p.place = "" // it may be another page under the same name
	var last now
	err := p.until(func() bool {
		n, err := p.now()
		if err == nil {
			last = n
		}
		return err == nil && n.Screen == screen && containsAll(n.Text, words)
	})
	if err != nil {
		return fmt.Errorf("waiting for the screen %q with %q: %w: it is %q: %.300s", screen, words, err, last.Screen, last.Text)
	}
	return nil
}

// holds waits until an expression is true of the page. A page that is just changing has
// no answer, and is asked again.
func (p *Page) holds(expression string) error {
	return p.until(func() bool {
		var so bool
		return p.Ask("Boolean("+expression+")", &so) == nil && so
	})
}

// until looks again and again whether something is so.
func (p *Page) until(so func() bool) error {
	deadline := time.After(patience)
	look := time.NewTicker(30 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-p.outer.Done():
			return context.Cause(p.outer)
		case <-deadline:
			return errTooLate
		}
	}
	return nil
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Source is all that the page holds: its document, and what stands in its fields.
func (p *Page) Source() (string, error) {
	var s string
	err := p.Ask(`document.documentElement.outerHTML + [...document.querySelectorAll("input")].map(i => "\n" + i.value).join("")`, &s)
	return s, err
}

// Picture is the page as seen, a PNG.
func (p *Page) Picture() ([]byte, error) {
	var png []byte
	err := p.run(chromedp.CaptureScreenshot(&png))
	return png, err
}

// settle keeps the finger away from a page that has just changed.
func (p *Page) settle() error {
	n, err := p.now()
	if err != nil {
		return err
	}
	if place := n.Screen + " " + n.Step; place != p.place {
		p.place = place
		return p.run(chromedp.Sleep(afterChange))
	}
	return nil
}

// Press puts a finger on the button that does act: "start", "open:naspi".
func (p *Page) Press(act string) error {
	if err := p.settle(); err != nil {
		return err
	}
	button := fmt.Sprintf(`button[name="act"][value="%s"]:not(.vh)`, act)
	if err := p.click(button); err != nil {
		return fmt.Errorf("pressing %s: %w", act, err)
	}
	return nil
}

// click puts a finger on what a selector names, once it is there. A page that is drawn
// anew under the finger takes what was found away: then it is looked for once more.
func (p *Page) click(selector string) error {
	for again := true; ; again = false {
		err := p.run(chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible, chromedp.NodeEnabled))
		var gone *cdproto.Error
		if !again || !errors.As(err, &gone) && !errors.Is(err, chromedp.ErrInvalidDimensions) {
			return err
		}
	}
}

// Shoot presses the button that takes a photograph, once the camera shows something.
func (p *Page) Shoot() error {
	if err := p.settle(); err != nil {
		return err
	}
	if err := p.holds(`document.querySelector("video").videoWidth > 0`); err != nil {
		return fmt.Errorf("waiting for the camera's picture: %w", err)
	}
	if err := p.click("#shoot"); err != nil {
		return fmt.Errorf("taking a photograph: %w", err)
	}
	return nil
}

// OpenGroup presses a group of services, unless they all stand on one page.
func (p *Page) OpenGroup(group string) error {
	if err := p.settle(); err != nil {
		return err
	}
	closed, err := p.Closed(group)
	if err != nil || !closed {
		return err
	}
	if err := p.Press("group:" + group); err != nil {
		return err
	}
	return p.Opened(group)
}

// Closed reports whether the services of a group stand behind its button.
func (p *Page) Closed(group string) (closed bool, err error) {
	err = p.Ask(fmt.Sprintf(`Boolean(document.querySelector('button[value="group:%s"][aria-pressed=false]'))`, group), &closed)
	return closed, err
}

// Opened waits until the services of a group are shown.
func (p *Page) Opened(group string) error {
	p.place = "" // the same screen, and other buttons on it
	shown := fmt.Sprintf(`document.querySelector('button[value="group:%s"][aria-pressed=true]') !== null`, group)
	if err := p.holds(shown); err != nil {
		return fmt.Errorf("opening the group %s: %w", group, err)
	}
	return nil
}

// PIN presses the digits, then OK.
func (p *Page) PIN(digits string) error {
	for i, d := range digits {
		if err := p.Press("digit:" + string(d)); err != nil {
			return err
		}
		if err := p.Dots(i + 1); err != nil {
			return err
		}
	}
	return p.Press("ok")
}

// Dots waits until the page shows that so many digits were typed.
func (p *Page) Dots(n int) error {
	count := fmt.Sprintf(`document.querySelectorAll(".dots .on").length >= %d`, n)
	if err := p.holds(count); err != nil {
		return fmt.Errorf("waiting for digit %d to show: %w", n, err)
	}
	return nil
}

// Key presses one key that types nothing: "Tab", "Enter", "Escape", "ArrowDown".
func (p *Page) Key(name string) error { return p.run(key(name)) }

// Type presses the keys of a text.
func (p *Page) Type(text string) error { return p.run(chromedp.KeyEvent(text)) }

// key presses a key as a keyboard does: the page may keep the browser from
// acting on it, which the events that chromedp makes of text do not allow.
func key(name string) chromedp.Action {
	code := map[string]int64{
		"Tab": 9, "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
	}[name]
	down := input.DispatchKeyEvent(input.KeyDown).WithKey(name).WithCode(name).WithWindowsVirtualKeyCode(code)
	if name == "Enter" {
		down = down.WithText("\r")
	}
	up := input.DispatchKeyEvent(input.KeyUp).WithKey(name).WithCode(name).WithWindowsVirtualKeyCode(code)
	return chromedp.Tasks{down, up}
}

// question is one page of a form.
type question struct {
	Step   string
	Fields []struct{ Name, Kind string } // those that are typed
	Radios []string
	Boxes  []struct{ Name, Value string }
	Wrong  bool
}

// Answer answers the question on the page from a table of what citizens write.
// Typed answers are typed key by key and ended with Enter, others are pressed.
func (p *Page) Answer(table map[string]string) (step string, err error) {
	if err := p.settle(); err != nil {
		return "", err
	}
	var q question
	err = p.Ask(`({step: document.documentElement.dataset.step,
		fields: [...document.querySelectorAll("input[data-board]")].map(i => ({name: i.name, kind: i.dataset.kind})),
		radios: [...new Set([...document.querySelectorAll("input[type=radio]")].map(i => i.name))],
		boxes: [...document.querySelectorAll("input[type=checkbox]:not(:checked)")].map(i => ({name: i.name, value: i.value})),
		wrong: document.querySelector("[aria-invalid], .problem.summary") !== null})`, &q)
	if err != nil {
		return "", err
	}
	if q.Wrong {
		return q.Step, errors.New("an answer was not accepted")
	}
	for _, name := range q.Radios {
		label := fmt.Sprintf(`label:has(input[name="%s"][value="%s"])`, name, table[strings.TrimPrefix(name, "f.")])
		if err := p.click(label); err != nil {
			return q.Step, fmt.Errorf("choosing %s: %w", name, err)
		}
	}
	for _, box := range q.Boxes {
		if !slices.Contains(strings.Split(table[strings.TrimPrefix(box.Name, "f.")], ","), box.Value) {
			continue
		}
		label := fmt.Sprintf(`label:has(input[name="%s"][value="%s"])`, box.Name, box.Value)
		if err := p.click(label); err != nil {
			return q.Step, fmt.Errorf("ticking %s: %w", box.Name, err)
		}
	}
	if len(q.Fields) > 0 { // Enter leads from there to the others
		first := fmt.Sprintf(`input[name="%s"]`, q.Fields[0].Name)
		if err := p.click(first); err != nil {
			return q.Step, fmt.Errorf("touching %s: %w", q.Fields[0].Name, err)
		}
	}
	for _, f := range q.Fields {
		if err := p.run(chromedp.KeyEvent(asTyped(table[strings.TrimPrefix(f.Name, "f.")], f.Kind)), key("Enter")); err != nil {
			return q.Step, fmt.Errorf("typing %s: %w", f.Name, err)
		}
	}
	if len(q.Fields) == 0 {
		if err := p.Press("answer"); err != nil {
			return q.Step, err
		}
	}
	return q.Step, p.left(q.Step)
}

// left waits until the page has gone on from a question, or complains about it.
func (p *Page) left(step string) error {
	gone := fmt.Sprintf(`document.documentElement.dataset.step !== %q || document.querySelector(".problem.summary") !== null`, step)
	if err := p.holds(gone); err != nil {
		return fmt.Errorf("leaving question %s: %w", step, err)
	}
	return nil
}

// asTyped is what a hand types: the page puts in the strokes of a date.
func asTyped(value, kind string) string {
	if kind == "date" {
		return strings.ReplaceAll(value, "/", "")
	}
	return value
}
