package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"pue/kiosk/store"
)

// Upkeep is what the terminal needs of its officer or technician, and what an
// application needs of the terminal before its first question is asked.
type Upkeep struct {
	// Full: there is no room for one more submission.
	Full bool `json:"full,omitempty"`
	// Sick: the disk answers with errors, so that nobody knows whether there is room.
	Sick bool `json:"sick,omitempty"`
	// Keys are the authorities whose sealing keys somebody has to look after.
	Keys []KeyTrouble `json:"keys,omitempty"`
	// Phones: citizens can leave a number, because an officer can open it.
	Phones bool `json:"phones"`
	// Catalogue: a newer catalogue was refused, and the one before it is in use.
	Catalogue bool `json:"catalogue,omitempty"`
	// Clock says that somebody has to look after the clock; empty when it is kept.
	Clock Clock `json:"clock,omitempty"`
	// Recovery is what the store did to save itself, until an officer has read it.
	Recovery *store.Recovery `json:"recovery,omitempty"`
}

// Clock is how little the terminal believes its own clock.
type Clock string

const (
	// ClockUnsure is a clock that no time service keeps.
	ClockUnsure Clock = "unsure"
	// ClockWrong is one that shows a time before this version was made.
	ClockWrong Clock = "wrong"
)

// refusal is why no application to that authority may be begun now.
func (u Upkeep) refusal(destination string) Fault {
	switch {
	case u.Full:
		return FaultNoRoom
	case u.Sick:
		return FaultDisk
	case slices.ContainsFunc(u.Keys, func(k KeyTrouble) bool { return k.Missing && k.Destination == destination }):
		return FaultNoKey
	}
	return Fault{}
}

// needsSomebody: an officer finds a warning on the board.
func (u Upkeep) needsSomebody() bool {
	return u.Full || u.Sick || len(u.Keys) > 0 || u.Catalogue || u.Clock == ClockWrong || u.Recovery != nil
}

// Disk tells how the store is doing, and what happened to it.
type Disk interface {
	// Room is nil when there is room for one more submission.
	Room() error
	Recovery() (store.Recovery, bool)
	AcknowledgeRecovery(ctx context.Context, officer string) error
}

// upkeepEvery is how often the terminal looks after itself when nothing happens.
const upkeepEvery = 30 * time.Second

func (r *runner) upkeep() Upkeep {
	u := Upkeep{Keys: keyTrouble(r.o.Filing, time.Now()), Phones: r.o.Phones.CanLeavePhone()}
	if err := r.o.Disk.Room(); errors.Is(err, store.ErrFull) {
		u.Full = true
	} else if err != nil {
		u.Sick = true
		r.o.Log.Error("the disk does not say whether there is room", "err", err)
	}
	u.Clock = r.clock()
	u.Catalogue = r.o.CatalogueRefused != nil && r.o.CatalogueRefused()
	if recovery, open := r.o.Disk.Recovery(); open {
		u.Recovery = &recovery
	}
	return u
}

func (r *runner) acknowledge(ctx context.Context, e AcknowledgeRecovery) {
	if err := r.o.Disk.AcknowledgeRecovery(ctx, e.Officer); err != nil {
		r.o.Log.Error("acknowledgement not kept", "officer", e.Officer, "err", err)
	}
	r.report(UpkeepChanged{r.upkeep()})
}

// lookAfter takes a fresh look for an application that is about to be begun: the
// last one may be half a minute old. A disk in trouble answers late; until then
// the screen goes on without it.
func (r *runner) lookAfter(e LookAfter) { r.report(Looked{e.Visit, r.upkeep()}) }
