package session

import (
	"crypto/sha256"
	"maps"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/paper"
	"pue/kiosk/upstream"
)

// State is everything the machine remembers between two events. It is a value:
// next never changes the one it was given. A PIN is never in it, only how many
// digits of it were typed.
type State struct {
	Screen Screen // below any overlay
	Over   Screen // StillThere, Settings, Help, or none
	View   View
	Fault  Fault
	// FaultOf is the kind of the card that Fault is about, where that card was read.
	FaultOf smartcard.Kind

	// Visit numbers the uses of the terminal. What an effect of an earlier
	// visit brings back is dropped, so that a slow answer can never reach the
	// next citizen.
	Visit  uint64
	Seen   time.Time // last sign of life of a person
	Warned time.Time // since when StillThere asks

	Citizen  citizen
	Paused   *draft // a form whose card was pulled and has not come back
	Unsigned *draft // a form that was being signed when its card was pulled
	Finish   uint64 // the visit of Unsigned, until it is known what was stored
	Farewell FarewellView
	Print    printing
	Orders   uint64 // numbers the print jobs
	Mouth    mouth
	Today    *Today // what the slip says that Goodbye offers; nil: it offers none
	Captures uint64 // numbers the times that pages of a paper are taken

	Officer    officer
	Desk       desk
	Closed     bool      // the officer closed the point
	LentUntil  time.Time // the technician has the readers; zero when not
	Left       string    // reader whose card its holder forgot, until it is taken out
	Waiting    string    // reader whose card came while a submission was finished
	HelpCalled bool
	// LastTries are the cards that bear few more wrong PINs.
	LastTries lastTries

	Catalog *catalog.Catalog // in use
	Newer   *catalog.Catalog // waits until nobody is served; nil when there is none

	Slots   map[string]smartcard.Slot
	Roles   map[string]ReaderRole // of the readers in Slots
	Printer devices.Status
	Reader  devices.Status
	Line    devices.Status
	// Documents is the A4 printer, nil where there is none.
	Documents *devices.Status
	// LineComune is nil where nothing goes to the municipality.
	LineComune *devices.Status
	Queue      outbox.Counts
	Upkeep     Upkeep
	// Papers is what was printed, as far as it wants something of an officer.
	Papers paper.Standing
}

// citizen is who stands before the screen, from the first touch to the goodbye.
type citizen struct {
	Reader     string // where the card of this visit is; empty before one is in
	LetGo      bool   // that card is asked nothing any more: its holder wants nothing of it
	Identity   smartcard.Identity
	Revocation smartcard.RevocationState // empty while it is asked
	Notice     noticed
	NoticeOf   string // the authority, other than INPS, whose own notice was read
	LoggedIn   bool   // PIN verified in this visit
	Token      bool   // INPS accepted the log-in
	Keypad     Keypad
	Tries      Screen // the keypad to which LastTry leads
	Group      Group  // of services, that is open on the home screen
	TilePage   int
	Statement  *upstream.Statement
	Page       int
	Form       *draft
	Requests   []Request
	ListPage   int
	Opened     *Request // the one of them that is looked at
	Busy       bool     // it is being withdrawn
	Withdrawal withdrawal
	Phone      phone
	Told       string   // message key: what became of a touch that changed no screen
	Entry      *Request // what was just confirmed
	Today      []outbox.Entry
	Receipted  bool      // its receipt came out, or may have
	Out        Order     // the last paper about them that may be out
	Printed    bool      // something was ordered on paper
	Papers     int       // that came out for them, or may have
	Wants      *question // what to ask INPS once the PIN was given again, or on another try
	Questions  uint64    // how many INPS was asked in this visit
	Asking     *draft    // the questions of a service that shows something
	Answer     *answered
	// Delegations are the people that INPS says the citizen may act for, and Behalf the
	// one that was chosen; nil: the citizen. Unasked: INPS did not say.
	Delegations []upstream.Delegation
	Behalf      *upstream.Delegation
	Unasked     bool
	Ended       bool // INPS does not name the chosen one any more, and the screen says so
	Welcomed    bool // for whom was asked once
	Awaits      Act  // what was touched at the door, while the paper of the last visit is taken
	Cardless    bool // something is asked for without a card
	Code        code
	WantsForm   wanted
	Sheet       *catalog.Service // that is being read
	SheetPage   int

	Capture  capturing
	NoCamera bool // the page could not open it
}

// noticed is who has read the privacy notice: the holder of a card, or, before
// any card, whoever stands there.
type noticed struct {
	Seen bool
	By   [32]byte // fingerprint of the card; zero before one was read
}

// wanted is an application that is to be opened, and the saved submission that it
// is to take the place of, if any.
type wanted struct {
	Service  *catalog.Service
	Replaces *Request
	Behalf   string // id of the delegation it is for; empty: for the citizen
}

// draft is a half-filled form and whose it is.
type draft struct {
	Card       [32]byte       // its fingerprint
	Kind       smartcard.Kind // of that card, while it is awaited
	Unasked    bool           // nobody could say whether it was taken back
	Until      time.Time      // while paused: when it is forgotten
	Service    *catalog.Service
	Step       string
	Behalf     *upstream.Delegation // whom it is for; nil: the holder of the card
	Answers    catalog.Answers      // checked, canonical
	Typed      map[string]string    // as typed on the current page, unchecked
	Problems   catalog.Problems
	FromReview bool
	Resumed    bool
	Documents  pages // of the papers that belong to the answers
	// Replaces is the id of the saved submission that this one takes the place of.
	Replaces, ReplacesClaim string
}

// form is what is being filled: the questions of a service that shows something,
// or else an application.
func (c *citizen) form() *draft {
	if c.Asking != nil {
		return c.Asking
	}
	return c.Form
}

func (c *citizen) setForm(d *draft) {
	if c.Asking != nil {
		c.Asking = d
		return
	}
	c.Form = d
}

// untouched: nothing was written yet.
func (d *draft) untouched() bool { return len(d.Answers)+len(d.Typed) == 0 }

func (d *draft) clone() *draft {
	c := *d
	c.Answers, c.Typed, c.Problems = maps.Clone(d.Answers), maps.Clone(d.Typed), maps.Clone(d.Problems)
	c.Documents = maps.Clone(d.Documents)
	return &c
}

// officer is the municipal facilitator: nobody, unlocked at the board, or
// present beside a citizen until a time.
type officer struct {
	Pseudonym  string
	Name       string
	Reader     string // where the officer's card is while unlocking or unlocked
	Card       face   // while unlocking
	Revocation smartcard.RevocationState
	Keypad     Keypad    // while unlocking
	Unlocked   bool      // the board is on the screen
	Until      time.Time // presence ends; zero when not present
}

func (o officer) present() bool { return !o.Until.IsZero() }

// printing is the receipt on its way.
type printing struct {
	Number    uint64
	Order     Order
	Return    Screen // where to go when it is done
	Again     bool   // sent a second time by the machine, which it does once
	Open      bool   // the printer has not answered yet
	Progress  Progress
	Uncertain bool   // it never did
	Job       uint64 // the paper in the record of papers; 0: not there
}

// face is what a card shows to everybody: which card it is, and no person.
type face struct {
	Kind        smartcard.Kind
	Fingerprint [32]byte
	PIN         smartcard.PINLength
}

func faceOf(id smartcard.Identity) face { return face{id.Kind, id.Fingerprint, id.PIN} }

// known reports whether a card of this visit was read.
func (c *citizen) known() bool { return c.Identity.Kind != "" }

// certificateSum keys what only the holder of a card may read again: a CIE gives its
// certificate after the PIN alone.
func certificateSum(id smartcard.Identity) [32]byte {
	if !id.Complete() {
		return [32]byte{}
	}
	return sha256.Sum256(id.Certificate.Raw)
}

// visible is the screen a person sees.
func (s *State) visible() Screen {
	if s.Over != "" {
		return s.Over
	}
	return s.Screen
}
