package pcsc

import (
	"context"
	"errors"
	"slices"

	"github.com/ebfe/scard"

	"pue/devices/smartcard"
)

// watch is one run over the readers, from contact with pcscd to its loss.
type watch struct {
	service *scard.Context
	report  func(smartcard.Change)
	seen    []reader
	pnp     scard.StateFlag // last state of the plug-and-play entry
}

// reader is what was last reported of a reader.
type reader struct {
	name  string
	state scard.StateFlag // with the event counter in the upper 16 bits
	slot  smartcard.Slot
	known bool // slot was reported
}

// run reports changes until ctx ends or pcscd does not answer.
func (w *watch) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := w.list(); err != nil {
			return err
		}
		if err := w.wait(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// list compares the readers that pcscd names with those that were seen.
func (w *watch) list() error {
	names, err := w.service.ListReaders()
	switch {
	case errors.Is(err, scard.ErrNoReadersAvailable):
		names = nil
	case errors.Is(err, scard.ErrInsufficientBuffer): // one was added meanwhile
		return nil
	case err != nil:
		return err
	}
	w.seen = slices.DeleteFunc(w.seen, func(r reader) bool {
		gone := !slices.Contains(names, r.name)
		if gone {
			w.report(smartcard.Change{Reader: r.name, Slot: smartcard.NoReader})
		}
		return gone
	})
	for _, name := range names {
		if !slices.ContainsFunc(w.seen, func(r reader) bool { return r.name == name }) {
			w.seen = append(w.seen, reader{name: name})
		}
	}
	return nil
}

// wait sleeps until something changes, and reports it.
func (w *watch) wait() error {
	// The plug-and-play entry is last; without it an empty list would make the
	// binding fail.
	states := make([]scard.ReaderState, 0, len(w.seen)+1)
	for _, r := range w.seen {
		states = append(states, scard.ReaderState{Reader: r.name, CurrentState: r.state})
	}
	states = append(states, scard.ReaderState{Reader: plugAndPlay, CurrentState: w.pnp})
	err := w.service.GetStatusChange(states, relistEvery)
	switch {
	case errors.Is(err, scard.ErrTimeout), errors.Is(err, scard.ErrUnknownReader), errors.Is(err, scard.ErrCancelled):
		return nil // list again, or notice that ctx has ended
	case err != nil:
		return err
	}
	for i := range w.seen {
		w.see(&w.seen[i], states[i].EventState)
	}
	w.pnp = states[len(w.seen)].EventState &^ scard.StateChanged
	return nil
}

// see takes in the new state of one reader. The counter moves with each card
// that goes in or out, so that a card which was pulled and put back between
// two looks shows although the slot looks the same.
func (w *watch) see(r *reader, event scard.StateFlag) {
	slot, ok := slotOf(event)
	moved := event>>16 != r.state>>16
	r.state = event &^ scard.StateChanged
	if !ok {
		return // the list will tell that the reader is gone
	}
	switch {
	case !r.known || slot != r.slot:
	case moved && slot != smartcard.EmptySlot:
		w.report(smartcard.Change{Reader: r.name, Slot: smartcard.EmptySlot})
	default:
		return
	}
	r.slot, r.known = slot, true
	w.report(smartcard.Change{Reader: r.name, Slot: slot})
}

// slotOf reads the flags of a reader, unless they say nothing about a card.
func slotOf(event scard.StateFlag) (smartcard.Slot, bool) {
	switch {
	case event&(scard.StateUnknown|scard.StateUnavailable|scard.StateIgnore) != 0:
		return smartcard.NoReader, false
	case event&scard.StatePresent == 0:
		return smartcard.EmptySlot, event&scard.StateEmpty != 0
	case event&scard.StateMute != 0:
		return smartcard.MuteCard, true
	}
	return smartcard.CardIn, true
}

// forgetAll reports every reader gone.
func (w *watch) forgetAll() {
	for _, r := range w.seen {
		w.report(smartcard.Change{Reader: r.name, Slot: smartcard.NoReader})
	}
}
