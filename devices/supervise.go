package devices

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Delays between two attempts to open a device. A technician who plugs a cable
// in looks at the screen for about two seconds before doubting it, and a printer
// has to answer within them, too.
const (
	retryFirst = 200 * time.Millisecond
	retryMost  = time.Second
)

// ErrAbsent marks an open error that means "it is not there", as opposed to "it
// is there and broken". Supervise reports it as [Absent].
var ErrAbsent = errors.New("device is not there")

// Reason is an error that names its own status reason, so that a screen can
// tell "paper-out" from "unplugged".
type Reason interface {
	error
	Reason() string
}

// Supervise keeps one device in use until ctx ends: it opens it, lets use run
// until that returns, reports what happened, waits, and opens it again. It
// returns only when ctx is done.
//
// open must be quick or watch ctx; use owns what open returned and closes it.
// What is logged is what changed, so that an absent device does not fill the
// log, even one that opens and is lost at once. Every loss after a use is
// reported, since use may have reported something better; report must not block.
func Supervise[T any](ctx context.Context, log *slog.Logger, open func(context.Context) (T, error), use func(context.Context, T) error, report func(Status)) {
	wait, said := retryFirst, Status{}
	for ctx.Err() == nil {
		dev, err := open(ctx)
		used := err == nil
		if used {
			began := time.Now()
			err = use(ctx, dev)
			if time.Since(began) > retryMost { // it worked: what follows is news
				wait, said = retryFirst, Status{}
			}
		}
		if ctx.Err() != nil {
			return
		}
		s := statusOf(err)
		changed := s.State != said.State || s.Reason != said.Reason
		if changed {
			log.Warn("device lost", "state", s.State.String(), "reason", s.Reason, "err", err)
		}
		if changed || used {
			report(s)
		}
		said = s
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, retryMost)
	}
}

func statusOf(err error) Status {
	s := Status{State: Failed, Reason: "failed", Since: time.Now()}
	if err != nil {
		s.Detail = err.Error()
	}
	if errors.Is(err, ErrAbsent) {
		s.State, s.Reason = Absent, "absent"
	}
	var r Reason
	if errors.As(err, &r) {
		s.Reason = r.Reason()
	}
	return s
}
