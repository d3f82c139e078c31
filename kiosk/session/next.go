package session

import (
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/catalog"
)

// plain is how the terminal looks when nobody has chosen otherwise.
var plain = View{Language: "it", Size: "m", Contrast: "normal"}

// machine is what the transitions need to know and never changes.
type machine struct {
	catalog *catalog.Catalog // of a terminal that was just switched on
	// notices are those of the authorities in filing.
	notices          map[string]NoticeView
	filing           []string      // the authorities that submissions can go to
	resume           time.Duration // how long a pulled card finds its form again
	presence         time.Duration // how long an officer stays present
	presenceRequired bool
	camera, scanner  bool // papers can be photographed, or scanned
	// mouthPatience is how long paper that nobody takes keeps the next person waiting.
	mouthPatience time.Duration
	// said is Options.Said.
	said func(Order, time.Time) string
}

// begin is the state of a terminal that was just switched on.
func (m *machine) begin(now time.Time) State {
	s := State{View: plain, Screen: Welcome, Visit: 1, Seen: now, Slots: map[string]smartcard.Slot{}, Catalog: m.catalog}
	s.Printer = devices.Status{State: devices.Starting, Since: now}
	s.Reader, s.Line = s.Printer, s.Printer
	return s
}

// next is the whole behaviour of the terminal: what it becomes when e happens
// at now, and what must be done about it. It reads no clock and touches nothing.
func (m *machine) next(s State, e Event, now time.Time) (State, []Effect) {
	t := &turn{machine: m, s: s, now: now}
	t.handle(e)
	return t.s, t.effects
}

// turn is one call of next being worked out.
type turn struct {
	*machine
	s       State
	now     time.Time
	effects []Effect
}

func (t *turn) do(e ...Effect) { t.effects = append(t.effects, e...) }

func (t *turn) handle(e Event) {
	switch e := e.(type) {
	case Touch:
		t.touch(e)
	case CardChange:
		t.cardChange(e)
	case CardRead:
		if t.current(e.Visit) && t.s.Screen == Reading {
			t.cardRead(e)
		}
	case PINChecked:
		t.learnTries(e)
		if t.current(e.Visit) {
			t.pinChecked(e)
		}
	case RevocationKnown:
		if t.current(e.Visit) {
			t.revocationKnown(e)
		}
	case LoggedIn:
		if t.current(e.Visit) && t.s.Screen == Checking {
			t.loggedIn(e)
		}
	case AnswerCame:
		if t.current(e.Visit) && t.s.Screen == Loading && e.Number == t.s.Citizen.Questions {
			t.answerCame(e)
		}
	case Photographed:
		t.photographed(e)
	case Scanned:
		t.scanned(e)
	case PageJudged:
		t.pageJudged(e)
	case Stored:
		t.stored(e)
	case Settled:
		if t.current(e.Visit) && t.s.Screen == Saving {
			t.settled(e)
		}
	case TakenBack:
		if t.current(e.Visit) {
			t.takenBack(e)
		}
	case PhoneKept:
		if t.current(e.Visit) {
			t.phoneKept(e)
		}
	case DeskRead, LookedUp, Tried, Ended, PhoneRead, OfficerKnown:
		t.deskAnswered(e)
	case PapersChanged:
		t.papersChanged(e.Standing)
	case PaperSettled:
		if t.current(e.Visit) {
			t.paperSettled(e)
		}
	case ReportWritten:
		if t.current(e.Visit) {
			t.reportWritten(e)
		}
	case UpkeepChanged:
		t.s.Upkeep = e.Upkeep
	case Looked:
		t.looked(e)
	case PrintGoesOn:
		if t.current(e.Visit) {
			t.printGoesOn(e)
		}
	case PrintEnded:
		if t.current(e.Visit) && e.Number == t.s.Print.Number {
			t.printEnded(e)
		}
	case DeviceChanged:
		t.deviceChanged(e)
	case QueueChanged:
		t.s.Queue = e.Queue
		if t.current(e.Visit) && t.s.Citizen.LoggedIn {
			t.refreshRequests(e.Requests)
		}
		if t.s.Officer.Unlocked {
			t.s.Desk.Stale = true
			t.refreshDesk()
		}
	case CodeKnown:
		if t.current(e.Visit) {
			t.codeKnown(e)
		}
	case CatalogueChanged:
		t.catalogueChanged(e.Catalog)
	case Lend:
		t.lend()
	case Return:
		if t.s.lent() {
			t.rest()
		}
	case Tick:
		t.tick()
	}
}

func (t *turn) current(visit uint64) bool { return visit == t.s.Visit }

// alive notes a sign of life.
func (t *turn) alive() {
	t.s.Seen = t.now
	if t.s.Over == StillThere {
		t.s.Over = ""
	}
}

// show puts a screen up and starts its time.
func (t *turn) show(screen Screen) {
	t.s.Screen, t.s.Over, t.s.Seen, t.s.Fault, t.s.FaultOf = screen, "", t.now, Fault{}, ""
}

func (t *turn) showFault(screen Screen, f Fault) {
	t.show(screen)
	t.s.Fault = f
	t.do(note(audit.Event{Name: audit.FaultShown, Code: f.Code}))
}

// endVisit forgets the visit's person and starts a new number. What the visit
// left behind on purpose (a farewell, a paused form) the caller sets after it.
func (t *turn) endVisit() {
	if t.s.Citizen.LoggedIn {
		t.do(note(audit.Event{Name: audit.SessionEnded}))
	}
	t.do(EndVisit{Visit: t.s.Visit}, WipePIN{})
	t.s.Visit++
	t.s.Citizen, t.s.Desk = citizen{}, desk{}
	t.s.Officer.Reader, t.s.Officer.Unlocked, t.s.Officer.Card, t.s.Officer.Keypad = "", false, face{}, Keypad{}
	t.s.Officer.Revocation = ""
	t.s.Paused, t.s.Unsigned, t.s.Print, t.s.Farewell = nil, nil, printing{}, FarewellView{}
	t.s.Today = nil
}

// rest is the end of every road: nobody is here, nothing is remembered.
func (t *turn) rest() {
	t.endVisit()
	t.s.View, t.s.HelpCalled, t.s.LentUntil, t.s.Waiting = plain, false, time.Time{}, ""
	t.adoptCatalogue()
	if t.s.Closed {
		t.show(OutOfOrder)
		return
	}
	t.show(Welcome)
}

// loan is how long the technician may have the readers: half a minute to put a
// card in, and what a slow card takes.
const loan = 2 * time.Minute

// lend gives the readers to the technician. Cards that come and go are left
// alone until they are given back, or the loan ends.
func (t *turn) lend() {
	if t.s.idle() {
		t.rest()
		t.s.LentUntil = t.now.Add(loan)
		t.show(OutOfOrder)
	}
}

func (s *State) lent() bool { return !s.LentUntil.IsZero() }

// leave ends the visit at the wish of the person, or of the clock. A card still
// in is asked back.
func (t *turn) leave() {
	if t.s.Officer.Reader != "" {
		t.lock()
		return
	}
	c, claim, today, papers := t.s.Citizen, t.s.Farewell.Claim, t.s.today(), t.s.papersLeft()
	if t.s.Screen == Saving && c.Entry == nil {
		t.s.Finish = t.s.Visit // the signature may be made already
	}
	if c.Entry != nil {
		claim = c.Entry.Claim
		t.printLeftReceipt()
	}
	t.endVisit()
	t.s.HelpCalled = false
	cardIn := t.s.Slots[c.Reader] == smartcard.CardIn || t.s.Slots[c.Reader] == smartcard.MuteCard
	switch {
	case cardIn:
		t.s.Citizen.Reader, t.s.Citizen.Papers = c.Reader, papers
		t.s.Farewell, t.s.Today = FarewellView{Claim: claim, CardIn: true, Card: c.Identity.Kind}, today
		t.show(Goodbye)
	case claim != "" || t.s.Finish != 0:
		t.s.Farewell = FarewellView{Claim: claim}
		t.show(Removed)
	default:
		t.rest()
	}
}

// printLeftReceipt prints the receipt of a confirmed submission whose citizen
// leaves before it came out, unless it is on its way: it names nobody.
func (t *turn) printLeftReceipt() {
	if t.s.owesReceipt() {
		t.s.Orders++
		t.do(Print{Visit: t.s.Visit, Number: t.s.Orders, Order: t.s.paperOf(t.s.Citizen.Entry)})
	}
}

func (s *State) owesReceipt() bool {
	c, p := &s.Citizen, &s.Print
	return c.Entry != nil && !c.Receipted && !(p.Open && p.Order.Entry != nil)
}

func (t *turn) deviceChanged(e DeviceChanged) {
	switch e.Name {
	case "reader":
		t.s.Reader = e.Status
	case "printer":
		t.s.Printer = e.Status
		t.printerChanged()
		t.noteMouth()
	case "documents":
		t.s.Documents = &e.Status
		t.printerChanged()
	case "line":
		t.s.Line = e.Status
	case "line-comune":
		t.s.LineComune = &e.Status
	}
}
