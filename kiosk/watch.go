package kiosk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"pue/devices"
	"pue/kiosk/session"
)

// How often INPS is asked whether it is there, in want of other news. A citizen
// reads for half a minute; a thin line carries 200 bytes a minute.
const (
	probeUp      = 60 * time.Second
	probeDown    = 10 * time.Second
	probeTimeout = 8 * time.Second
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

// watchLine asks INPS for a sign of life, and wakes the outbox when it comes
// back.
func (k *Kiosk) watchLine(ctx context.Context) {
	was := devices.Starting
	for ctx.Err() == nil {
		status, pause := k.probe(ctx)
		if ctx.Err() != nil {
			return
		}
		if status.State != was {
			k.o.Log.Info("line changed", "device", "line", "state", status.State.String(), "err", status.Detail)
			k.session.Report(session.DeviceChanged{Name: "line", Status: status})
			if status.State == devices.Ready {
				k.outbox.Kick()
			}
			was = status.State
		}
		select {
		case <-ctx.Done():
		// A tenth of jitter keeps terminals that lost the line together from
		// asking together.
		case <-time.After(pause + rand.N(pause/10)):
		}
	}
}

func (k *Kiosk) probe(ctx context.Context) (devices.Status, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if err := k.inps.Reachable(ctx); err != nil {
		return devices.Status{State: devices.Absent, Reason: "no-line", Detail: err.Error(), Since: time.Now()}, probeDown
	}
	return devices.Status{State: devices.Ready, Since: time.Now()}, probeUp
}

// clockSynchronised asks the kernel whether a time service keeps its clock
// (adjtimex(2): TIME_ERROR means that nobody does).
func clockSynchronised() bool {
	state, err := unix.Adjtimex(&unix.Timex{})
	return err == nil && state != unix.TIME_ERROR && time.Now().After(released)
}
