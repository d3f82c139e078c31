package session

import (
	"pue/devices"
	"pue/devices/printer"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// Event is something that happened. Only its type is ever logged: a Touch holds
// a digit of a PIN, others hold a person.
type Event interface{ event() }

// CardChange says what a reader holds now, and whom that reader is for.
type CardChange struct {
	smartcard.Change
	Role ReaderRole
}

// ReaderRole says whose cards belong into a reader. At a counter with two
// readers, the officer's may lie out of the citizen's reach.
type ReaderRole uint8

const (
	AnyReader ReaderRole = iota // whoever comes
	CitizenReader
	OfficerReader
)

// CardRead is the end of ReadCard. Officer is set when the card is an enrolled
// officer's.
type CardRead struct {
	Visit    uint64
	Identity smartcard.Identity
	Officer  *Enrolled
	Err      error
}

// Enrolled is an officer named in the config.
type Enrolled struct{ Pseudonym, Name string }

// PINChecked is the end of CheckPIN: the holder as the card names them now, or a
// *smartcard.PINError, or the card gone or false.
type PINChecked struct {
	Visit    uint64
	Card     [32]byte // its fingerprint: what its counter says holds when the visit is over too
	Identity smartcard.Identity
	Err      error
}

// LoggedIn is the end of LogIn. An error is INPS's or the line's: the citizen is
// known to the terminal all the same.
type LoggedIn struct {
	Visit    uint64
	Requests []Request
	// Delegations are the people the citizen may act for; Unasked: INPS did not say.
	Delegations []upstream.Delegation
	Unasked     bool
	Err         error
}

// Request is a submission as its own citizen sees it.
type Request struct {
	outbox.Entry
	// Service by the label that only the citizen's card opens; nil when this card
	// does not, or the service is no longer offered.
	Service *catalog.Service
	// Behalf: it is for somebody else, as the label says too.
	Behalf bool
	// Unasked: it was made in this visit, and nobody could say whether the card was
	// taken back.
	Unasked bool
	// Alarm is why somebody has to help; empty while nobody need.
	Alarm outbox.Alarm
}

// Stored says that a submission is signed, sealed and on disk, or why not.
type Stored struct {
	Visit uint64
	Entry outbox.Entry
	// First is, after outbox.ErrTooLate, the submission that it was to take the
	// place of, as it stands now.
	First outbox.Entry
	Err   error
}

// Settled ends the wait for INPS's first answer to a submission; the entry says
// whether it was filed.
type Settled struct {
	Visit uint64
	Entry outbox.Entry
}

// TakenBack is the end of TakeBack: nil, outbox.ErrTooLate, or the disk's trouble.
type TakenBack struct {
	Visit uint64
	ID    string
	// Entry is how the submission stands now, after outbox.ErrTooLate.
	Entry outbox.Entry
	Err   error
}

// PhoneKept is the end of KeepPhone; There says whether a number is left now.
type PhoneKept struct {
	Visit uint64
	ID    string
	There bool
	Err   error
}

// PrintEnded is the end of Print. Job is the paper in the record of papers, 0 when it
// is not there.
type PrintEnded struct {
	Visit  uint64
	Number uint64
	Job    uint64
	Result printer.Result
}

// DeviceChanged reports "reader", "printer", "documents" (the A4 printer), "line" (to
// INPS) or "line-comune".
type DeviceChanged struct {
	Name   string
	Status devices.Status
}

// QueueChanged carries the outbox's counts, and the entries of the citizen who
// is logged in.
type QueueChanged struct {
	Queue    outbox.Counts
	Visit    uint64
	Requests []Request
}

// UpkeepChanged says what the terminal needs of its officer, if anything.
type UpkeepChanged struct{ Upkeep }

// Looked is the end of LookAfter.
type Looked struct {
	Visit uint64
	Upkeep
}

// Lend gives the readers to the technician, if nobody is served; Return takes
// them back.
type (
	Lend   struct{}
	Return struct{}
)

// Tick is the clock: the time that next was waiting for has come.
type Tick struct{}

func (Touch) event()         {}
func (CardChange) event()    {}
func (CardRead) event()      {}
func (PINChecked) event()    {}
func (LoggedIn) event()      {}
func (Stored) event()        {}
func (Settled) event()       {}
func (TakenBack) event()     {}
func (PhoneKept) event()     {}
func (UpkeepChanged) event() {}
func (Looked) event()        {}
func (PrintEnded) event()    {}
func (DeviceChanged) event() {}
func (QueueChanged) event()  {}
func (Lend) event()          {}
func (Return) event()        {}
func (Tick) event()          {}
