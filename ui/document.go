package ui

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"pue/devices/capture"
	"pue/kiosk/catalog"
	"pue/kiosk/session"
)

// visitHeader carries the number of the visit beside a picture, which has no
// fields.
const visitHeader = "Pue-Visit"

// takePicture hands what the camera has taken to the session and sends the browser
// back to the page.
func (u *UI) takePicture(w http.ResponseWriter, r *http.Request) {
	visit, err := strconv.ParseUint(r.Header.Get(visitHeader), 10, 64)
	if err != nil || r.Header.Get("Content-Type") != capture.JPEG {
		http.Error(w, "not a picture", http.StatusBadRequest)
		return
	}
	if !u.taking.TryLock() { // a page sends one after the other; more would only take memory
		http.Error(w, "one picture at a time", http.StatusTooManyRequests)
		return
	}
	defer u.taking.Unlock()
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, capture.MostBytes))
	if err != nil {
		http.Error(w, "too much", http.StatusRequestEntityTooLarge)
		return
	}
	u.session.Photograph(visit, data)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// showPicture answers with a page that is on the screen now; there are no others.
func (u *UI) showPicture(w http.ResponseWriter, r *http.Request) {
	small := strings.HasSuffix(r.URL.Path, "/small")
	data, mediaType, ok := u.session.Picture(r.PathValue("id"), small)
	if !ok || mediaType != capture.JPEG {
		http.NotFound(w, r)
		return
	}
	defer clear(data)
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(data)
}

// PaperTitle is the name of a paper.
func (p page) PaperTitle(d catalog.Document) string {
	return p.T(p.papersOf().Key("document", d.ID, "title"))
}

// PaperHint says what it is for; empty when there is nothing to say.
func (p page) PaperHint(d catalog.Document) string {
	key := p.papersOf().Key("document", d.ID, "hint")
	if !p.L.Has(key) {
		return ""
	}
	return p.T(key)
}

// papersOf is the service whose papers are on the page.
func (p page) papersOf() *catalog.Service {
	switch {
	case p.Documents != nil:
		return p.Documents.Service
	case p.Capture != nil:
		return p.Capture.Service
	case p.DocumentPage != nil:
		return p.DocumentPage.Service
	}
	return p.Review.Service
}

// papersLine is the line of the review that names the papers with their pages, or,
// where none can be taken, those that INPS will ask for.
func (p page) papersLine() (line, bool) {
	var names []string
	for _, paper := range p.Review.Papers {
		switch title := p.PaperTitle(paper.Document); {
		case paper.Taken > 0:
			names = append(names, title+" ("+p.T("documents.pages", "n", paper.Taken)+")")
		case !p.Review.Captures:
			names = append(names, title)
		}
	}
	if len(p.Review.Papers) == 0 {
		return line{}, false
	}
	if !p.Review.Captures {
		return line{Title: p.T("review.papers-later"), Answer: strings.Join(names, ", ")}, true
	}
	if len(names) == 0 {
		names = []string{p.T("review.papers-none")}
	}
	return line{Act: string(session.OpenDocuments), Title: p.T("review.papers"), Answer: strings.Join(names, ", ")}, true
}
