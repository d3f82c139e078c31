package upstream_test

import (
	"testing"
	"time"

	"pue/kiosk/catalog"
	"pue/kiosk/outbox"
	"pue/kiosk/upstream"
)

// booking is what somebody without a card asks for.
func booking(n int) upstream.Record {
	r := record(card{}, n)
	r.Service, r.Class, r.Assurance = "appuntamento", catalog.Booking, "none"
	r.Answers = catalog.Answers{"modalita": "telefono"}
	return r
}

func TestWhoShowsNoCardCanBook(t *testing.T) {
	r := newRig(t)
	p, err := r.client.PackRequest(booking(1))
	if err != nil {
		t.Fatal(err)
	}
	if p.Class != outbox.Application {
		t.Errorf("outside the seal stands %q", p.Class)
	}
	if _, err := r.client.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	filed := r.sim.Filed()
	if len(filed) != 1 || filed[0].Subject != "" || filed[0].Service != "appuntamento" || filed[0].Answers["modalita"] != "telefono" {
		t.Errorf("filed %+v", filed)
	}
}

func TestACitizenWithACardBooksWithIt(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	rec := booking(1)
	rec.Subject, rec.Assurance = carla.TaxCode, "high"
	p, err := r.client.Pack(rec, carla.Identity, carla)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if filed := r.sim.Filed(); len(filed) != 1 || filed[0].Subject != carla.TaxCode.Reveal() || p.Class != outbox.Application {
		t.Errorf("filed %+v, outside %q", filed, p.Class)
	}
}

func TestWithoutACardNothingButABookingIsPacked(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	for name, change := range map[string]func(*upstream.Record){
		"application":   func(r *upstream.Record) { r.Class, r.Service = catalog.Application, "naspi" },
		"for another":   func(r *upstream.Record) { r.OnBehalfOf = carla.TaxCode },
		"with a person": func(r *upstream.Record) { r.Subject = carla.TaxCode },
		"of no time":    func(r *upstream.Record) { r.CapturedAt = time.Time{} },
	} {
		rec := booking(1)
		change(&rec)
		if _, err := r.client.PackRequest(rec); err == nil {
			t.Errorf("%s: packed", name)
		}
	}
	if _, err := r.client.Pack(booking(1), carla.Identity, carla); err == nil {
		t.Error("a card signed for nobody")
	}
}
