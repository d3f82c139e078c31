package outbox

import "time"

// AskedToWait is the time before which INPS itself wants nothing of this terminal,
// whoever kicks; zero while it has not asked for time.
func (b *Outbox) AskedToWait() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.schedule.AskedToWait()
}

// AskedToWait is the time that INPS asked for; it may be past.
func (s *Schedule) AskedToWait() time.Time { return s.line.floor }
