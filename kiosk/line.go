package kiosk

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"pue/devices"
	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
	"pue/kiosk/upstream"
)

// How often an authority is asked whether it is there, in want of other news. A
// citizen reads for half a minute; a thin line carries 200 bytes a minute.
const (
	probeUp      = 60 * time.Second
	probeDown    = 10 * time.Second
	probeTimeout = 8 * time.Second
	// probeBusy is how long an authority that asks for time is left alone at most.
	probeBusy = 5 * time.Minute
)

// line is the client of one authority, and the doubt about its line: whoever finds
// it silent has it asked at once, so that the screen tells the truth before the
// minute is over.
type line struct {
	*upstream.Client
	destination string
	doubt       chan struct{} // of capacity 1
}

func newLine(destination string, c *upstream.Client) *line {
	return &line{c, destination, make(chan struct{}, 1)}
}

// device is what the line is called among the devices.
func (l *line) device() string {
	if l.destination == inpsSide {
		return "line"
	}
	return "line-" + l.destination
}

// heard passes an error on, and doubts the line when it is the line's.
func (l *line) heard(err error) error {
	if errors.Is(err, outbox.ErrNoLine) || errors.Is(err, outbox.ErrUnknownOutcome) {
		select {
		case l.doubt <- struct{}{}:
		default:
		}
	}
	return err
}

// LogIn implements session.INPS.
func (l *line) LogIn(ctx context.Context, id smartcard.Identity, s upstream.Signer, actor string) (upstream.Token, error) {
	t, err := l.Client.LogIn(ctx, id, s, actor)
	return t, l.heard(err)
}

// Statement implements session.INPS.
func (l *line) Statement(ctx context.Context, t upstream.Token, behalf string) (upstream.Statement, error) {
	st, err := l.Client.Statement(ctx, t, behalf)
	return st, l.heard(err)
}

// Query implements session.INPS.
func (l *line) Query(ctx context.Context, t upstream.Token, s *catalog.Service, q upstream.Question) (upstream.Answer, error) {
	a, err := l.Client.Query(ctx, t, s, q)
	return a, l.heard(err)
}

// Document implements session.INPS.
func (l *line) Document(ctx context.Context, t upstream.Token, d upstream.Document, w io.Writer) error {
	return l.heard(l.Client.Document(ctx, t, d, w))
}

// Delegations implements session.INPS.
func (l *line) Delegations(ctx context.Context, t upstream.Token) ([]upstream.Delegation, error) {
	all, err := l.Client.Delegations(ctx, t)
	return all, l.heard(err)
}

// Send implements outbox.Sender.
func (l *line) Send(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	c, err := l.Client.Send(ctx, p)
	return c, l.heard(err)
}

// SendAttachments implements outbox.AttachmentSender.
func (l *line) SendAttachments(ctx context.Context, p outbox.Parcel) error {
	return l.heard(l.Client.SendAttachments(ctx, p))
}

// watchLine asks an authority for a sign of life, and wakes the outbox when it
// comes back.
func (k *Kiosk) watchLine(ctx context.Context, l *line) {
	was := devices.Status{State: devices.Starting}
	for ctx.Err() == nil {
		status, pause := l.probe(ctx)
		if ctx.Err() != nil {
			return
		}
		if status.State != was.State || status.Reason != was.Reason {
			k.o.Log.Info("line changed", "device", l.device(), "state", status.State.String(), "reason", status.Reason, "err", status.Detail)
			k.session.Report(session.DeviceChanged{Name: l.device(), Status: status})
			if status.State == devices.Ready {
				k.outbox.Reachable(l.destination)
			}
			was = status
		}
		doubt := l.doubt
		if was.State != devices.Ready {
			doubt = nil // it is known to be down
		}
		select {
		case <-ctx.Done():
		case <-doubt:
		// A tenth of jitter keeps terminals that lost the line together from
		// asking together.
		case <-time.After(pause + rand.N(pause/10)):
		}
	}
}

func (l *line) probe(ctx context.Context) (devices.Status, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	err := l.Reachable(ctx)
	busy, isBusy := errors.AsType[*outbox.BusyError](err)
	switch {
	case errors.Is(err, upstream.ErrClock):
		// INPS is there; it is this terminal that must not sign. Asked often: a
		// time service may mend the clock at any moment.
		return devices.Status{State: devices.Attention, Reason: "clock", Detail: err.Error(), Since: time.Now()}, probeDown
	case isBusy:
		return devices.Status{State: devices.Attention, Reason: "busy", Detail: err.Error(), Since: time.Now()},
			min(max(busy.After, probeDown), probeBusy)
	case err != nil:
		return devices.Status{State: devices.Absent, Reason: "no-line", Detail: err.Error(), Since: time.Now()}, probeDown
	}
	return devices.Status{State: devices.Ready, Since: time.Now()}, probeUp
}
