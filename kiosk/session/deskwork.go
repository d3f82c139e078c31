package session

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/outbox"
)

// ReadDesk fetches what is not at INPS and what nobody has collected; Item is
// the id of the one that is being looked at, or empty.
type ReadDesk struct {
	Visit uint64
	Item  string
}

// LookUp finds a submission by its claim code, as it was typed.
type LookUp struct {
	Visit uint64
	Typed string
}

// TryItem sends a submission now; one that is stuck has its attempts counted
// anew.
type TryItem struct {
	Visit uint64
	ID    string
	Stuck bool
	// Officer is who asks for it.
	Officer string
}

// EndItem closes a dead letter.
type EndItem struct {
	Visit       uint64
	ID, Officer string
}

// ReadPhone opens the number that a citizen left, which deletes it.
type ReadPhone struct {
	Visit       uint64
	ID, Officer string
}

// EnrolOfficer lets citizens leave numbers for an officer whose card has just
// made its secret.
type EnrolOfficer struct {
	Visit   uint64
	Officer string
}

// AcknowledgeRecovery notes that an officer has read what happened to the store.
type AcknowledgeRecovery struct {
	Visit   uint64
	Officer string
}

// What comes of them.
type (
	DeskRead struct {
		Visit         uint64
		Open, Collect []Item
		Item          *Item // the one that ReadDesk named, if it is still there
	}
	LookedUp struct {
		Visit uint64
		Item  *Item // nil: there is none
	}
	// Tried is the end of TryItem: it goes out at Until, or when it is its turn.
	Tried struct {
		Visit uint64
		ID    string
		Until time.Time
		Err   error
	}
	// Ended is the end of EndItem.
	Ended struct {
		Visit uint64
		ID    string
		Err   error
	}
	// OfficerKnown is the end of EnrolOfficer.
	OfficerKnown struct {
		Visit uint64
		Err   error
	}
	PhoneRead struct {
		Visit  uint64
		ID     string
		Number smartcard.Private
		Err    error
	}
)

func (ReadDesk) effect()            {}
func (LookUp) effect()              {}
func (TryItem) effect()             {}
func (EndItem) effect()             {}
func (ReadPhone) effect()           {}
func (EnrolOfficer) effect()        {}
func (AcknowledgeRecovery) effect() {}
func (DeskRead) event()             {}
func (LookedUp) event()             {}
func (Tried) event()                {}
func (Ended) event()                {}
func (OfficerKnown) event()         {}
func (PhoneRead) event()            {}

// Desk is the outbox as an officer uses it.
type Desk interface {
	Counts() outbox.Counts
	// Open is the first so many of what INPS does not have, alarms first.
	Open(most int) []outbox.Entry
	ToDeliver(most int) []outbox.Entry
	Find(claimOrID string) (outbox.Entry, bool)
	// Watch gets a value after any submission has changed.
	Watch(ctx context.Context) <-chan struct{}
	// Hurry cuts the back-off short of whatever goes where that submission goes.
	Hurry(id string)
	// AskedToWait is the time before which that one's destination itself wants
	// nothing; zero for none.
	AskedToWait(id string) time.Time
	Retry(ctx context.Context, id, officer string) error
	Close(ctx context.Context, id, officer string) error
}

// Phones keeps telephone numbers that only an officer's unlock opens.
type Phones interface {
	CanLeavePhone() bool
	LeavePhone(ctx context.Context, id string, o outbox.Owner, phone string) error
	TakeBackPhone(ctx context.Context, id string, o outbox.Owner) error
	Enrol(ctx context.Context, pseudonym string, secret []byte) error
	ShowPhone(ctx context.Context, id, officer string, secret []byte) (string, error)
}

// mostItems bounds a list at the board: nobody turns forty pages, and a code
// finds what lies beyond.
const mostItems = 200

func itemsOf(entries []outbox.Entry, now time.Time) []Item {
	items := make([]Item, 0, min(len(entries), mostItems))
	for _, e := range entries[:min(len(entries), mostItems)] {
		items = append(items, itemOf(e, now))
	}
	return items
}

// itemOf leaves out what could lead to the citizen.
func itemOf(e outbox.Entry, now time.Time) Item {
	alarm := e.Alarm(now)
	e.Owner, e.Label = outbox.Owner{}, nil
	return Item{e, alarm}
}

func (r *runner) readDesk(e ReadDesk) {
	now := time.Now()
	d := DeskRead{Visit: e.Visit, Open: itemsOf(r.o.Desk.Open(mostItems), now), Collect: itemsOf(r.o.Desk.ToDeliver(mostItems), now)}
	if found, ok := r.o.Desk.Find(e.Item); ok && e.Item != "" {
		i := itemOf(found, now)
		d.Item = &i
	}
	r.report(d)
}

func (r *runner) lookUp(e LookUp) {
	answer := LookedUp{Visit: e.Visit}
	if found, ok := r.o.Desk.Find(e.Typed); ok {
		i := itemOf(found, time.Now())
		answer.Item = &i
	}
	r.report(answer)
}

func (r *runner) tryItem(ctx context.Context, e TryItem) {
	var err error
	if e.Stuck {
		err = r.o.Desk.Retry(ctx, e.ID, e.Officer)
	}
	r.o.Desk.Hurry(e.ID)
	r.notDone(e.ID, err)
	r.report(Tried{Visit: e.Visit, ID: e.ID, Until: r.o.Desk.AskedToWait(e.ID), Err: err})
}

func (r *runner) endItem(ctx context.Context, e EndItem) {
	err := r.o.Desk.Close(ctx, e.ID, e.Officer)
	r.notDone(e.ID, err)
	r.report(Ended{Visit: e.Visit, ID: e.ID, Err: err})
}

func (r *runner) notDone(id string, err error) {
	if err != nil {
		r.o.Log.Error("officer's wish not done", "submission", id, "err", err)
	}
}

// secretMessage is what an officer's card signs to open what was left for that
// officer. The signature is the same each time (RSASSA-PKCS1-v1_5 has no
// randomness, RFC 8017 §8.2) and nobody can make it without card and PIN. No
// protocol asks a card to sign these words; no answer to a challenge is one.
const secretMessage = "PUE officer secret v1: opens the telephone numbers that citizens left at this terminal\x00"

// makeSecret has the card sign it; the PIN must have been verified.
func makeSecret(card smartcard.Card) ([]byte, error) {
	digest := sha256.Sum256([]byte(secretMessage))
	secret, err := card.Sign(digest[:])
	if err != nil {
		return nil, fmt.Errorf("making the officer's secret: %w", err)
	}
	return secret, nil
}

func (r *runner) enrol(ctx context.Context, v *visit, e EnrolOfficer) {
	v.card.Lock()
	defer v.card.Unlock()
	if v.secret == nil {
		return // locked again
	}
	err := r.o.Phones.Enrol(ctx, e.Officer, v.secret)
	if err != nil {
		r.o.Log.Error("no numbers can be left for an officer", "officer", e.Officer, "err", err)
	}
	r.report(OfficerKnown{e.Visit, err})
	r.report(UpkeepChanged{r.upkeep()})
}

func (r *runner) readPhone(ctx context.Context, v *visit, e ReadPhone) {
	v.card.Lock()
	defer v.card.Unlock()
	if v.secret == nil { // locked again: the number stays where it is
		r.report(PhoneRead{Visit: e.Visit, ID: e.ID, Err: errNoCard})
		return
	}
	number, err := r.o.Phones.ShowPhone(ctx, e.ID, e.Officer, v.secret)
	if err != nil {
		r.o.Log.Warn("number not opened", "submission", e.ID, "officer", e.Officer, "err", err)
	}
	r.report(PhoneRead{Visit: e.Visit, ID: e.ID, Number: smartcard.NewPrivate(number), Err: err})
}

// keepPhone leaves a number with the citizen's own submission, or takes it away.
// It was confirmed, and is done even when the card leaves meanwhile.
func (r *runner) keepPhone(ctx context.Context, owner outbox.Owner, e KeepPhone) {
	done := PhoneKept{Visit: e.Visit, ID: e.ID, There: !e.Number.IsZero()}
	if done.There {
		done.Err = r.o.Phones.LeavePhone(ctx, e.ID, owner, e.Number.Reveal())
	} else {
		done.Err = r.o.Phones.TakeBackPhone(ctx, e.ID, owner)
	}
	if done.Err != nil {
		r.o.Log.Error("number not kept", "submission", e.ID, "err", done.Err)
	}
	r.report(done)
}
