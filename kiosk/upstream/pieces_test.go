package upstream_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"pue/kiosk/upstream"
)

// longBody is a body of some length that looks like a compact JWS and does not
// compress.
func longBody(t *testing.T) []byte {
	t.Helper()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	b, x := make([]byte, 40<<10), uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = letters[x>>26]
	}
	return b
}

func TestTheCatalogueIsFetchedOnceAndThenOnlyAskedAbout(t *testing.T) {
	r := newRig(t)
	if _, _, err := r.client.Catalogue(t.Context(), ""); err == nil {
		t.Error("a catalogue where there is none")
	}
	want := longBody(t)
	r.sim.SetCatalogue(want)
	got, tag, err := r.client.Catalogue(t.Context(), "")
	if err != nil || !bytes.Equal(got, want) || tag == "" {
		t.Fatalf("%d bytes, tag %q, %v", len(got), tag, err)
	}
	again, same, err := r.client.Catalogue(t.Context(), tag)
	if err != nil || again != nil || same != tag {
		t.Errorf("unchanged: %d bytes, tag %q, %v", len(again), same, err)
	}
	r.sim.SetCatalogue(want[1:])
	changed, other, err := r.client.Catalogue(t.Context(), tag)
	if err != nil || !bytes.Equal(changed, want[1:]) || other == tag {
		t.Errorf("changed: %d bytes, tag %q, %v", len(changed), other, err)
	}
}

func TestOneActsOnlyForWhomINPSHasSaid(t *testing.T) {
	r := newRig(t)
	carla := insert(t, "carla")
	r.sim.SetDelegations(carla.TaxCode.Reveal(), 2)
	token := logIn(t, r.client, carla, "")
	if _, err := r.client.Statement(t.Context(), token, "delega-of-nobody"); !errors.Is(err, upstream.ErrDelegation) {
		t.Errorf("before asking: %v", err)
	}
	list, err := r.client.Delegations(t.Context(), token)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d delegations, %v", len(list), err)
	}
	own, err := r.client.Statement(t.Context(), token, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		other, err := r.client.Statement(t.Context(), token, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(own.Periods) == len(other.Periods) && own.Total() == other.Total() {
			t.Error("the citizen's own statement in place of the other's")
		}
	}
	r.sim.SetDelegations(carla.TaxCode.Reveal(), 0)
	if _, err := r.client.Statement(t.Context(), token, list[0].ID); !errors.Is(err, upstream.ErrDelegation) {
		t.Errorf("after its end: %v", err)
	}
}

func TestFreeAppointmentsNeedNoCitizen(t *testing.T) {
	slots, err := newRig(t).client.Slots(t.Context())
	if err != nil || len(slots) == 0 || !slots[0].Start.After(time.Now()) {
		t.Errorf("%d slots, %v", len(slots), err)
	}
}
