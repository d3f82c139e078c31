package ui

import (
	"context"
	"testing"

	"pue/kiosk/catalog"
	"pue/kiosk/messages"
	"pue/kiosk/session"
)

// fake is a session that shows what it is told and remembers what was touched.
type fake struct {
	now         session.Snapshot
	touched     []session.Touch
	photographs [][]byte
	revs        chan uint64
}

func (f *fake) Snapshot() session.Snapshot { return f.now }

func (f *fake) Touch(t session.Touch) {
	f.touched = append(f.touched, t)
	f.now.Rev++
}

func (f *fake) Photograph(visit uint64, data []byte) { f.photographs = append(f.photographs, data) }

// Picture knows one page, whose small picture is another.
func (f *fake) Picture(id string, small bool) (data []byte, mediaType string, ok bool) {
	if id != "known" {
		return nil, "", false
	}
	if small {
		return []byte("small"), "image/jpeg", true
	}
	return []byte("large"), "image/jpeg", true
}

func (f *fake) Watch(context.Context) <-chan uint64 { return f.revs }

// drawn makes pages for a screen of 17 inches, 1280 by 1024.
func drawn(tb testing.TB, f *fake, change ...func(*Options)) *UI {
	tb.Helper()
	m, err := messages.Load()
	if err != nil {
		tb.Fatal(err)
	}
	services, err := catalog.Load()
	if err != nil {
		tb.Fatal(err)
	}
	if err := m.SetServices(services.Texts()); err != nil {
		tb.Fatal(err)
	}
	o := Options{DiagonalInches: 17, Width: 1280, Height: 1024}
	for _, c := range change {
		c(&o)
	}
	u, err := New(f, m, o)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}
