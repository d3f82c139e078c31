// Package session is the heart of the terminal: one state machine for the
// citizen, the officer beside the citizen, and the point itself.
//
// The transition is a pure function, next(state, event, now); one loop owns the
// state, runs the effects that next asks for, and publishes a [Snapshot] after
// each event. Card, touch, clock, printer, line and officer are all events, so
// that what happens when the card is pulled while paper runs out is a line in a
// table and not a race.
package session
