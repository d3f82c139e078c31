// Package ui is what people see and touch: one page for each screen of the
// session, one stylesheet, a little script, and a stream of events that tells an
// open page when the truth has changed.
//
// A page is a picture of a [session.Snapshot] and knows nothing else. GET / shows
// the present one, POST /touch carries one press to the session, and the address
// never changes, so that reloading is always safe and nothing personal stands in
// an address. Every page works with plain forms; the script adds an on-screen
// keyboard, changes without a flash, and arrow keys.
//
// The package refuses to serve what the session did not put into the snapshot and
// to log what was touched. Who may connect is the listener's business.
package ui

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"math"
	"net/http"
	"sync"

	"pue/kiosk/messages"
	"pue/kiosk/session"
)

// Session is the state machine as the pages see it.
type Session interface {
	// Snapshot is what belongs on the screen now.
	Snapshot() session.Snapshot
	// Touch tells the session about one press, and returns when the snapshot
	// that answers it is there.
	Touch(session.Touch)
	// Photograph hands in a picture of the page's camera, and returns like Touch.
	Photograph(visit uint64, data []byte)
	// Picture is a page of a paper that is on the screen now, or its small picture;
	// not ok of all others.
	Picture(id string, small bool) (data []byte, mediaType string, ok bool)
	// Watch delivers the newest revision whenever it changes, until ctx ends.
	// Revisions in between may be dropped.
	Watch(ctx context.Context) <-chan uint64
}

// Options are what the pages must know about the place.
type Options struct {
	// DiagonalInches, Width and Height (in pixels) give the size of a
	// millimetre on the screen: buttons are measured in millimetres.
	DiagonalInches float64
	Width, Height  int
	Log            *slog.Logger
}

// millimetre is the size of one in CSS pixels.
func (o Options) millimetre() float64 {
	return math.Hypot(float64(o.Width), float64(o.Height)) / (o.DiagonalInches * 25.4)
}

// UI serves the pages of one terminal.
type UI struct {
	session  Session
	messages *messages.Catalogue
	options  Options
	log      *slog.Logger
	assets   assets
	screens  map[session.Screen]*template.Template
	buffers  sync.Pool
	taking   sync.Mutex // held while a picture comes in
}

// New prepares the pages. It fails when a screen of the session has none.
func New(s Session, m *messages.Catalogue, o Options) (*UI, error) {
	if o.DiagonalInches <= 0 || o.Width <= 0 || o.Height <= 0 {
		return nil, errors.New("the size of the screen is not known: diagonal, width and height must be positive")
	}
	u := &UI{session: s, messages: m, options: o, log: o.Log}
	if u.log == nil {
		u.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if u.assets, err = loadAssets(o.millimetre()); err != nil {
		return nil, fmt.Errorf("preparing the stylesheet, script and fonts: %w", err)
	}
	if u.screens, err = parseScreens(u.assets); err != nil {
		return nil, fmt.Errorf("parsing the pages: %w", err)
	}
	return u, nil
}

// Handler answers the six kinds of request there are. All else is not found.
func (u *UI) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", u.showPage)
	mux.HandleFunc("POST /touch", u.takeTouch)
	mux.HandleFunc("POST /documents", u.takePicture)
	mux.HandleFunc("GET /picture/{id}", u.showPicture)
	mux.HandleFunc("GET /picture/{id}/small", u.showPicture)
	mux.HandleFunc("GET /events", u.streamRevisions)
	mux.Handle("GET /static/", u.assets)
	return guard(mux)
}
