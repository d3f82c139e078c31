package printersim

import (
	"slices"
	"time"
)

// EventKind is what became of a sheet of paper.
type EventKind string

const (
	Cut       EventKind = "cut"
	Torn      EventKind = "torn"      // off by hand
	Presented EventKind = "presented" // in the mouth, for somebody to take
	Taken     EventKind = "taken"
	Retracted EventKind = "retracted" // into the box inside
	Ejected   EventKind = "ejected"   // onto the floor
	Drawer    EventKind = "drawer"    // a pulse for a cash drawer, which no kiosk has
)

// Event is one thing that happened to the sheet with that number.
type Event struct {
	At      time.Time `json:"at"`
	Kind    EventKind `json:"event"`
	Receipt int       `json:"receipt,omitempty"`
}

// Events returns what happened so far, oldest first.
func (s *Sim) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// OnEvent calls f after every event.
func (s *Sim) OnEvent(f func(Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers.events = append(s.watchers.events, f)
}

func (s *Sim) happened(k EventKind, receipt int) {
	s.events = append(s.events, Event{time.Now(), k, receipt})
}
