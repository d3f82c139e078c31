package outbox

import (
	"errors"

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
	case errors.Is(err, ErrUnknownOutcome): // whatever else it means
		return ReasonUnknown
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
