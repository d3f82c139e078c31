package printer

import (
	"time"

	"pue/devices"
)

// condition is what a printer says about itself, whichever way it says it.
type condition struct {
	offline     bool
	coverOpen   bool
	paperOut    bool
	paperLow    bool // the roll nears its end; still prints
	cutterError bool
	fatal       bool
	cooling     bool // head too hot or voltage wrong; goes on by itself
	mechanical  bool // a recoverable error that is not the cutter's
	missedBytes bool // the line brought bytes that could not be read

	inMouth bool // paper waits for a hand
	busy    bool // the motor runs, or bytes wait to be printed
}

// fromAutomatic reads the four bytes of an automatic status back (GS a).
func fromAutomatic(b [4]byte) condition {
	return condition{
		offline:     b[0]&0x08 != 0,
		coverOpen:   b[0]&0x20 != 0,
		mechanical:  b[1]&0x04 != 0,
		cutterError: b[1]&0x08 != 0,
		fatal:       b[1]&0x20 != 0,
		cooling:     b[1]&0x40 != 0,
		paperLow:    b[2]&0x03 != 0,
		paperOut:    b[2]&0x0C != 0,
	}
}

// fromRealtime reads the answers to DLE EOT 1, 2, 3 and 4.
func fromRealtime(b [4]byte) condition {
	return condition{
		offline:     b[0]&0x08 != 0,
		coverOpen:   b[1]&0x04 != 0,
		mechanical:  b[2]&0x04 != 0,
		cutterError: b[2]&0x08 != 0,
		fatal:       b[2]&0x20 != 0,
		cooling:     b[2]&0x40 != 0,
		paperLow:    b[3]&0x0C != 0,
		paperOut:    b[3]&0x60 != 0 || b[1]&0x20 != 0,
	}
}

// fromFull reads Custom's full status: paper, user, recoverable and unrecoverable
// errors. Head temperature and supply voltage go away by themselves. Of the last
// byte the cutter and its cover are a person's to mend; the others are memory.
func fromFull(b [4]byte) condition {
	return condition{
		paperOut:    b[0]&0x01 != 0,
		paperLow:    b[0]&0x44 != 0, // near end; virtual end of a counted roll
		inMouth:     b[0]&0x20 != 0,
		coverOpen:   b[1]&0x03 != 0 || b[3]&0x02 != 0, // head up; cover open; the cutter's cover
		busy:        b[1]&0x0C != 0,                   // spooling; motor on
		cooling:     b[2]&0x09 != 0,
		missedBytes: b[2]&0x02 != 0,
		mechanical:  b[2]&0x40 != 0,
		cutterError: b[3]&0x01 != 0,
		fatal:       b[3]&^0x03 != 0,
	}
}

// troubled says whether something keeps the printer from printing.
func (c condition) troubled() bool {
	c.inMouth = false
	return c.status().State != devices.Ready
}

// status names the one thing that a person has to do first.
func (c condition) status() devices.Status {
	s := devices.Status{State: devices.Attention, Low: c.paperLow && !c.paperOut, Since: time.Now()}
	switch {
	case c.fatal:
		s.State, s.Reason, s.Detail = devices.Failed, "printer-error", "printer reports an unrecoverable error"
	case c.coverOpen:
		s.Reason = "cover-open"
	case c.paperOut:
		s.Reason = "paper-out"
	case c.cutterError:
		s.Reason, s.Detail = "cutter-jam", "printer reports a cutter error"
	case c.mechanical:
		s.Reason, s.Detail = "printer-jam", "printer reports a recoverable mechanical error"
	case c.cooling:
		s.Reason, s.Detail = "printer-hot", "printer waits for its head to cool or its voltage to return"
	case c.offline:
		s.Reason, s.Detail = "printer-offline", "printer is offline and names no cause"
	case c.inMouth:
		s.Reason = "paper-in-mouth"
	default:
		s.State = devices.Ready
		if c.missedBytes {
			s.Detail = "printer reports errors on its line: speed, parity or cable"
		}
	}
	if s.Low && s.Detail == "" {
		s.Detail = "paper roll is near its end"
	}
	return s
}
