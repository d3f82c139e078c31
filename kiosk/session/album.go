package session

import (
	"bytes"
	"sync"
)

// album knows every picture that is in memory, so that none outlives its place in
// the state: what no form refers to any more is overwritten after the event that
// took it out, whichever that was.
type album struct {
	mu    sync.Mutex
	all   map[*picture]int    // to how many are sealing it
	shown map[string]*picture // by id: those that belong on the screen
}

func newAlbum() *album { return &album{all: map[*picture]int{}} }

// add knows a picture from now on.
func (a *album) add(p *picture) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p != nil {
		a.all[p] += 0
	}
}

// hold keeps pictures for as long as they are being sealed, whatever becomes of
// their form.
func (a *album) hold(list []enclosed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range list {
		a.all[e.page]++
	}
}

// release ends hold.
func (a *album) release(list []enclosed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range list {
		a.all[e.page]--
	}
}

// tidy overwrites what the state does not refer to, and lets be seen what is on
// the screen.
func (a *album) tidy(s *State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.all) == 0 {
		return
	}
	kept := s.pictures()
	for p, sealing := range a.all {
		if sealing == 0 && !kept[p] {
			p.Wipe()
			delete(a.all, p)
		}
	}
	a.shown = s.onScreen()
}

// copyOf is a picture that is on the screen now, or its small one.
func (a *album) copyOf(id string, small bool) (data []byte, mediaType string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, ok := a.shown[id]
	if !ok {
		return nil, "", false
	}
	if small {
		return bytes.Clone(p.Thumb), p.MediaType, p.Thumb != nil
	}
	return bytes.Clone(p.Data), p.MediaType, true
}

// pictures are all that a state refers to.
func (s *State) pictures() map[*picture]bool {
	all := map[*picture]bool{}
	for _, d := range []*draft{s.Citizen.Form, s.Paused, s.Unsigned} {
		if d == nil {
			continue
		}
		for _, of := range d.Documents {
			for _, p := range of {
				all[p] = true
			}
		}
	}
	for _, p := range s.Citizen.Capture.Queue {
		all[p] = true
	}
	if p := s.Citizen.Capture.Shown; p != nil {
		all[p] = true
	}
	return all
}

// onScreen are the pictures that may be looked at now.
func (s *State) onScreen() map[string]*picture {
	shown := map[string]*picture{}
	c := &s.Citizen
	switch s.visible() {
	case Capture:
		for _, p := range c.Form.Documents[c.Capture.Document] {
			shown[p.id] = p
		}
	case DocumentPage:
		shown[c.Capture.Shown.id] = c.Capture.Shown
	}
	return shown
}

// Picture is a page that is on the screen now, or its small picture; not ok of all
// others.
func (s *Session) Picture(id string, small bool) (data []byte, mediaType string, ok bool) {
	return s.runner.album.copyOf(id, small)
}

// Photograph hands in what the page's camera has taken, and returns when the
// snapshot shows that it is looked at.
func (s *Session) Photograph(visit uint64, data []byte) {
	s.post(Photographed{Visit: visit, Data: data})
}
