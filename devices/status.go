// Package devices is the common language of everything the terminal drives: a
// [Status] that a screen, a log line and puectl can all show, and [Supervise],
// the only reconnect loop in the program.
//
// Nothing below this package knows a citizen, a service or an Italian sentence.
package devices

import "time"

// State is what a device can do right now, in the words of a person who stands
// in front of it.
type State uint8

const (
	Absent    State = iota // not plugged in, or its driver is not running
	Starting               // found, being made ready
	Ready                  // works
	Attention              // works again when a person does something: paper, cover
	Failed                 // does not work and no simple gesture helps
)

var stateNames = [...]string{"absent", "starting", "ready", "attention", "failed"}

// String returns the lower-case English name used in logs and JSON.
func (s State) String() string { return stateNames[s] }

// MarshalText implements [encoding.TextMarshaler] with the name of the state.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Status is the state of one device and why.
type Status struct {
	State State `json:"state"`
	// Reason is a stable kebab-case key ("paper-out", "cover-open"), empty when
	// Ready. Screens look it up in the messages; it is never shown as it is.
	Reason string `json:"reason,omitempty"`
	// Detail is the technical chain for the log and the technician.
	Detail string `json:"detail,omitempty"`
	// Low: it works, and will soon need what it uses up: the roll is near its end.
	Low   bool      `json:"low,omitempty"`
	Since time.Time `json:"since"`
}
