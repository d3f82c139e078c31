package kiosk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pue/kiosk/audit"
	"pue/kiosk/catalog"
	"pue/kiosk/control"
	"pue/kiosk/session"
)

// sealing is how the terminal stands for the keys of one authority.
type sealing struct {
	KeyID string    `json:"key_id,omitempty"`
	Until time.Time `json:"until,omitzero"` // when the last of all keys ends
	Warn  bool      `json:"warn"`           // that is near, or there is none
}

// standing is how the terminal stands with one authority.
type standing struct {
	// Trouble is why submissions do not go out at present.
	Trouble string  `json:"trouble,omitempty"`
	Sealing sealing `json:"sealing"`
}

func (k *Kiosk) standing(l *line) *standing {
	if l == nil {
		return nil
	}
	s, err := l.Sealing(time.Now())
	return &standing{k.outbox.Trouble(l.destination), sealing{s.KeyID, s.Until, s.Warn || err != nil}}
}

// Status implements control.Terminal.
func (k *Kiosk) Status() any {
	return struct {
		Terminal string    `json:"terminal"`
		Version  string    `json:"version"`
		Started  time.Time `json:"started"`
		*standing
		Comune    *standing           `json:"comune,omitempty"`
		Catalogue catalog.ShelfStatus `json:"catalogue"`
		Carried   carried             `json:"carried"`
		session.Public
	}{
		k.o.Config.Terminal.ID, k.o.Version, k.started, k.standing(k.lines.inps()), k.standing(k.lines.to(comuneSide)),
		k.shelf.Status(), k.carried(), k.session.Public(),
	}
}

// VerifyAudit implements control.Terminal.
func (k *Kiosk) VerifyAudit(ctx context.Context) (audit.Report, error) { return k.audit.Verify(ctx) }

// cardPatience is how long a technician may take to put a card in.
const cardPatience = 30 * time.Second

// ReadCard implements control.Terminal. The terminal is out of order while the
// technician has its readers, so that the card of somebody to be enrolled is
// not taken for a citizen's. An officer's card at the board is in use: of that
// one the session knows already what enrols it.
func (k *Kiosk) ReadCard(ctx context.Context, q control.CardQuery) (control.CardInfo, error) {
	if k.session.Public().Screen == string(session.Board) {
		if err := k.noteInspection(ctx, q); err != nil {
			return control.CardInfo{}, err
		}
		return k.atTheBoard(q)
	}
	if !k.lending.TryLock() {
		return control.CardInfo{}, errors.New("another technician has the readers")
	}
	defer k.lending.Unlock()
	release, ok := k.session.Lend()
	if !ok {
		return control.CardInfo{}, control.ErrBusy
	}
	defer release()
	wait, cancel := context.WithTimeout(ctx, cardPatience)
	defer cancel()
	reader, err := k.slots.await(wait, q.Reader)
	if err != nil {
		return control.CardInfo{}, err
	}
	q.Reader = reader
	if err := k.noteInspection(ctx, q); err != nil {
		return control.CardInfo{}, err
	}
	bench := control.Bench{Readers: k.o.Readers, Anchors: k.anchors, Now: clock(), Revocation: k.revocations}
	if !clockSynchronised() {
		bench.Past = released
	}
	return bench.ReadCard(ctx, q)
}

// noteInspection writes down what a card will be asked for, before it is: what
// cannot be written is not asked.
func (k *Kiosk) noteInspection(ctx context.Context, q control.CardQuery) error {
	if err := k.audit.Record(ctx, audit.Event{Name: audit.CardInspected, Code: inspected(q)}); err != nil {
		return fmt.Errorf("writing down that a card is read: %w", err)
	}
	return nil
}

// inspected is what the record says a card was asked for.
func inspected(q control.CardQuery) string {
	switch pin := len(q.PIN) > 0; {
	case pin && q.Show:
		return "holder-and-pin"
	case q.Show:
		return "holder"
	case pin:
		return "pin"
	}
	return "certificate"
}

// atTheBoard answers for the officer's own card only.
func (k *Kiosk) atTheBoard(q control.CardQuery) (control.CardInfo, error) {
	info, ok := k.cards.inUse(q.Reader)
	switch {
	case !ok:
		return info, errors.New("the board is open on another card: lock the board first")
	case q.Reader == "" && k.slots.cards() > 1:
		return info, errors.New("more than one reader holds a card: say which with --reader")
	}
	return describeOnly(info, q)
}

// clock is the time by which certificates are judged, zero when it is surely
// wrong.
func clock() time.Time {
	now := time.Now()
	if now.Before(released) {
		return time.Time{}
	}
	return now
}

// describeOnly answers for a card that somebody else is using.
func describeOnly(info control.CardInfo, q control.CardQuery) (control.CardInfo, error) {
	if q.Show || len(q.PIN) > 0 {
		return control.CardInfo{}, errors.New("the board is using this card, of which only the certificate can be told: lock the board first")
	}
	return info, nil
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
