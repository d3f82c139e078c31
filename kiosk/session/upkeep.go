package session

import (
	"context"
	"errors"
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
	// NoKey: INPS has no key that a submission could be sealed to now.
	NoKey bool `json:"no_key,omitempty"`
	// KeyEnds is when the last key ends, if that is near; zero while it is not.
	KeyEnds time.Time `json:"key_ends,omitzero"`
	// Phones: citizens can leave a number, because an officer can open it.
	Phones bool `json:"phones"`
	// Recovery is what the store did to save itself, until an officer has read it.
	Recovery *store.Recovery `json:"recovery,omitempty"`
}

// refusal is why no application may be begun now.
func (u Upkeep) refusal() Fault {
	switch {
	case u.Full:
		return FaultNoRoom
	case u.Sick:
		return FaultDisk
	case u.NoKey:
		return FaultNoKey
	}
	return Fault{}
}

// needsSomebody: an officer finds a warning on the board.
func (u Upkeep) needsSomebody() bool {
	return u.refusal() != (Fault{}) || !u.KeyEnds.IsZero() || u.Recovery != nil
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
	sealing, err := r.o.INPS.Sealing(time.Now())
	u := Upkeep{NoKey: err != nil, Phones: r.o.Phones.CanLeavePhone()}
	if err == nil && sealing.Warn {
		u.KeyEnds = sealing.Until
	}
	if err := r.o.Disk.Room(); errors.Is(err, store.ErrFull) {
		u.Full = true
	} else if err != nil {
		u.Sick = true
		r.o.Log.Error("the disk does not say whether there is room", "err", err)
	}
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
