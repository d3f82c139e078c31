package outbox

import (
	"errors"
	"time"

	"pue/kiosk/store"
)

// reasonOf names the error of an attempt. What the Sender did not name is an
// unknown outcome: the careful reading.
func reasonOf(err error) string {
	var busy *BusyError
	var paused *PausedError
	switch {
	case errors.Is(err, store.ErrDamaged):
		return ReasonDamaged
	case errors.As(err, &busy):
		return ReasonBusy
	case errors.As(err, &paused):
		return ReasonPaused
	case errors.Is(err, ErrProcessing):
		return ReasonProcessing
	case errors.Is(err, ErrNoLine):
		return ReasonNoLine
	}
	return ReasonUnknown
}

// learn draws from a failed attempt when the submission and when the line are to
// be tried again.
//
// A submission that INPS is processing, or that the disk has spoilt, waits alone. All else may be the line's
// trouble and holds everything; after an unknown outcome the submission waits
// longer than the line, so that one on which INPS always stumbles lets the
// others pass.
func (b *Outbox) learn(a attempt) (reason string, next time.Time) {
	reason = reasonOf(a.err)
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	it := b.entries[a.entry.Seq]
	it.fails++
	defer func() { it.due = next }()
	switch reason {
	case ReasonDamaged:
		return reason, now.Add(retryMost)
	case ReasonProcessing:
		b.line.fails, b.line.trouble = 0, ""
		return reason, now.Add(b.backoff.after(it.fails))
	}
	b.line.fails++
	b.line.trouble = reason
	var busy *BusyError
	if errors.As(a.err, &busy) {
		b.line.floor = now.Add(min(max(busy.After, 0), busyMost))
	}
	// Somebody who kicked during the attempt knew more than the attempt did.
	if b.line.kicks == a.kicks {
		b.line.hold = later(now, b.line.floor).Add(b.backoff.after(b.line.fails))
	}
	next = later(b.line.hold, b.line.floor)
	if reason == ReasonUnknown {
		next = later(now, next).Add(b.backoff.after(it.fails))
	}
	return reason, next
}

// lineWorks notes an answer of INPS. What waits because of the line's earlier
// trouble is tried soon: by now the long waits are what keeps it from INPS.
func (b *Outbox) lineWorks() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.line.fails == 0 {
		return
	}
	b.line = line{floor: b.line.floor, kicks: b.line.kicks}
	soon := time.Now().Add(b.backoff.after(1))
	for _, seq := range b.pending {
		it := b.entries[seq]
		if it.Reason != ReasonProcessing && it.Reason != ReasonDamaged && it.due.After(soon) {
			it.due = soon
		}
	}
}

func (b *Outbox) kicks() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.line.kicks
}
