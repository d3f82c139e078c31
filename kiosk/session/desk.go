package session

import (
	"errors"
	"slices"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/audit"
	"pue/kiosk/outbox"
)

// deskRows is how many submissions the officer sees on one page.
const deskRows = 4

// desk is what an unlocked officer looks at behind the board: submissions by
// their codes, never by their people. It is forgotten when the board is locked.
type desk struct {
	Open    []Item // not at INPS, alarms first
	Collect []Item // at INPS, with a final receipt that nobody has yet
	Page    int
	Item    *Item
	From    Screen // where Item was opened
	// Busy: a yes is being carried out, and nothing else is done until it is.
	Busy bool
	// Phone is the number that Item's citizen left, shown once.
	Phone smartcard.Private
	// Notice is the message key of what an act here came to; Until the time that it
	// names.
	Notice string
	Until  time.Time
	// Typed is the code that was looked for, and Back where the search began.
	Typed string
	Back  Screen
	// NoPhones: no citizen can leave a number for this officer.
	NoPhones bool
	Papers   paperDesk
	Reading  bool // the lists are being read
	Stale    bool // they have changed since
	ReadAt   time.Time
}

// deskEvery is how often the lists are read at most: behind them may be a long
// outage, and a queue that drains changes a hundred times a second.
const deskEvery = 2 * time.Second

// Item is a submission as an officer may see it: the entry is without its owner
// and its label.
type Item struct {
	outbox.Entry
	Alarm outbox.Alarm
}

// CanTry: sending it at once makes sense.
func (i *Item) CanTry() bool {
	return i.Alarm != outbox.AlarmDamaged && (i.State == outbox.Waiting || i.State == outbox.Unknown || i.State == outbox.Stuck)
}

// CanClose: it is a dead letter, or will never be sent, and only a person ends it.
func (i *Item) CanClose() bool {
	return i.State == outbox.Refused || i.State == outbox.Stuck || i.Alarm == outbox.AlarmDamaged
}

// CanCall: its citizen left a number, and the case for it has come.
func (i *Item) CanCall() bool { return i.Phone && i.Alarm != "" }

// NeedsSheet: INPS does not have it, so that its citizen may need another way.
func (i *Item) NeedsSheet() bool { return i.CanTry() || i.CanClose() }

// refreshDesk fetches the lists when they have changed, if it is time.
func (t *turn) refreshDesk() {
	if d := &t.s.Desk; d.Stale && !d.Reading && !t.now.Before(d.nextReading()) {
		t.readDesk()
	}
}

func (d *desk) nextReading() time.Time { return d.ReadAt.Add(deskEvery) }

// readDesk fetches the lists, once at a time.
func (t *turn) readDesk() {
	d := &t.s.Desk
	if d.Reading {
		d.Stale = true
		return
	}
	d.Reading, d.Stale = true, false
	read := ReadDesk{Visit: t.s.Visit}
	if d.Item != nil {
		read.Item = d.Item.ID
	}
	t.do(read)
}

// deskAnswered takes what came of an effect of this unlocking.
func (t *turn) deskAnswered(e Event) {
	switch e := e.(type) {
	case DeskRead:
		if t.current(e.Visit) {
			t.deskRead(e)
		}
	case LookedUp:
		if t.current(e.Visit) {
			t.lookedUp(e)
		}
	case Tried:
		if t.current(e.Visit) {
			t.tried(e)
		}
	case Ended:
		if t.current(e.Visit) {
			t.ended(e)
		}
	case PhoneRead:
		if t.current(e.Visit) {
			t.phoneRead(e)
		}
	case OfficerKnown:
		if t.current(e.Visit) {
			t.s.Desk.NoPhones = e.Err != nil
		}
	}
}

func (t *turn) deskRead(e DeskRead) {
	d := &t.s.Desk
	d.Open, d.Collect, d.Reading, d.ReadAt = e.Open, e.Collect, false, t.now
	if e.Item != nil && d.Item != nil && d.Item.ID == e.Item.ID {
		d.Item = e.Item
	}
}

// touchDesk walks behind the board.
func (t *turn) touchDesk(e Touch) {
	d := &t.s.Desk
	switch {
	case e.Act == Lock:
		t.lock()
	case t.s.Screen == QueueItem || t.s.Screen == AskClose || t.s.Screen == AskPhone:
		t.touchItem(e)
	case e.Act == GoBack && t.s.Screen == FindClaim:
		d.Notice, d.Typed = "", ""
		t.show(d.Back)
	case e.Act == GoBack:
		t.show(Board)
	case e.Act == OpenFind && t.s.Screen != FindClaim:
		d.Back = t.s.Screen
		t.show(FindClaim)
	case t.s.Screen == Queue && e.Act == Page:
		d.Page = pageOf(e.Value, len(d.Open), deskRows)
	case t.s.Screen == Collect && e.Act == Page:
		d.Page = pageOf(e.Value, len(d.Collect), deskRows)
	case t.s.Screen == Queue && e.Act == ShowItem:
		t.showItem(find(d.Open, e.Value))
	case t.s.Screen == Collect && e.Act == PrintIt:
		if i := find(d.Collect, e.Value); i != nil {
			t.print(Order{Kind: PaperFinal, Entry: &i.Entry}, Collect)
		}
	case t.s.Screen == FindClaim && e.Act == Answer:
		d.Notice, d.Typed = "", e.Fields["claim"]
		t.do(LookUp{Visit: t.s.Visit, Typed: d.Typed})
	}
}

func find(items []Item, claim string) *Item {
	i := slices.IndexFunc(items, func(i Item) bool { return i.Claim == claim })
	if i < 0 {
		return nil
	}
	item := items[i]
	return &item
}

func (t *turn) showItem(i *Item) {
	if i == nil {
		return
	}
	d := &t.s.Desk
	d.Item, d.From, d.Notice, d.Phone = i, t.s.Screen, "", smartcard.Private{}
	t.show(QueueItem)
}

// lookedUp shows the submission that the officer typed the code of.
func (t *turn) lookedUp(e LookedUp) {
	switch {
	case t.s.Screen != FindClaim:
	case e.Item == nil:
		t.s.Desk.Notice = "find-claim.none"
	default:
		t.showItem(e.Item)
	}
}

// touchItem does what one submission needs of a person.
func (t *turn) touchItem(e Touch) {
	d := &t.s.Desk
	i := d.Item
	switch {
	case d.Busy:
	case t.s.Screen != QueueItem:
		t.answerItem(e)
	case e.Act == GoBack:
		t.show(d.From)
		d.Item, d.Notice, d.Phone = nil, "", smartcard.Private{}
	case e.Act == TryNow && i.CanTry():
		d.Notice = ""
		t.do(TryItem{Visit: t.s.Visit, ID: i.ID, Stuck: i.State == outbox.Stuck, Officer: t.s.Officer.Pseudonym})
	case e.Act == PrintSheet && i.NeedsSheet():
		t.print(Order{Kind: PaperPatronato, Entry: &i.Entry}, QueueItem)
	case e.Act == PrintIt && i.State == outbox.Filed:
		t.print(Order{Kind: PaperFinal, Entry: &i.Entry}, QueueItem)
	case e.Act == CloseItem && i.CanClose():
		t.show(AskClose)
	case e.Act == SeePhone && i.CanCall():
		t.show(AskPhone)
	}
}

// answerItem takes the officer's yes, or the way back. After a yes the screen stays
// until it is carried out: a number that is read is deleted, and must be seen.
func (t *turn) answerItem(e Touch) {
	d, officer := &t.s.Desk, t.s.Officer.Pseudonym
	switch {
	case e.Act == GoBack:
		t.show(QueueItem)
		return
	case e.Act == Confirm && t.s.Screen == AskClose:
		t.do(EndItem{Visit: t.s.Visit, ID: d.Item.ID, Officer: officer})
	case e.Act == Confirm && t.s.Screen == AskPhone:
		t.do(ReadPhone{Visit: t.s.Visit, ID: d.Item.ID, Officer: officer})
	default:
		return
	}
	d.Notice, d.Busy = "", true
}

// answered goes back to the submission once a yes is carried out.
func (t *turn) answered() {
	if d := &t.s.Desk; d.Busy {
		d.Busy = false
		t.show(QueueItem)
	}
}

// tried says when the submission goes out: INPS may have asked for time, which
// nobody here cuts short.
func (t *turn) tried(e Tried) {
	d := &t.s.Desk
	switch {
	case d.Item == nil || d.Item.ID != e.ID:
		return
	case e.Err != nil:
		d.Notice = "queue-item.trouble"
		return
	case e.Until.After(t.now):
		d.Notice, d.Until = "queue-item.wait", e.Until
	default:
		d.Notice = "queue-item.trying"
	}
	t.readDesk()
}

// ended says whether the dead letter is closed.
func (t *turn) ended(e Ended) {
	d := &t.s.Desk
	if d.Item == nil || d.Item.ID != e.ID {
		return
	}
	t.answered()
	if e.Err != nil {
		d.Notice = "queue-item.trouble"
		return
	}
	t.readDesk()
}

// phoneRead shows the number wherever the officer is by now, as long as it is that
// of the submission that is looked at: it is nowhere else any more.
func (t *turn) phoneRead(e PhoneRead) {
	d := &t.s.Desk
	if d.Item == nil || d.Item.ID != e.ID {
		return
	}
	t.answered()
	switch {
	case errors.Is(e.Err, outbox.ErrNotForYou):
		d.Notice = "queue-item.other-officer"
		return
	case e.Err != nil:
		d.Notice = "queue-item.no-phone"
		return
	}
	read := *d.Item
	read.Phone = false
	d.Phone, d.Item = e.Number, &read
	t.readDesk()
}

// touchBoard opens and closes the point, and leads behind the board.
func (t *turn) touchBoard(e Touch) {
	o, d := &t.s.Officer, &t.s.Desk
	switch e.Act {
	case ClosePoint:
		t.s.Closed = true
		t.do(note(audit.Event{Name: audit.PointClosed, Officer: o.Pseudonym}))
	case OpenPoint:
		t.s.Closed = false
		t.do(note(audit.Event{Name: audit.PointOpened, Officer: o.Pseudonym}))
	case Assist:
		who := officer{Pseudonym: o.Pseudonym, Name: o.Name, Until: t.now.Add(t.presence)}
		t.do(note(audit.Event{Name: audit.OfficerAssists, Officer: o.Pseudonym}))
		t.leaveBoard(true)
		t.s.Officer = who
	case Lock:
		t.lock()
	case OpenQueue:
		d.Page = 1
		t.show(Queue)
	case OpenCollect:
		d.Page = 1
		t.show(Collect)
	case OpenPapers:
		d.Papers = paperDesk{Page: 1}
		t.show(PaperList)
	case Acknowledge:
		if t.s.Upkeep.Recovery != nil {
			t.do(AcknowledgeRecovery{Visit: t.s.Visit, Officer: o.Pseudonym})
		}
	}
}
