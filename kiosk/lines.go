package kiosk

import (
	"context"
	"errors"
	"fmt"

	"pue/kiosk/outbox"
)

// lines are the ways to all authorities, INPS first. A submission takes the way of
// whoever has the key that it is sealed to.
type lines []*line

// inps is the authority that citizens log in to.
func (l lines) inps() *line { return l[0] }

// of is the way of what is sealed to a key, nil when nobody here has the key.
func (l lines) of(keyID string) *line {
	for _, one := range l {
		if one.Has(keyID) {
			return one
		}
	}
	return nil
}

// to is the way to a destination, nil when there is none.
func (l lines) to(destination string) *line {
	for _, one := range l {
		if one.destination == destination {
			return one
		}
	}
	return nil
}

// route implements the outbox's Route.
func (l lines) route(keyID string) (destination string, known bool) {
	if one := l.of(keyID); one != nil {
		return one.destination, true
	}
	return "", false
}

// errNobody: the outbox sends nothing of which it does not know the way.
var errNobody = errors.New("sealed to a key of nobody")

// Send implements outbox.Sender.
func (l lines) Send(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	one := l.of(p.KeyID)
	if one == nil {
		return outbox.Confirmation{}, errNobody
	}
	return one.Send(ctx, p)
}

// SendAttachments implements outbox.AttachmentSender.
func (l lines) SendAttachments(ctx context.Context, p outbox.Parcel) error {
	one := l.of(p.KeyID)
	if one == nil {
		return errNobody
	}
	return one.SendAttachments(ctx, p)
}

// Ask implements outbox.Sender. Where the disk has spoilt what names the key, each
// authority is asked for the id: one that has it is the one.
func (l lines) Ask(ctx context.Context, p outbox.Parcel) (outbox.Confirmation, error) {
	if one := l.of(p.KeyID); one != nil {
		return one.Ask(ctx, p)
	}
	var unsure error
	for _, one := range l {
		conf, err := one.Ask(ctx, p)
		if refused := (*outbox.RefusedError)(nil); err == nil || errors.As(err, &refused) {
			return conf, err
		}
		if !errors.Is(err, outbox.ErrNotKnown) && unsure == nil {
			unsure = err
		}
	}
	if unsure != nil {
		return outbox.Confirmation{}, unsure
	}
	return outbox.Confirmation{}, outbox.ErrNotKnown
}

// readConfirmation believes what one of the authorities has signed, and says which.
func (l lines) readConfirmation(compact []byte) (conf outbox.Confirmation, signer *line, err error) {
	var wrong error
	for _, one := range l {
		conf, err := one.ReadConfirmation(compact)
		if err == nil {
			return conf, one, nil
		}
		wrong = errors.Join(wrong, fmt.Errorf("as a word of %s: %w", one.destination, err))
	}
	return outbox.Confirmation{}, nil, wrong
}

// Close lets idle connections go.
func (l lines) Close() {
	for _, one := range l {
		one.Close()
	}
}
