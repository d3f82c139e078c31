package session

import (
	"context"
	"time"

	"pue/kiosk/store"
)

// Upkeep is what the terminal needs of its officer or technician, and what an
// application needs of the terminal before its first question is asked.
type Upkeep struct {
	// Full: there is no room for one more submission.
	Full bool `json:"full,omitempty"`
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
	case u.NoKey:
		return FaultNoKey
	}
	return Fault{}
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
	u := Upkeep{Full: r.o.Disk.Room() != nil, NoKey: err != nil, Phones: r.o.Phones.CanLeavePhone()}
	if err == nil && sealing.Warn {
		u.KeyEnds = sealing.Until
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

// begins reports whether a touch may open an application: what that needs is
// looked at anew, since it may have changed since the last look.
func begins(e Event) bool {
	touch, ok := e.(Touch)
	return ok && (touch.Act == Open || touch.Act == Redo)
}
