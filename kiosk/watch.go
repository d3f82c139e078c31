package kiosk

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"pue/devices"
	"pue/kiosk/session"
)

// watchStore ends the terminal when the disk failed: only opening the store anew
// can tell what is on it, and a supervisor starts us again at once.
func (k *Kiosk) watchStore(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-k.store.Failed():
		return fmt.Errorf("store: %w", k.store.Alive(ctx))
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
