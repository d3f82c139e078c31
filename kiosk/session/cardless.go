package session

import (
	"context"
	"fmt"
	"time"

	"pue/devices/smartcard"
	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// What can be had without a card: pages to read, an appointment to ask for. Nobody is
// known then, and nobody signs: the terminal says where and when it was asked for.

// withoutCard are the services that are open to whoever stands there.
func (m *machine) withoutCard(s *State) []*catalog.Service {
	var open []*catalog.Service
	for _, service := range m.offered(s) {
		if service.Auth == catalog.NoAuth {
			open = append(open, service)
		}
	}
	return open
}

// openCardless leads to a service without a card. Who writes something is told first
// what happens to it.
func (t *turn) openCardless(s *catalog.Service) {
	c := &t.s.Citizen
	switch {
	case s == nil || s.Auth != catalog.NoAuth:
	case s.Class == catalog.Info:
		t.showSheet(Info, s)
	case t.presenceRequired && !t.s.Officer.present():
		t.showFault(Unavailable, FaultNeedsOfficer)
	case !c.Notice.Seen:
		c.WantsForm = wanted{Service: s}
		t.show(Notice)
	default:
		c.Cardless = true
		t.wantForm(wanted{Service: s})
	}
}

// touchCardless walks from the page of who has no card.
func (t *turn) touchCardless(e Touch) {
	switch {
	case e.Act == GoBack:
		t.show(NoCard)
	case e.Act == Open:
		t.openCardless(t.service(e.Value))
	case e.Act == OpenCode:
		t.openCode(Cardless)
	}
}

// CardlessView is what can be had without a card.
type CardlessView struct{ Services []Tile }

func (m *machine) cardless(s *State) *CardlessView {
	v := &CardlessView{}
	for _, service := range m.withoutCard(s) {
		v.Services = append(v.Services, s.tile(service))
	}
	return v
}

// submitRequest is submit for somebody who showed no card.
func (r *runner) submitRequest(ctx context.Context, e Submit) {
	parcel, err := r.request(e)
	if err != nil {
		r.tell(ctx, e, Stored{}, fmt.Errorf("making the request: %w", err))
		return
	}
	done, err := r.store(ctx, parcel)
	if err == nil {
		r.asked.forget(e.Visit)
	}
	r.tell(ctx, e, done, err)
}

// request seals what was asked for. Its owner is nobody: no card finds it again, only
// its claim code does.
func (r *runner) request(e Submit) (outbox.Parcel, error) {
	to, id := r.o.Filing[e.Service.Destination], r.asked.id(e.Visit)
	parcel, err := to.PackRequest(upstream.Record{
		ID: id, Actor: e.Actor, Destination: e.Service.Destination,
		Service: e.Service.ID, ServiceVersion: e.Service.Version, Class: e.Service.Class,
		NoticeVersion: to.Notice.Version, Language: e.Language,
		Assurance: "none", ClockTrusted: r.o.ClockTrusted(),
		Answers: e.Answers, CapturedAt: time.Now().UTC(), Deadline: e.Service.Due(e.Answers),
	})
	if err != nil {
		return outbox.Parcel{}, err
	}
	nobody := smartcard.Identity{}
	parcel.Owner = r.o.Outbox.OwnerOf(id)
	parcel.Label = r.o.Outbox.SealLabel(certificateSum(nobody), parcel.ID, label{}.String())
	return parcel, nil
}
