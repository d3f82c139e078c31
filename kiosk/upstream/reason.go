package upstream

import (
	"slices"

	"pue/kiosk/outbox"
)

// pausedReasons are the words of INPS for a terminal or an operation that it does
// not want.
var pausedReasons = []string{
	"terminal-certificate", "terminal-signature", "terminal-unknown", "clock", "not-authorised", "no-such-path", "method", "retired", voucherReason,
}

// refusedFor is a refusal for the reason that INPS gave, or for
// [outbox.RefusedOther] where the contract does not know it: a word that INPS is
// free to choose could tell of which service a submission was, to everybody who
// sees the board, the log or the disk.
func refusedFor(status int, reason string) *outbox.RefusedError {
	if !slices.Contains(outbox.Refusals(), reason) {
		reason = outbox.RefusedOther
	}
	return &outbox.RefusedError{Status: status, Reason: reason}
}

// pausedFor is the same for a terminal that INPS does not want.
func pausedFor(reason string) *outbox.PausedError {
	if !slices.Contains(pausedReasons, reason) {
		reason = "other"
	}
	return &outbox.PausedError{Reason: reason}
}

// told is how an error names a media type.
func told(media string) string {
	switch media {
	case "", jsonType, problemType, joseType, "text/html", "text/plain":
		return media
	}
	return "another"
}
