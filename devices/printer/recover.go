package printer

import "time"

const (
	// recoverEvery spares the motor of a blade that is still stuck.
	recoverEvery = 5 * time.Second
	recoverTries = 12
)

// recovery is how often a printer that waits for DLE ENQ was told to go on.
type recovery struct {
	tries int
	next  time.Time // zero when there is nothing to recover from
}

// considerRecovery plans to end an error of blade or rollers: at once when a
// person has just closed the cover, else after a while.
func (t *talk) considerRecovery(before, now condition) {
	switch {
	case !t.p.profile.Recovers:
	case !now.cutterError && !now.mechanical:
		t.recovery = recovery{}
	case before.coverOpen && !now.coverOpen:
		t.recovery = recovery{next: time.Now()}
	case t.recovery.next.IsZero():
		t.recovery.next = time.Now().Add(recoverEvery)
	}
}

// recover sends DLE ENQ 1, which goes on with the line of the error, for a
// document that somebody waits for, and DLE ENQ 2, which drops what is left, when
// nobody does. It must not stand inside another command.
func (t *talk) recover(now time.Time) {
	r := &t.recovery
	if r.next.IsZero() || now.Before(r.next) || r.tries >= recoverTries || t.condition.coverOpen || !t.quiet() {
		return
	}
	r.tries++
	r.next = now.Add(recoverEvery)
	n := byte(1)
	if t.job == nil {
		n = 2
	}
	t.queue = append(t.queue, dle, 5, n)
}
