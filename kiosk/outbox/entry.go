package outbox

import (
	"context"
	"errors"
	"time"
)

// Owner finds a citizen's submissions again without naming the citizen: a keyed
// hash of the codice fiscale, the key random for each terminal.
type Owner [16]byte

// Class is what kind of thing is submitted. It stands outside the seal, so it
// must never say more than this: which service it is could be health data.
type Class string

// Application is a form that a citizen filled in and signed.
const Application Class = "application"

// Parcel is one confirmed submission on its way: a sealed body, and the few
// words that travel outside the seal.
type Parcel struct {
	ID         string    // UUID, for life; the idempotency key of every attempt
	Class      Class     // what kind of thing it is
	CapturedAt time.Time // when the card signed
	// Deadline is the last day of the legal term, zero when there is none. Put draws
	// [Entry.By] from it and does not keep it: only some services have one.
	Deadline time.Time
	Owner    Owner
	Label    []byte // the service's name for the citizen's own eyes, sealed; may be empty
	KeyID    string // which of INPS's keys opens the seal
	Sealed   []byte // HPKE: enc followed by ciphertext (RFC 9180)
	// Attachments are documents kept by Attach, or handed out to be sent.
	Attachments []Attachment
	// Replaces is the ID of a submission of the same owner that this one takes the
	// place of; empty when there is none.
	Replaces string
}

// Entry is what the terminal knows of a submission without opening it.
type Entry struct {
	Seq        uint64    `json:"seq"`
	ID         string    `json:"id"`
	Claim      string    `json:"claim"` // code on the local receipt: PUE-0421-7K3F-9M2X-4QPAT
	Class      Class     `json:"class"`
	State      State     `json:"state"`
	CapturedAt time.Time `json:"captured_at"`
	// ClockTrusted: somebody vouched for the terminal's clock when it was stored.
	ClockTrusted bool `json:"clock_trusted"`
	// By is the day by which a person has to have dealt with it if INPS does not
	// have it: 15 days after it was confirmed, or the end of its legal term when
	// that is sooner. It is zero while nobody vouches for the terminal's clock.
	By time.Time `json:"by,omitzero"`
	// Term is the last day of the legal term, for whoever was told it by the citizen
	// or read it off the label. The outbox does not know it: it would tell which
	// service it is.
	Term     time.Time `json:"-"`
	Attempts int       `json:"attempts"` // those of which a byte may have left
	NextTry  time.Time `json:"next_try,omitzero"`
	Reason   string    `json:"reason,omitempty"` // why the last attempt failed, as a key
	Protocol string    `json:"protocol,omitempty"`
	FiledAt  time.Time `json:"filed_at,omitzero"` // INPS's time, UTC
	Digest   string    `json:"digest"`            // hex SHA-256 of the sealed body
	KeyID    string    `json:"key_id,omitempty"`  // which of INPS's keys opens the seal
	// Destination is who can open it, as far as that follows from KeyID.
	Destination string `json:"destination,omitempty"`
	Size        int    `json:"size"`                 // of the sealed body, in bytes
	Delivered   bool   `json:"delivered"`            // the final receipt was printed
	Phone       bool   `json:"phone,omitempty"`      // the citizen left a telephone number for this case
	HandedOut   bool   `json:"handed_out,omitempty"` // it went into a bundle
	Owner       Owner  `json:"-"`
	Label       []byte `json:"-"` // opens only with the card of the owner
}

// State is where a submission stands.
type State string

const (
	Waiting State = "waiting" // safe here, not yet sent
	Unknown State = "unknown" // an attempt began and its outcome is not known: ask before resending
	Filed   State = "filed"   // INPS confirmed with a protocol number
	Refused State = "refused" // INPS said no; a person decides (dead letter)
	// Stuck: the attempts are used up; it goes another way, by a person (dead letter).
	Stuck     State = "stuck"
	Withdrawn State = "withdrawn" // by the citizen, before the first attempt
	Closed    State = "closed"    // a dead letter that a person has dealt with
)

// Alarm is why a person must look at a submission; empty when nobody need.
type Alarm string

const (
	AlarmRefused  Alarm = "refused"
	AlarmStuck    Alarm = "stuck"
	AlarmDamaged  Alarm = "damaged"  // what is on disk is not what the citizen confirmed
	AlarmDeadline Alarm = "deadline" // [Entry.By] is near or over, and INPS does not have it
)

const (
	// longestHere is how long INPS may be without a submission before a person has
	// to have dealt with it. A term that every submission has tells nothing of the
	// service; only a legal term that is nearer than this can.
	longestHere = 15 * day
	// alarmBefore is how long before that day it becomes a person's business: time
	// for the citizen to go to a patronato in opening hours, a week-end in between.
	alarmBefore = 5 * day
)

// by is the day by which a person has to have dealt with a submission.
func by(term, captured time.Time) time.Time {
	here := lastDay(captured.UTC().Add(longestHere))
	if term = lastDay(term); !term.IsZero() && term.Before(here) {
		return term
	}
	return here
}

// Withdrawable reports whether the citizen may still take the submission back:
// no byte of it has left for INPS, by whatever way.
func (e Entry) Withdrawable() bool { return e.State == Waiting && e.Attempts == 0 && !e.HandedOut }

// Alarm says why a person must look at the submission. At the zero time, which is
// that of a clock nobody vouches for, no day is near.
func (e Entry) Alarm(now time.Time) Alarm {
	return alarm(e.State, e.Reason == ReasonDamaged, e.By, now)
}

func alarm(s State, damaged bool, by, now time.Time) Alarm {
	switch {
	case s == Refused:
		return AlarmRefused
	case s == Stuck:
		return AlarmStuck
	case !s.pending():
		return ""
	case damaged:
		return AlarmDamaged
	case !by.IsZero() && !now.IsZero() && !now.Before(by.Add(-alarmBefore)):
		return AlarmDeadline
	}
	return ""
}

// pending: it is still to be brought to INPS.
func (s State) pending() bool { return s == Waiting || s == Unknown }

// dead: a person has to deal with it.
func (s State) dead() bool { return s == Refused || s == Stuck }

// open: neither with INPS nor done with.
func (s State) open() bool { return s.pending() || s.dead() }

// Confirmation is INPS's signed word that it has a submission.
type Confirmation struct {
	ID       string
	Protocol string    // opaque, issued by INPS only
	FiledAt  time.Time // UTC
	Digest   string    // hex SHA-256 of the body INPS received
	Signed   []byte    // the compact JWS itself, kept as proof
}

// Sender carries parcels to INPS. Both methods return exactly one of these
// errors, or a confirmation whose signature, id and digest were checked.
type Sender interface {
	// Send delivers the parcel once. ErrNoLine, a *BusyError and a *PausedError of
	// Send say that INPS has nothing of it, and the next try sends without asking:
	// where that is not certain, the error is ErrUnknownOutcome.
	Send(ctx context.Context, p Parcel) (Confirmation, error)
	// Ask finds out what became of an earlier attempt; ErrNotKnown means that
	// INPS never had it. Of a parcel without Sealed the body was lost here, and with
	// it the digest to check a confirmation against: the id has to do.
	Ask(ctx context.Context, p Parcel) (Confirmation, error)
}

var (
	// ErrNoLine: no byte reached INPS. Not counted as an attempt.
	ErrNoLine = errors.New("INPS cannot be reached")
	// ErrUnknownOutcome: bytes left, no trustworthy answer came back.
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrProcessing: INPS has it and has not decided yet.
	ErrProcessing = errors.New("INPS is processing")
	// ErrNotKnown: INPS does not know the id.
	ErrNotKnown = errors.New("INPS does not know this submission")
)

// BusyError is a refusal for now: try after the given time. An error that is also
// ErrUnknownOutcome says that somebody on the way asked for the time, and does not
// know what INPS has: the time is kept, and the outcome is unknown.
type BusyError struct{ After time.Duration }

func (e *BusyError) Error() string { return "INPS is busy, retry after " + e.After.String() }

// RefusedError is a refusal for good (4xx that repeating cannot cure).
type RefusedError struct {
	Status int
	Reason string // one of [Refusals]; any other is stored as [RefusedOther]
}

func (e *RefusedError) Error() string { return "INPS refused the submission: " + e.Reason }

// PausedError means that this terminal, not this submission, is the trouble
// (certificate refused): the whole outbox pauses.
type PausedError struct{ Reason string }

func (e *PausedError) Error() string { return "INPS does not accept this terminal: " + e.Reason }
