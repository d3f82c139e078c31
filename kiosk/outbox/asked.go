package outbox

import "time"

// AskedToWait is the time before which the destination of a submission wants
// nothing of this terminal, whoever kicks; zero while it has not asked for time.
func (b *Outbox) AskedToWait(id string) time.Time {
	var asked time.Time
	b.onWayOf(id, func(w *way) { asked = w.AskedToWait() })
	return asked
}

// AskedToWait is the time that was asked for; it may be past.
func (s *Schedule) AskedToWait() time.Time { return s.line.floor }
