// Package pcsc reaches card readers through PC/SC, that is pcscd. It is the
// only package that uses libpcsclite, and one of the two that need C.
//
// It promises that a card that is pulled and put back between two looks is
// reported as gone and back, that a pcscd that dies is an error that wraps
// devices.ErrAbsent and leaves no reader in doubt, and that a card is reset
// when it is let go. It never sends a command twice.
package pcsc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ebfe/scard"

	"pue/devices/smartcard"
)

const (
	// relistEvery bounds one wait for a change. pcsc-lite before 2.3 can miss a
	// reader that is plugged in between two waits, so that they are listed
	// again at least this often.
	relistEvery = 2 * time.Second
	// cancelEvery is how often a wait is cancelled until it ends: pcsc-lite
	// forgets a cancellation that arrives while nothing waits.
	cancelEvery = 20 * time.Millisecond
)

// plugAndPlay is the name under which PC/SC reports new readers.
const plugAndPlay = `\\?PnP?\Notification`

// Readers are the readers that pcscd knows. The zero value is not usable.
type Readers struct{ log *slog.Logger }

// New returns the readers of the pcscd on this machine, which need not run yet.
func New(log *slog.Logger) *Readers { return &Readers{log: log} }

// watching is held while one goroutine waits for changes. The binding keeps the
// names it lends to C in a table of the process, where a second wait on the
// same name would free the first one's.
var watching sync.Mutex

// errWatched is a second Watch.
var errWatched = errors.New("readers are being watched already")

// Watch implements [smartcard.Readers]. When pcscd is lost, every reader is
// reported gone before Watch returns. Only one Watch runs in a process.
func (r *Readers) Watch(ctx context.Context, report func(smartcard.Change)) error {
	if !watching.TryLock() {
		return fmt.Errorf("watching the card readers: %w", errWatched)
	}
	defer watching.Unlock()
	service, err := scard.EstablishContext()
	if err != nil {
		return fmt.Errorf("reaching the card service: %w", lost(err))
	}
	defer release(service)
	defer cancelWith(ctx, service)()
	r.log.Info("card service reached", "pcsclite", scard.Version())

	watch := watch{service: service, report: report}
	err = watch.run(ctx)
	if ctx.Err() != nil {
		return ctx.Err() // called off: nothing is reported any more
	}
	watch.forgetAll()
	return fmt.Errorf("watching the card readers: %w", lost(err))
}

// release ends a context; what a dead pcscd says to that does not matter.
func release(service *scard.Context) { _ = service.Release() }

// cancelWith interrupts the waits of service once ctx is done, and until the
// returned function is called.
func cancelWith(ctx context.Context, service *scard.Context) (stop func()) {
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		tick := time.NewTicker(cancelEvery)
		defer tick.Stop()
		for {
			_ = service.Cancel()
			select {
			case <-ended:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(ended); <-stopped }
}
