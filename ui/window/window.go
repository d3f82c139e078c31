// Package window shows one page on the terminal's screen and nothing else: no
// way leads from it to another page, a menu, a dialogue, a file or the desktop.
//
// It promises that the page stays inside one origin, that nothing of a visit is
// kept on disk, that what a citizen's fingers, keyboard or mouse can do is on a
// list, and that a crash of the page's own process brings the page back. It
// refuses to give the page any function of the program: the page is plain HTML
// that talks to its origin.
//
// It lives in a process of its own, with nothing worth keeping in it, because
// WebKit puts its own signal handlers into whatever process it is in.
package window

/*
#cgo pkg-config: gtk+-3.0 webkit2gtk-4.0
#include <stdlib.h>
#include "lock.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	webview "github.com/webview/webview_go"
)

// ErrNoDisplay means that there is no screen to show anything on.
var ErrNoDisplay = errors.New("no display: neither an X server nor a Wayland compositor answers")

// ErrPageKeepsDying means that the process behind the page ended so often that
// only a fresh window can help.
var ErrPageKeepsDying = errors.New("the page's process keeps ending")

// A page process that ends this often in this time will not stay up by being
// started once more; whoever supervises the window starts a new one.
const (
	deathsAllowed = 5
	deathsWithin  = time.Minute
)

// Options say what to show.
type Options struct {
	// URL is the first page. Its scheme, host and port are the only ones that
	// the window will ever load.
	URL string
	// Width and Height, when set, make a window of that size in pixels; when
	// zero the page fills the screen.
	Width, Height int
	// Camera lets the page see through the camera, without sound.
	Camera bool
	// Log hears of every refusal, by kind and never with content.
	Log *slog.Logger
}

// current is the window of this process; GTK allows one main loop.
var current atomic.Pointer[shown]

type shown struct {
	log    *slog.Logger
	deaths []time.Time
	end    context.CancelCauseFunc
}

// Show fills the screen with the page until ctx ends. It must be called from
// the main goroutine, once in the life of a process.
func Show(ctx context.Context, o Options) error {
	origin, err := originOf(o.URL)
	if err != nil {
		return err
	}
	forgetDebuggers()
	if C.pue_display() == 0 {
		return ErrNoDisplay
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	if !current.CompareAndSwap(nil, &shown{log: o.Log, end: end}) {
		return errors.New("this process already has a window")
	}

	view := webview.New(false)
	view.SetTitle("PUE")
	base := C.CString(origin)
	defer C.free(unsafe.Pointer(base))
	C.pue_lock(view.Window(), base, C.int(o.Width), C.int(o.Height), flag(o.Camera))
	view.Navigate(o.URL)

	defer context.AfterFunc(ctx, view.Terminate)()
	view.Run()
	if cause := context.Cause(ctx); errors.Is(cause, ErrPageKeepsDying) {
		return cause
	}
	return nil
}

func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}

// originOf returns the scheme, host and port of a URL with a closing slash, so
// that it can be compared as a prefix.
func originOf(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("reading the page's address: %w", err)
	}
	if u.Scheme != "http" || u.Host == "" || u.User != nil {
		return "", fmt.Errorf("reading the page's address: want http://HOST:PORT/…, have scheme %q", u.Scheme)
	}
	return u.Scheme + "://" + u.Host + "/", nil
}

// forgetDebuggers drops the variables by which WebKit and GTK would open
// themselves to whoever can set the environment of this process.
func forgetDebuggers() {
	for _, name := range []string{"WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER", "GTK_DEBUG", "GTK_MODULES"} {
		os.Unsetenv(name)
	}
}

// pueRefused hears from the lock that something was not let through.
//
//export pueRefused
func pueRefused(what *C.char) {
	current.Load().log.Warn("refused", "what", C.GoString(what))
}

// pueDied hears that the page's process ended; it reports whether the page
// should be loaded again.
//
//export pueDied
func pueDied(reason C.int) C.int {
	s := current.Load()
	s.log.Error("page process ended", "reason", int(reason))
	if !s.mayReload(time.Now()) {
		s.end(ErrPageKeepsDying)
		return 0
	}
	return 1
}

// mayReload records a death and reports whether there were few enough lately.
func (s *shown) mayReload(now time.Time) bool {
	s.deaths = append(s.deaths, now)
	if len(s.deaths) <= deathsAllowed {
		return true
	}
	oldest := s.deaths[0]
	s.deaths = s.deaths[1:]
	return now.Sub(oldest) > deathsWithin
}
