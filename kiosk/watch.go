package kiosk

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"pue/devices"
	"pue/kiosk/session"
	"pue/kiosk/store"
)

// quietFor is how long nobody must have touched the terminal before it may start
// anew by itself: longer than a form waits for its card.
const quietFor = 2 * time.Minute

// watchStore ends the terminal when the disk failed, and when it is damaged, then
// as soon as nobody is there: only opening the store anew can tell what is on it
// and save it, and a supervisor starts us again at once.
func (k *Kiosk) watchStore(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-k.store.Failed():
		return fmt.Errorf("store: %w", k.store.Alive(ctx))
	case <-k.store.Suspected():
	}
	k.o.Log.Error("store is damaged, starting anew when nobody is here")
	quiet := time.NewTimer(quietFor)
	defer quiet.Stop()
	for changed := k.session.Watch(ctx); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-k.store.Failed():
			return fmt.Errorf("store: %w", k.store.Alive(ctx))
		case <-changed:
		case <-quiet.C:
			if k.session.Snapshot().Screen == session.Welcome {
				return fmt.Errorf("store: %w", store.ErrDamaged)
			}
		}
		quiet.Reset(quietFor)
	}
}

func (k *Kiosk) watchPrinter(ctx context.Context) {
	k.printer.Run(ctx, func(s devices.Status) {
		k.o.Log.Info("printer changed", "device", "printer", "state", s.State.String(), "reason", s.Reason)
		k.session.Report(session.DeviceChanged{Name: "printer", Status: s})
	})
}

// clockSynchronised asks the kernel whether a time service keeps its clock
// (adjtimex(2): TIME_ERROR means that nobody does).
func clockSynchronised() bool {
	state, err := unix.Adjtimex(&unix.Timex{})
	return err == nil && state != unix.TIME_ERROR && time.Now().After(released)
}
