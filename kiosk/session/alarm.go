package session

import "pue/kiosk/outbox"

// goesOn: the terminal goes on bringing it to INPS, which whoever files it another
// way has to know.
func goesOn(s outbox.State, a outbox.Alarm) bool {
	return (s == outbox.Waiting || s == outbox.Unknown) && a != outbox.AlarmDamaged
}

// GoesOn: the terminal goes on bringing it to INPS.
func (i *Item) GoesOn() bool { return goesOn(i.State, i.Alarm) }

// GoesOn: the terminal goes on bringing it to INPS.
func (r *Request) GoesOn() bool { return goesOn(r.State, r.Alarm) }
