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
	services         []*catalog.Service
	resume           time.Duration // how long a pulled card finds its form again
	presence         time.Duration // how long an officer stays present
	presenceRequired bool
}

// begin is the state of a terminal that was just switched on.
func (m *machine) begin(now time.Time) State {
	s := State{View: plain, Screen: Welcome, Visit: 1, Seen: now, Slots: map[string]smartcard.Slot{}}
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
		t.cardChange(e.Reader, e.Slot)
	case CardRead:
		if t.current(e.Visit) && t.s.Screen == Reading {
			t.cardRead(e)
		}
	case PINChecked:
		if t.current(e.Visit) {
			t.pinChecked(e.Err)
		}
	case LoggedIn:
		if t.current(e.Visit) && t.s.Screen == Checking {
			t.loggedIn(e)
		}
	case StatementCame:
		if t.current(e.Visit) && t.s.Screen == Loading {
			t.statementCame(e)
		}
	case Stored:
		t.stored(e)
	case Settled:
		if t.current(e.Visit) && t.s.Screen == Saving {
			t.settled(e)
		}
	case PrintEnded:
		if t.current(e.Visit) {
			t.printEnded(e.Result)
		}
	case DeviceChanged:
		t.deviceChanged(e)
	case QueueChanged:
		t.s.Queue = e.Queue
		if t.current(e.Visit) && t.s.Citizen.LoggedIn {
			t.s.Citizen.Requests = e.Requests
			t.refreshEntry()
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
	t.s.Screen, t.s.Over, t.s.Seen = screen, "", t.now
}

func (t *turn) showFault(screen Screen, f Fault) {
	t.s.Fault = f
	t.show(screen)
	t.do(note(audit.Event{Name: audit.FaultShown, Code: f.Code}))
}

// endVisit forgets the visit's person and starts a new number. What the visit
// left behind on purpose (a farewell, a paused form) the caller sets after it.
func (t *turn) endVisit() {
	t.do(EndVisit{Visit: t.s.Visit}, WipePIN{})
	t.s.Visit++
	t.s.Citizen = citizen{}
	t.s.Officer.Reader, t.s.Officer.Unlocked, t.s.Officer.Keypad = "", false, Keypad{}
	t.s.Paused, t.s.Print, t.s.Farewell, t.s.Fault = nil, printing{}, FarewellView{}, Fault{}
}

// rest is the end of every road: nobody is here, nothing is remembered.
func (t *turn) rest() {
	t.endVisit()
	t.s.View, t.s.HelpCalled = plain, false
	t.show(t.restScreen())
	t.s.Fault = t.restFault()
}

func (t *turn) restScreen() Screen {
	if t.s.Closed {
		return OutOfOrder
	}
	return Welcome
}

// restFault is what a person who walks up should know before starting.
func (t *turn) restFault() Fault {
	switch {
	case t.s.Closed:
		return FaultClosed
	case t.s.Reader.State == devices.Absent || t.s.Reader.State == devices.Failed:
		return FaultNoReader
	case t.s.Printer.State == devices.Absent || t.s.Printer.State == devices.Failed:
		return FaultNoPrinter
	case t.s.Printer.State == devices.Attention:
		return printFault(t.s.Printer.Reason)
	}
	return Fault{}
}

// leave ends the visit at the wish of the person, or of the clock. A card still
// in is asked back.
func (t *turn) leave() {
	if t.s.Officer.Reader != "" {
		t.lock()
		return
	}
	reader, claim := t.s.Citizen.Reader, ""
	if t.s.Citizen.LoggedIn {
		t.do(note(audit.Event{Name: audit.SessionEnded}))
	}
	if t.s.Screen == Saving {
		t.s.Finish = t.s.Visit // the signature may be made already
	}
	if e := t.s.Citizen.Entry; e != nil {
		claim = e.Claim
		t.printLeftReceipt()
	}
	view := t.s.View
	t.endVisit()
	if t.s.Slots[reader] == smartcard.CardIn || t.s.Slots[reader] == smartcard.MuteCard {
		t.s.Citizen.Reader = reader
		t.s.Farewell = FarewellView{Claim: claim, CardIn: true}
		t.s.View = view
		t.show(Goodbye)
		return
	}
	if claim != "" || t.s.Finish != 0 {
		t.s.Farewell = FarewellView{Claim: claim}
		t.s.View = view
		t.show(Removed)
		return
	}
	t.rest()
}

// printLeftReceipt prints the receipt of a confirmed submission whose citizen
// leaves without having asked for it: it names nobody.
func (t *turn) printLeftReceipt() {
	if t.s.Citizen.Receipted {
		return
	}
	t.do(Print{Visit: t.s.Visit, Order: receiptOf(t.s.Citizen.Entry, t.s.View.Language)})
}

func (t *turn) deviceChanged(e DeviceChanged) {
	switch e.Name {
	case "reader":
		t.s.Reader = e.Status
	case "printer":
		t.s.Printer = e.Status
		t.printerChanged()
	case "line":
		t.s.Line = e.Status
	}
	if t.s.Screen == Welcome || t.s.Screen == OutOfOrder {
		t.s.Fault = t.restFault()
	}
}
