package kiosk

import (
	"context"
	"fmt"
	"time"

	"pue/devices"
	"pue/kiosk/control"
	"pue/kiosk/outbox"
	"pue/kiosk/session"
)

// Status implements control.Terminal.
func (k *Kiosk) Status() any {
	return struct {
		Terminal string    `json:"terminal"`
		Version  string    `json:"version"`
		Started  time.Time `json:"started"`
		// Trouble is why submissions do not go out at present.
		Trouble string `json:"trouble,omitempty"`
		session.Public
	}{k.o.Config.Terminal.ID, k.o.Version, k.started, k.outbox.Trouble(), k.session.Public()}
}

// Queue implements control.Terminal.
func (k *Kiosk) Queue() []outbox.Entry { return k.outbox.List() }

// Free implements control.Terminal.
func (k *Kiosk) Free() bool {
	_, idle := k.session.Idle()
	return idle
}

// ReadCard implements control.Terminal.
func (k *Kiosk) ReadCard(ctx context.Context, q control.CardQuery) (control.CardInfo, error) {
	if q.Reader == "" {
		q.Reader, _ = k.session.Idle()
	}
	if q.Reader == "" {
		return control.CardInfo{}, fmt.Errorf("no card in any reader: %w", devices.ErrAbsent)
	}
	return control.ReadCard(ctx, k.o.Readers, k.anchors, q)
}

// Alive proves that the parts a citizen depends on still work: the session
// answers a touch, and the store can be read. It feeds the watchdog.
func (k *Kiosk) Alive(ctx context.Context) error {
	k.session.Touch(session.Touch{}) // meant for no screen: changes nothing
	if err := k.store.Alive(ctx); err != nil {
		return fmt.Errorf("reading the store: %w", err)
	}
	return ctx.Err()
}
